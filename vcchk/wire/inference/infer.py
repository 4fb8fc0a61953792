"""From one captured message to the wire profiles that produce it: names, then cipher, then signature.

The cipher is found first because the text that it hides is part of what is signed. What one message leaves open is
reported as undetermined.
"""

from __future__ import annotations

from collections.abc import Mapping

from vcchk.base.encoding import is_hex
from vcchk.base.errors import PLATFORM_SUCCESS, VcchkError
from vcchk.wire import ciphers, codec, message, names
from vcchk.wire.clock import stamp
from vcchk.wire.families import all_success_codes
from vcchk.wire.inference import envelopes, signature_search
from vcchk.wire.inference.capture_file import CapturedExchange
from vcchk.wire.inference.cipher_search import KINDS, Ciphertext, openings
from vcchk.wire.inference.inferred import Alternative, Inference, InferenceError, likeliest_first
from vcchk.wire.message import Message
from vcchk.wire.profile import CHOICES, Profile
from vcchk.wire.profile_help import nearest
from vcchk.wire.signing import Signature, Unsigned

_CIPHER = "cipher"
_SIGNATURE = "signature"
_SIGNATURE_REMARKS = {
    Signature.HELD: "验签通过",
    Signature.MISSING: "没有签名",
    Signature.WRONG: "验签不通过（应答的签名规则可能不同）",
    Signature.UNCHECKED: "没有公钥可验签",
}


def infer(exchange: CapturedExchange, in_data: str, key: str = "", *, site: Profile | None = None) -> Inference:
    """Find the profiles that turn ``in_data`` into the captured message. ``key``: when InData holds none.

    ``site``: a profile with the site's further secrets. Raises InferenceError when nothing fits, RequestError for
    InData that is not JSON.
    """
    if exchange.masked:
        raise InferenceError("抓取的报文已脱敏，无法验算签名：请用 vcchk wire capture --raw 重新抓取")
    indata = message.parse(in_data)
    key = key or indata.key
    if not key:
        raise InferenceError("缺少密钥：InData 和 [wire] key 中都没有，请用 --key-file 指定")
    remarks: list[str] = []
    whole, form = envelopes.members(exchange.request)
    wanted = [name for name in ("app_id", "term_id", "sign_type", "enc_type") if name in indata.fields]
    groups: dict[str, list[Alternative]] = {
        "content": _content(exchange, form),
        "names": envelopes.of_request(whole, wanted, is_form=form),
    }
    base = (site or Profile()).replace(name="site", content_type="form" if form else "application/json")
    base = base.replace(**groups["names"][0])
    raw = codec.read(base, exchange.request, reply=False)
    if "key" in whole:
        remarks.append("抓取的报文里带有 key 字段：密钥在网络上明文传送，本程序不会这样发送")
    groups |= _types(raw, indata, remarks)
    clear, sealed = _ciphers(base, raw, indata, key)
    if sealed:
        groups[_CIPHER] = sealed
        base = base.replace(**sealed[0])
    if indata.biz is not None and message.read_biz(clear) != indata.biz:
        remarks.append("抓取报文的业务数据与 InData 的不同：可能不是同一笔交易，规则仍按抓取的报文推断")
    groups[_SIGNATURE] = _signatures(base, raw, clear, key, remarks)
    chosen = base
    for alternatives in groups.values():
        chosen = chosen.replace(**alternatives[0])
    path = _path(exchange.url, exchange.base, raw.fields.get("method", ""))
    if path is not None:
        groups["path"] = [{"path": path}]
        chosen = chosen.replace(path=path)
    if exchange.reply:
        if exchange.reply_masked:
            remarks.append("抓取的应答已脱敏，没有验签；应答结构与返回码仍按它推断")
        chosen = _reply(chosen, exchange, key, raw.fields, groups, remarks)
    _compare(chosen, raw, indata, key, clear, remarks)
    return Inference(groups=groups, chosen=chosen, remarks=remarks)


def _content(exchange: CapturedExchange, form: bool) -> list[Alternative]:
    if form:
        return [{"content_type": "form"}]
    kind = exchange.content_type.partition(";")[0].strip().lower()
    if kind in CHOICES["content_type"]:
        return [{"content_type": kind}]
    return [{"content_type": "application/json"}, {"content_type": "text/xml"}]


