"""The INI that an inference prints: it defines the profile and selects it; remarks are ``;`` lines."""

from __future__ import annotations

from vcchk.wire import profile_help
from vcchk.wire.inference.inferred import Inference


def ini(found: Inference) -> str:
    """Return a complete VirtualCardChk.ini (other settings keep their defaults), UTF-8 text."""
    lines = ["; 由 vcchk wire 推断；可整段并入 VirtualCardChk.ini"]
    lines += [f"; {remark}" for remark in found.remarks]
    alternatives = found.undetermined()
    if alternatives:
        lines.append("; 下列各项不能由此区分（已按最常见的取值填写，其余取值同样符合）：")
        lines += [
            f";   {key}: {'、'.join(value or '空' for value in values)}（所填 {getattr(found.chosen, key) or '空'}）"
            for key, values in alternatives.items()
        ]
    else:
        lines.append("; 各项均已确定")
    lines += ["", "[wire]", f"profile = {found.chosen.name}", "", *profile_help.section(found.chosen)]
    return "\n".join(lines)
