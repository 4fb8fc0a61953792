"""The INI that an inference prints: it defines the profile and selects it; remarks are ``;`` lines."""

from __future__ import annotations

from vcchk.dialects.infer import Inference
from vcchk.wire import profile_help


def ini(found: Inference) -> str:
    """Return a complete VirtualCardChk.ini (other settings keep their defaults), UTF-8 text."""
    lines = ["; 由 vcchk wire infer 根据一条抓取的报文推断；可整段并入 VirtualCardChk.ini"]
    lines += [f"; {remark}" for remark in found.remarks]
    alternatives = found.undetermined()
    if alternatives:
        lines.append("; 这条报文不能区分下列各项（已按最常见的取值填写，其余取值同样符合）：")
        lines += [
            f";   {key}: {'、'.join(values)}（所填 {getattr(found.chosen, key)}）"
            for key, values in alternatives.items()
        ]
    else:
        lines.append("; 各项均已由这条报文确定")
    lines += ["", "[wire]", f"profile = {found.chosen.name}", "", *profile_help.lines(found.chosen)]
    return "\n".join(lines)
