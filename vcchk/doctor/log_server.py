"""Check of ``[log] syslog``: nothing that is sent there is ever answered, so nobody would notice a wrong name."""

from __future__ import annotations

from collections.abc import Iterator

from vcchk.doctor.finding import OK, WARN, Finding
from vcchk.network.connection import resolve
from vcchk.network.deadline import Deadline
from vcchk.network.fault import Fault
from vcchk.records.syslog import PORT
from vcchk.settings import Settings
from vcchk.settings.address import host_and_port

CHECK = "日志服务器"
SECONDS = 5.0
"""For the name service."""


def log_server(settings: Settings) -> Iterator[Finding]:
    """The log server's name is known; without ``[log] syslog`` there is nothing to tell."""
    if not settings.log.syslog:
        return
    host, port = host_and_port(settings.log.syslog, PORT)
    try:
        _, address = resolve(host, port, Deadline(SECONDS))[0]
    except Fault:
        yield Finding(
            check=CHECK,
            level=WARN,
            text=f"找不到主机 {host}，失败的交易和每天的汇总都没有送出",
            advice="请核对 [log] syslog 的主机名和本机的 DNS，或改写 IP 地址",
        )
        return
    yield Finding(check=CHECK, level=OK, text=f"{host} → {address[0]}，UDP {port}；UDP 没有回音，收到没有请看服务器")
