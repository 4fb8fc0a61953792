"""Prints the fault matrix into docs/faults.md, with what the package really answered: ``python -m tests.faults.table``.

`test_matrix` compares the file with a run of its own.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.faults.matrix import CONNECT_TIMEOUT, NAME_ROWS, ROWS, SLACK, TIMEOUT
from tests.faults.runner import Result
from vcchk.network import foreign_replies
from vcchk.network.fault import FAULTS, Retry

PATH = Path(__file__).parents[2] / "docs" / "faults.md"

HEAD = f"""# 故障对照：各种故障时 HIS 得到什么

先看 OutData 说明的末尾：

| 说明中有 | 意思 | 这位患者 |
|---|---|---|
| 这笔交易没有发出，处理后可以重办 | 平台没有收到任何内容 | 按说明处理后重办；一时处理不了的，按医院的应急办法就诊 |
| 平台没有办理这笔交易，处理后可以重办 | 平台或中间设备把请求挡了回来 | 同上 |
| 交易状态未知，查清前请勿重办 | 平台可能已经办成 | 先不重办：工程师用 `vcchk journal check` 查，没有办成的才重办 |
| 交易状态未知，请患者重新出示二维码 | 验码可能已经记上 | 请患者再出示一次，重新验码，不用等 |
| 都没有 | 查询，或平台的答复，或请求没有发出 | 查询可以再查；其余按说明和[返回码](reference/codes.md)处理 |

## 逐项试验的结果

本页由 `python -m tests.faults.table` 生成：故障矩阵（`tests/faults/matrix.py`）的每一行都通过真实的网络连接发给本库，
记下返回；有测试核对本页。同样的各行也通过构建好的 `libVirtualCardChk.so` 运行，标 ● 的还通过 32 位 DLL 运行。
每一行之后，同一进程向恢复正常的平台再办一笔，必须成功。

试验时的设置：`[gateway] timeout = {TIMEOUT:g}`、`connect_timeout = {CONNECT_TIMEOUT:g}`（默认 30 和 10），
`[wire] verify_reply = strict`。另以 `auto`（该平台的应答验签通过之前、之后）和 `off` 各运行一遍，
只有签名一类的行结果不同。

“最长”是一笔交易最多用多少秒，测试另给 {SLACK:g} 秒的余地；0 表示立即返回。“未知”一列的“?”：平台可能已经办理，
说明中有交易状态未知，交易流水保留这一笔待查。“测试名”是矩阵中这一行的名称。

| 情形 | 返回码 | OutData 的说明 | 最长 | 未知 | DLL | 测试名 |
|---|---|---|---|---|---|---|
"""

NAMES = """
## 域名解析

用测试自备的域名服务器（`tests/faults/test_names.py`）；说明只列其中关键的几个字：

| 情形 | 返回码 | OutData 的说明 | 最长 | 测试名 |
|---|---|---|---|---|
"""

KINDS = """
## 线路上的全部故障

一行一种（`vcchk/network/fault.py`），花括号处填入实际内容。TLS、证书、代理各种用 OpenSSL 的 s_server、GnuTLS、JDK、
HAProxy、nginx、squid、tinyproxy 试过（`tests/network`）。8004 是什么也没有发出，
办理类交易的说明会加上“这笔交易没有发出”；其余的，办理类交易的说明会加上“交易状态未知”，只有对方说的是 TLS、
读不了明文请求的除外，加“平台没有办理这笔交易”。

“自动再试”：“再连”是没有连上时再连一次；“查询类重发”是查询类交易再发一次，办理类从不重发。

| 返回码 | 说明 | 自动再试 | 日志中的名称 |
|---|---|---|---|
"""
AGAIN = {Retry.NEVER: "", Retry.CONNECT: "再连", Retry.RESEND: "查询类重发"}

STATUSES = """
## HTTP 状态码

对方返回 HTTP 状态码而没有平台报文的，说明是“平台 主机:端口 返回 HTTP n，……”，省略处如下。“未知”一列有“?”的，
办理类交易的说明会加上“交易状态未知”，没有的加“平台没有办理这笔交易”：

| 状态码 | 未知 | 说明 |
|---|---|---|
"""

# What differs from run to run.
_VARIABLE = (
    (re.compile(r"127\.0\.0\.1:\d+"), "主机:端口"),
    (re.compile(r"x{64}\.test:\d+"), "主机:端口"),
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d"), "年-月-日 时:分"),
)


def _said(text: str) -> str:
    for pattern, word in _VARIABLE:
        text = pattern.sub(word, text)
    return text.replace("|", "\\|")


def render(results: Mapping[str, Result]) -> str:
    """Return the document for the rows' results by name."""
    lines = []
    for row in ROWS:
        said = "正常应答" if row.code == "00" else _said(results[row.name].text)
        doubt, dll = "?" if row.doubt else "", "●" if row.core else ""
        code = results[row.name].code
        lines.append(f"| {row.title} | {code} | {said} | {row.seconds:g} | {doubt} | {dll} | `{row.name}` |\n")
    names = [f"| {r.title} | {r.code} | {r.says or '正常应答'} | {r.seconds:g} | `{r.name}` |\n" for r in NAME_ROWS]
    kinds = [f"| {code} | {text} | {AGAIN[retry]} | `{kind}` |\n" for kind, (code, retry, text) in FAULTS.items()]
    statuses = [f"| {n} | {'?' if maybe else ''} | {text} |\n" for n, (maybe, text) in foreign_replies.STATUSES.items()]
    return "".join([HEAD, *lines, NAMES, *names, KINDS, *kinds, STATUSES, *statuses])


def main() -> None:
    from tests.faults.test_matrix import Asked

    with tempfile.TemporaryDirectory() as folder:
        asked = Asked(Path(folder), "package")
        asked.start()
        PATH.write_text(render({name: future.result(60) for name, future in asked.results.items()}), "utf-8")
        asked.close()


if __name__ == "__main__":
    main()
