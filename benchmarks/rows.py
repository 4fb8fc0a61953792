"""The rows of the table: what each measures, how, and what is to be reached.

A row's `measure` returns one round: the figures of both sides, taken right after one another (A B, A B, …). The table
shows the median of each side over all rounds, and the ratio or difference of those medians.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from native.buildkit import packing, vendor
from native.buildkit.targets import TABLE
from vcchk.crypto import engine, pure
from vcchk.wire import codec, jsontext
from vcchk.wire.signing import Signature

from . import messages, programs, servers

LINUX = TABLE["linux"]
WIN32 = TABLE["win32"]
WARM_CALLS = 300
DELAYED_CALLS = 40
PATH = "/ehcService/gateway.do"


class Row(NamedTuple):
    """One figure. ``limit`` and ``unit`` are of `combine`'s result; ``most`` tells whether the limit is the greatest
    good value or the smallest; ``sides`` name what `measure` returns.
    """

    name: str
    title: str
    sides: tuple[str, ...]
    combine: Callable[..., float]
    unit: str
    limit: float
    most: bool
    measure: Callable[[Bench], tuple[float, ...]]

    def holds(self, value: float) -> bool:
        return value <= self.limit if self.most else value >= self.limit


class Bench:
    """What the rows share: the servers, installed copies of dist/, the messages as files."""

    def __init__(self, folder: Path, nginx: servers.Nginx, delay5: servers.Delay, delay20: servers.Delay) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{nginx.http}{PATH}"
        self.far_url = f"https://127.0.0.1:{delay5.port}{PATH}"
        self.slow_url = f"http://127.0.0.1:{delay20.port}{PATH}"
        self.ca_file = nginx.ca_file
        self.linux = programs.Installed(LINUX, folder / "installed")
        self.linux_https = programs.Installed(LINUX, folder / "https", f"[gateway]\nca_bundle = {nginx.ca_file}\n")
        self.win32 = programs.Installed(WIN32, folder / "installed")
        self.in_data = folder / "indata.json"
        self.in_data.write_bytes(messages.in_data())
        self.sealed = folder / "sealed.json"
        self.sealed.write_bytes(messages.sealed_request())
        self.peer = programs.program("curl_peer")


def warm(bench: Bench) -> tuple[float, ...]:
    ours = bench.linux.call(bench.url, bench.in_data, WARM_CALLS)
    bare = programs.run(None, bench.peer, "post", bench.url, bench.sealed, str(WARM_CALLS))
    return ours["p50_ms"], bare["p50_ms"]


def far(bench: Bench) -> tuple[float, ...]:
    ours = bench.linux_https.call(bench.far_url, bench.in_data, DELAYED_CALLS)
    peer = programs.run(None, bench.peer, "dll", bench.far_url, bench.in_data, str(DELAYED_CALLS), bench.ca_file)
    return ours["p50_ms"], peer["p50_ms"]


def crypto(_bench: Bench) -> tuple[float, ...]:
    """Seal and open 2 KB through the codec; then the same work by gmssl alone (encrypt, sign, verify, decrypt)."""
    fields = {"app_id": "BENCHAPP0001", "method": "m", "sign_type": "SM3", "enc_type": "SM4", "version": "X.M.0.1"}
    biz = jsontext.compact({"address": "x" * (2048 - len('{"address":""}'))})
    secret = messages.KEY.encode()[:16]

    def ours() -> None:
        body = codec.seal_request(messages.PROFILE, fields, biz, messages.KEY).body
        opened = codec.open(messages.PROFILE, body, messages.KEY, reply=False)
        if opened.signature != Signature.HELD or opened.biz_text != biz:
            raise AssertionError("seal and open do not agree")

    text = "&".join(f"{name}={fields[name]}" for name in sorted(fields)) + f"&biz_content={biz}key={messages.KEY}"
    padded = biz.encode() + b"\x10" * 16

    def gmssl() -> None:
        run = pure.cipher("SM4-ECB")
        hidden = run(secret, b"", padded, 1)
        signed = pure.sm3(text.encode())
        if run(secret, b"", hidden, 0) != padded or pure.sm3(text.encode()) != signed:
            raise AssertionError("gmssl does not agree")

    if engine.openssl("SM4-ECB") is None:
        raise AssertionError("this Python has no OpenSSL with SM4")
    return _each_ms(ours, 200), _each_ms(gmssl, 3)


def _each_ms(work: Callable[[], None], count: int) -> float:
    work()
    began = time.perf_counter()
    for _ in range(count):
        work()
    return (time.perf_counter() - began) * 1000 / count


def first_win32(bench: Bench) -> tuple[float, ...]:
    return bench.win32.call(bench.url, bench.in_data, 0)["first_ms"], bench.win32.bare()["first_ms"]


def first_linux(bench: Bench) -> tuple[float, ...]:
    return bench.linux.call(bench.url, bench.in_data, 0)["first_ms"], bench.linux.bare()["first_ms"]


def memory_win32(bench: Bench) -> tuple[float, ...]:
    before, after = bench.win32.memory(bench.url, bench.in_data, 100)
    return after / 1024, before / 1024


def threads(bench: Bench) -> tuple[float, ...]:
    eight = bench.linux.call(bench.slow_url, bench.in_data, 50, 8)
    one = bench.linux.call(bench.slow_url, bench.in_data, 50, 1)
    return eight["calls_per_s"], one["calls_per_s"]


def size_folder(_bench: Bench) -> tuple[float, ...]:
    return (packing.sizes(WIN32.dist, WIN32.archive, without=vendor.FOLDERS)[0] / 1e6,)


def size_zip(_bench: Bench) -> tuple[float, ...]:
    return (packing.sizes(WIN32.dist, WIN32.archive, without=vendor.FOLDERS)[1] / 1e6,)


def sandbox_rate(bench: Bench) -> tuple[float, ...]:
    return (_sandbox(bench)["calls_per_s"],)


def sandbox_p99(bench: Bench) -> tuple[float, ...]:
    return (_sandbox(bench)["p99_ms"],)


_SANDBOX_CONNECTIONS = 4
_SANDBOX_SECONDS = 4
_last_sandbox: list[dict[str, float]] = []


def _sandbox(bench: Bench) -> dict[str, float]:
    """One run serves both rows: the first asks, the second takes what it found."""
    if _last_sandbox:
        return _last_sandbox.pop()
    (bench.folder / "bodies").write_bytes(messages.sandbox_query() + b"\n")
    with servers.SandboxServer(bench.folder) as platform:
        found = programs.run(
            None, programs.program("load"), str(platform.port), platform.path, bench.folder / "bodies",
            str(_SANDBOX_CONNECTIONS), str(_SANDBOX_SECONDS),
        )  # fmt: skip
    if found["failed"]:
        raise AssertionError(f"{found['failed']} of the sandbox's replies were not 0000")
    _last_sandbox.append(found)
    return found


def _difference(ours: float, base: float) -> float:
    return ours - base


def _ratio(ours: float, base: float) -> float:
    return ours / base


def _itself(ours: float) -> float:
    return ours


ROWS = [
    Row("warm", "Warm call, .so, SM3+SM4, minus a bare kept-alive POST by libcurl", ("vcchk p50 ms", "libcurl p50 ms"),
        _difference, "ms", 0.5, True, warm),
    Row("far", "The same against libcurl + OpenSSL, a connection a call; https, 5 ms round trip",
        ("vcchk p50 ms", "C peer p50 ms"), _ratio, "×", 0.5, True, far),
    Row("crypto", "Seal + open of 2 KB, SM3+SM4, against gmssl", ("vcchk ms", "gmssl ms"), _ratio, "×", 0.02, True,
        crypto),
    Row("first-win32", "First call of a process, 32-bit under Wine, minus a bare interpreter",
        ("vcchk ms", "bare ms"), _difference, "ms", 150, True, first_win32),
    Row("first-linux", "First call of a process, Linux, minus a bare interpreter", ("vcchk ms", "bare ms"),
        _difference, "ms", 60, True, first_linux),
    Row("memory", "Private memory after 100 calls, 32-bit under Wine, minus the host before", ("after MB", "before MB"),
        _difference, "MB", 20, True, memory_win32),
    Row("threads", "8 threads against one, 20 ms of network", ("8 threads calls/s", "1 thread calls/s"), _ratio, "×",
        7.5, False, threads),
    Row("folder", "dist/win32 without documents and examples", ("MB",), _itself, "MB", 24, True, size_folder),
    Row("zip", "Its zip, without them", ("MB",), _itself, "MB", 11, True, size_zip),
    Row("sandbox", "Sandbox, 4 connections", ("calls/s",), _itself, "calls/s", 500, False, sandbox_rate),
    Row("sandbox-p99", "Sandbox, 4 connections, p99", ("ms",), _itself, "ms", 20, True, sandbox_p99),
]  # fmt: skip
