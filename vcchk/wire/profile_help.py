"""The keys of a ``[profile:NAME]`` section, each explained once in Chinese, and how a profile is written as one."""

from __future__ import annotations

from vcchk.wire.families import BUILTIN
from vcchk.wire.profile import CHOICES, Profile
from vcchk.wire.site_profile import AUTO, fixed_settings, from_file_values

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HELP: dict[str, str] = {
    "key_suffix": "待签文本末尾如何接密钥，K 代表密钥：key=K、&key=K、K、&app_secret=K 等",
    "order": "字段排序：ordinal 按字节、caseless 不分大小写、fixed 按 order_list",
    "order_list": "order = fixed 时的字段次序，未列出的排在其后",
    "signed": "签名内容：clear 明文 biz_content、cipher 密文、business 只有业务字段、text 整个 JSON 文本",
    "biz_signed": "业务数据如何参加签名：as_is 与发送的文本相同、canonical 各层排序、去空值、数字作字符串",
    "empty": "空值：skip 不参加签名、keep 参加签名、keep_null 参加签名且 null 写作 null",
    "unsigned": "另外不参加签名的字段（报文中的名称，逗号分隔）",
    "hash": "摘要：auto 按报文的 sign_type，或固定为 MD5、SM3、SHA-256、SM2",
    "hash_case": "签名的十六进制：upper 大写、lower 小写",
    "charset": "待签文本的编码（gbk 中没有的字写作 ?）",
    "sm2_private_key": "本方 SM2 私钥，64 位十六进制；签名类型为 SM2 时用；"
    "可用 vcchk secret set sm2_private_key 加密保存",
    "sm2_public_key": "平台 SM2 公钥，128 位十六进制；为空不验 SM2 签名",
    "cipher_secret": "加密用的密钥；为空与签名同用一个密钥；可用 vcchk secret set cipher_secret 加密保存",
    "aes_mode": "AES 模式",
    "aes_key_bytes": "AES 密钥取几个字节",
    "aes_iv": "AES 初始向量（cbc 时用）：text: 加 16 个字符，或 hex: 加 32 位十六进制",
    "aes_padding": "AES 填充：pkcs7、zero 补零",
    "aes_encoding": "AES 密文：HEX 大写、hex 小写、base64 一行、base64/76 每 76 个字符换行",
    "aes_key": "AES 密钥：direct 直接用；derived、derived_bytes 以 app_id 为密钥加密后取文本、字节；app_id 用应用编号；"
    "hex 密钥是十六进制数字；hex_text 用密钥的十六进制文本",
    "aes_charset": "AES 加密前文本的编码",
    "des_kind": "enc_type = DES 时用 des 还是 3des",
    "des_mode": "DES 模式",
    "des_iv": "DES 初始向量：text: 加 8 个字符，或 hex: 加 16 位十六进制",
    "des_padding": "DES 填充",
    "des_encoding": "DES 密文的写法",
    "des_key": "DES 密钥的来历",
    "des_charset": "DES 加密前文本的编码",
    "sm4_mode": "SM4 模式",
    "sm4_iv": "SM4 初始向量",
    "sm4_padding": "SM4 填充",
    "sm4_encoding": "SM4 密文的写法",
    "sm4_key": "SM4 密钥的来历",
    "sm4_charset": "SM4 加密前文本的编码",
    "sm4_reply_key": "应答的 SM4 密钥的来历：same 与请求相同",
    "sign_names": "签名字段叫 sign、sign_type，还是 digest、digest_type",
    "naming": "字段名：snake 为 app_id，camel 为 appId",
    "names": "与上两项都不同的字段名：文档中的名称=报文中的名称，逗号分隔",
    "reply_names": "应答中另外的字段名，写法同 names",
    "clear_name": "明文的业务数据叫什么：在待签文本中，以及不加密时在报文中；为空叫 biz_content",
    "biz_form": "明文的业务数据在报文中：text 是字符串、object 是 JSON 对象",
    "members": "请求中另外的字段：名称=JSON 值，逗号分隔；{encrypted} 代表加密时 1、否则 0",
    "sign_type": "caller 照 HIS 所写，或代替它的值",
    "enc_type": "caller 照 HIS 所写，或代替它的值",
    "timestamp": "时间戳：caller 照 HIS 所写，或换成 14 位、17 位、epoch_ms 毫秒数",
    "reply": "应答的业务数据在：biz_content、data，或 flat 与 ret_code 并列（收到时三种都认得）",
    "success": "平台的成功码：0000、10、200、0 等",
    "content_type": "请求的类型：application/json、text/xml、form 表单",
    "path": "附加的路径，替换网址末尾的文件名；{method} 代表接口名称；或“接口名称=路径”，逗号分隔；空为不附加",
}


def _explained(key: str) -> str:
    allowed = "、".join(CHOICES.get(key, ()))
    return f"; {HELP[key]}" + (f"（可用：{allowed}）" if allowed else "")


def lines(profile: Profile) -> list[str]:
    """Return the section that defines ``profile``, each key under its explanation and its closed values."""
    made = [f"[profile:{profile.name}]", f"; 以哪个内置规则为底：{'、'.join(BUILTIN)}", "base = xiamen"]
    for key in HELP:
        made += [_explained(key), f"{key} = {getattr(profile, key)}".rstrip()]
    return made


def differences(profile: Profile, base: Profile) -> dict[str, str]:
    """Return the keys in which ``profile`` differs from ``base``, with its values; secrets as ``***``."""
    return {
        key: "***" if key in Profile._secret else getattr(profile, key)
        for key in HELP
        if getattr(profile, key) != getattr(base, key)
    }


def nearest(profile: Profile) -> Profile:
    """Return the built-in profile with the fewest differences, the first of equals."""
    return min(BUILTIN.values(), key=lambda base: len(differences(profile, base)))


def section(profile: Profile) -> list[str]:
    """Return the shortest section that defines ``profile``: the nearest base, and the keys that differ, explained."""
    base = nearest(profile)
    made = [f"[profile:{profile.name}]", f"base = {base.name}"]
    for key, value in differences(profile, base).items():
        made += [_explained(key), f"{key} = {value}".rstrip()]
    return made


def described(profile: Profile) -> str:
    """Return a profile in one line: its family and what differs from it."""
    base = nearest(profile)
    changes = [f"{key} = {value}" for key, value in differences(profile, base).items()]
    return "，".join([base.name, *changes])


def dialect(profile: str, sections: Mapping[str, Mapping[str, str]], files: Iterable[Mapping[str, str]]) -> str:
    """Return in a few words by which rules a machine talks: what its INI names, else what its platforms' files confirm.

    ``profile``: ``[wire] profile``; ``sections``: the INI's ``[profile:NAME]`` by NAME.
    """
    if profile != AUTO:
        return profile
    fixed = fixed_settings(sections)
    found = (from_file_values(known, fixed) for known in files)
    return "；".join(sorted({described(one) for one in found if one is not None})) or AUTO


def example() -> list[str]:
    """Return the same as `lines` for a profile of the site's own, every line commented out, for the shipped INI."""
    head = [
        "; ==== 本地自定义的报文规则：去掉行首的 ;; 并把 [wire] profile 改为该名称；不写的项随 base ====",
        "; 可先用 vcchk wire capture、vcchk wire infer 由旧 DLL 的一笔报文推断出来",
    ]
    return head + [line if line.startswith(";") else f";; {line}" for line in lines(Profile(name="mysite"))]