def _types(raw: codec.Raw, indata: Message, remarks: list[str]) -> dict[str, list[Alternative]]:
    """Return the groups of timestamp, sign_type and enc_type: the caller's own, or what took their place."""
    found: dict[str, list[Alternative]] = {}
    captured = raw.fields.get("timestamp", "")
    forms = [form for form in CHOICES["timestamp"] if stamp(indata.fields.get("timestamp", ""), form) == captured]
    if forms:
        found["timestamp"] = [{"timestamp": form} for form in forms]
    else:
        remarks.append("抓取报文的 timestamp 与 InData 的不是同一时间，可能不是同一笔交易；timestamp 规则未能确定")
    for name in ("sign_type", "enc_type"):
        value = raw.fields.get(name, "")
        if value != indata.fields.get(name, ""):
            found[name] = [{name: value}]
    return found


def _ciphers(base: Profile, raw: codec.Raw, indata: Message, key: str) -> tuple[str, list[Alternative]]:
    """Return the clear text and the cipher settings that give it (none when it travels in clear)."""
    kind = raw.fields.get("enc_type", "").partition("/")[0].strip().upper()
    if not raw.may_be_encrypted or not raw.biz or kind in ciphers.PLAIN:
        return raw.biz, []
    if kind not in KINDS:
        raise InferenceError("enc_type 不是 Plain、AES、DES、SM4 之一，无法推断加密规则")
    sealed = Ciphertext(
        text=raw.biz, kind=kind, app_id=raw.fields.get("app_id", ""), key=base.cipher_secret or key, indata=indata
    )
    found = openings(base, sealed)
    if not found:
        raise InferenceError(
            f"加密方式不符：{kind} 的全部模式、填充、密钥派生和编码组合都解不开 biz_content。"
            "请核对密钥和抓取的报文是否属于同一应用"
        )
    texts = {text for _, text in found}
    if len(texts) > 1:
        # Zero padding read as text with trailing bytes, and the like: what equals InData wins.
        texts = {text for text in texts if message.read_biz(text) == indata.biz} or texts
    clear = min(texts, key=len)
    return clear, likeliest_first([one for one, text in found if text == clear], nearest(base))


def _signatures(base: Profile, raw: codec.Raw, clear: str, key: str, remarks: list[str]) -> list[Alternative]:
    sign_name = names.to_wire(base)["sign"]
    received = raw.wire.get(sign_name, "")
    if not received:
        raise InferenceError("抓取的报文没有签名（sign/digest 为空），无法推断签名规则")
    wire = {name: value for name, value in raw.wire.items() if name not in (sign_name, "key")}
    family = nearest(base)
    if len(received) == signature_search.SM2_LENGTH:
        remarks.append(f"签名是 SM2：没有公钥可验，规则按 {family.name} 填写")
        rules = ("key_suffix", "order", "signed", "biz_signed", "empty", "charset", "hash")
        return [{name: getattr(family, name) for name in rules}]
    if len(received) not in signature_search.HASHES_OF_LENGTH or not is_hex(received):
        raise InferenceError(f"签名是 {len(received)} 个字符，不是 MD5、SM3、SHA-256 的十六进制形式，也不是 SM2")
    found = signature_search.rules(
        base,
        signature_search.Signed(
            message=Unsigned(wire=wire, biz_name=raw.biz_name, biz_text=clear),
            sign_type=raw.fields.get("sign_type", ""),
            signature=received,
            key=key,
        ),
    )
    if not found:
        raise InferenceError(
            "签名规则不符：已知的排序、拼接、签名内容、摘要、大小写和字符集组合都算不出抓取的签名。"
            "请核对密钥；若密钥无误，该平台的签名规则不在已知范围内"
        )
    return likeliest_first(found, family)


# What is around the message


def _path(url: str, base: str, method: str) -> str | None:
    """Return the ``path`` setting that turns ``base`` into ``url``, None when none does or they are not known."""
    if not url or not base:
        return None
    last = url.partition("?")[0].rpartition("/")[2]
    folder = codec.address(base, "x").partition("?")[0][:-1]
    whole = url.partition("?")[0].removeprefix(folder)
    for path in ("", "{method}" if last == method else "", last, f"{method}={whole}"):
        made = codec.path_of(path, method)
        if codec.address(base, made) == url:
            return path
    return None


