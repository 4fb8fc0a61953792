"""The platform's side for people without a platform: a real service that speaks the built-in wire profiles.

`service.Sandbox` holds the state, `web.GuardedSandbox` is the web application, `server.Server` runs it on a
loopback port. Each service is a package: platform, voucher and person of the same files, ``state`` (rows),
``rules`` (the documents' sentences), ``views`` (HTTP), ``urls`` (the table of routes); console has a module a page,
control one a subject of orders, which the console's pages call as well.
It shares `vcchk.wire` and `vcchk.specification` with the client and nothing else: never `vcchk.transaction.sequence`.
"""
