"""The platform's side for people without a platform: a real service that speaks the built-in wire profiles.

`service.Sandbox` holds the state, `web.GuardedSandbox` is the web application, `server.Server` runs it on a
loopback port. Each service is a package. ``platform``, ``voucher`` and ``person`` have the same files: ``state``
(rows), ``rules`` (the documents' sentences), ``views`` (HTTP), ``urls`` (the table of routes). ``console`` has a module
for each page. ``control`` has one for each subject of orders; the console's pages give those orders, too.

With the client it shares what is below a transaction and does no I/O (`vcchk.base`, `vcchk.specification`,
`vcchk.wire`, `vcchk.records.masking`), and nothing of the way of a call.
"""