def _reply(
    chosen: Profile,
    exchange: CapturedExchange,
    key: str,
    request: Mapping[str, str],
    groups: dict[str, list[Alternative]],
    remarks: list[str],
) -> Profile:
    """Learn the reply's layout and success code from the captured reply, and let its signature decide what is open."""
    try:
        raw = codec.read(chosen, exchange.reply, reply=True)
        groups |= _reply_layout(chosen, raw, request) | _success_code(chosen, raw, remarks)
        for name in ("reply", "success"):
            chosen = chosen.replace(**groups.get(name, [{}])[0])
        if exchange.reply_masked:
            return chosen
        raw = codec.read(chosen, exchange.reply, reply=True)
        chosen = _reply_key(chosen, raw, key, request, groups)
        held = [
            one
            for one in groups[_SIGNATURE]
            if codec.unseal(chosen.replace(**one), raw, key, request=request).signature == Signature.HELD
        ]
        if held:
            groups[_SIGNATURE] = held
            chosen = chosen.replace(**held[0])
        opened = codec.unseal(chosen, raw, key, request=request)
        remarks.append(f"抓取的应答按此规则{_SIGNATURE_REMARKS[opened.signature]}")
    except VcchkError as error:
        remarks.append(f"抓取的应答读不出（{error.code} {error.message}），成功码和应答结构未能确定")
    return chosen


def _reply_layout(chosen: Profile, raw: codec.Raw, request: Mapping[str, str]) -> dict[str, list[Alternative]]:
    """Return the group of where a reply has its business data, none when it has none."""
    if not raw.biz:
        return {}
    layouts = {"data": ["data"], "": ["flat"]}.get(raw.biz_name, ["biz_content"])
    if chosen.clear_name and raw.biz_name == chosen.clear_name:
        layouts = ["biz_content", "data"] if raw.biz_name == "data" else ["biz_content"]
    enc_type = raw.fields.get("enc_type") or request.get("enc_type", "")
    if raw.may_be_encrypted and ciphers.choose(chosen, enc_type) is not None:
        # Ciphertext cannot stand flat; such a platform uses biz_content for it.
        layouts = list(dict.fromkeys([*layouts, *(["flat"] if raw.biz_name != "data" else [])]))
    return {"reply": [{"reply": layout} for layout in layouts]}


def _success_code(chosen: Profile, raw: codec.Raw, remarks: list[str]) -> dict[str, list[Alternative]]:
    """Return the group of the success code: it is known by a success alone."""
    # `codec.read` has made 0000 of the profile's own already.
    written = chosen.success if raw.ret_code == PLATFORM_SUCCESS else raw.ret_code
    if written not in all_success_codes():
        return {}
    if written != PLATFORM_SUCCESS:
        remarks.append(f"抓取的应答返回码是 {written}，按成功码处理；若那笔交易并未成功，请改回 0000")
    return {"success": [{"success": written}]}


def _reply_key(
    chosen: Profile, raw: codec.Raw, key: str, request: Mapping[str, str], groups: dict[str, list[Alternative]]
) -> Profile:
    """Return the profile with the SM4 key of replies, where they have one of their own."""
    enc_type = raw.fields.get("enc_type") or request.get("enc_type", "")
    if enc_type.strip().upper() != "SM4" or not raw.may_be_encrypted or not raw.biz:
        return chosen
    fitting = []
    for value in CHOICES["sm4_reply_key"]:
        try:
            codec.unseal(chosen.replace(sm4_reply_key=value), raw, key, request=request)
        except VcchkError:
            continue
        fitting.append({"sm4_reply_key": value})
    if fitting:
        groups["reply_key"] = fitting
        return chosen.replace(**fitting[0])
    return chosen


def _compare(chosen: Profile, raw: codec.Raw, indata: Message, key: str, clear: str, remarks: list[str]) -> None:
    """Make the message anew from InData, and say whether it equals the captured one."""
    if clear != indata.biz_text and message.read_biz(clear) == indata.biz:
        remarks.append("原程序书写 biz_content 的方式（次序、空格或转义）与 InData 不同；值相同，不影响验签")
    try:
        body = codec.seal_request(chosen, indata.fields, clear, key).body
        again = codec.read(chosen, body, reply=False)
    except VcchkError as error:
        remarks.append(f"用此规则不能由 InData 生成报文（{error.code} {error.message}）")
        return
    if again.wire == raw.wire:
        remarks.append("用此规则由 InData 重新生成的报文，与抓取的逐字段一致")
    else:
        different = sorted(n for n in {*again.wire, *raw.wire} if again.wire.get(n) != raw.wire.get(n))
        remarks.append(f"用此规则由 InData 重新生成的报文，与抓取的在这些字段上不同：{'、'.join(different)}")
