"""The call path's import diet (docs/architecture.md): what wire and interfaces load, in a process of its own."""

import subprocess
import sys

BANNED = """
dataclasses typing inspect logging email http urllib pathlib configparser datetime ctypes subprocess
importlib.resources traceback ssl requests urllib3 decimal uuid random contextlib gmssl Cryptodome cffi
"""

PROGRAM = """
import sys
sys.path.insert(0, {root!r})
import vcchk.specification, vcchk.wire.message, vcchk.wire.codec
from vcchk.wire.site_profile import resolve_profile
from vcchk.wire import codec, message
parsed = message.parse('{{"key":"K","sign_type":"SM3","enc_type":"SM4","biz_content":{{"id_type":"01"}}}}')
vcchk.specification.check(parsed.fields, parsed.biz)
chosen = resolve_profile("xiamen", {{}})
body = codec.seal_request(chosen, dict(parsed.fields), parsed.biz_text, parsed.key).body
assert codec.open(chosen, body, "K", reply=False).signature == "held"
print("\\n".join(sys.modules))
"""


def test_a_call_loads_nothing_that_is_banned() -> None:
    import vcchk

    root = vcchk.__path__[0].rsplit("/", 1)[0]
    program = PROGRAM.format(root=root)
    # -S -I: neither site nor its .pth files
    extra = [p for p in sys.path if p.endswith("site-packages")]
    program = f"import sys; sys.path += {extra!r}\n" + program
    done = subprocess.run([sys.executable, "-S", "-I", "-c", program], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    loaded = set(done.stdout.split())
    assert [name for name in BANNED.split() if name in loaded] == []
