"""The platform's side for people without a platform: a real service that speaks the built-in wire profiles.

`service.Sandbox` holds the state, `web.Guard` is the web application, `server.Server` runs it on a
loopback port. Each service (platform, voucher, person, console, control) is a package of the same
four files: ``state`` (rows), ``rules`` (the documents' sentences), ``views`` (HTTP), ``urls`` (the table of routes).
It shares `vcchk.wire` and `vcchk.interfaces` with the client and nothing else: never `vcchk.transaction`.
"""
