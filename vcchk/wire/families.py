"""The built-in profiles, one row a family of platforms, each with the strength of its evidence.

The interface documents leave out how messages are signed and encrypted, and no public source shows the live card
platform. So each row says what stands behind it: ``verified`` (a public original was made again bit for bit), ``code``
(a vendor's or a client's code was read), ``print`` (one debug print without a result), ``inferred``.
"""

from __future__ import annotations

from vcchk.base.record import Record
from vcchk.wire.profile import Profile


class Family(Record):
    """A built-in profile. ``title`` and ``evidence``: Chinese, for ``vcchk wire show`` and the documents.

    ``success``: codes that its platforms may give for success, where the profile's own is not sure.
    """

    profile: Profile
    title: str
    evidence: str
    success: tuple[str, ...] = ()


# The maker of the card platform and of the DLL derives its ciphers' keys at every call site that was found (four code
# bases, one verified message), and ends what it signs with "&key=K" in every product but the one print of the card's.
_VENDOR = Profile(
    name="vendor",
    key_suffix="&key=K",
    aes_key="derived",
    des_key="derived",
    des_encoding="base64",
    sm4_key="derived",
)
_PAYMENT = _VENDOR.replace(
    name="payment",
    order="caseless",
    biz_signed="canonical",
    unsigned="extenalMap,pageParams,externalNo",
    naming="camel",
    names="method=transType,enc_type=encryptType,biz_content=encryptData",
    reply_names="ret_code=respCode,ret_msg=respMsg",
    clear_name="param",
    biz_form="object",
    des_encoding="base64/76",
)

FAMILIES: tuple[Family, ...] = (
    Family(
        profile=Profile(),
        title="健康卡平台（厦门），X.M.0.1",
        evidence="信封见接口文档；签名规则出自一份调试打印，密码算法的模式和初始向量有公开样本验证，"
        "密钥直接用和签名字符集是推断",
    ),
    Family(
        profile=_VENDOR,
        title="同一厂家其他产品的规则，用健康卡平台的信封",
        evidence="&key= 和派生密钥有公开原文逐位验证（支付、国家医保），用于健康卡平台是推断",
    ),
    Family(
        profile=_PAYMENT,
        title="同一厂家的支付平台，2016–2018",
        success=("000000",),
        evidence="DES、派生密钥、&key=、数字作字符串有平台报文逐位验证；空值、嵌套、AES 读自厂家代码",
    ),
    Family(
        profile=_PAYMENT.replace(
            name="gateway",
            unsigned="",
            names="enc_type=encryptType",
            reply_names="ret_code=retCode,ret_msg=retMsg",
            clear_name="bizObj",
            sm4_encoding="base64",
            sm4_charset="gbk",
        ),
        title="用同一厂家工具包做的网关，2019",
        evidence="读自代码；SM3 的大小写是推断",
    ),
    Family(
        profile=_VENDOR.replace(
            name="ehui",
            order="caseless",
            unsigned="extenalMap,pageParam",
            naming="camel",
            names="method=serviceId,term_id=deviceId,enc_type=encryptType,biz_content=encryptData",
            reply_names="ret_code=respCode,ret_msg=respMsg",
            members="isEncrypt={encrypted}",
            clear_name="param",
            des_encoding="HEX",
            sm4_mode="cbc",
            sm4_reply_key="hex_text",
            success="000000",
        ),
        title="同一厂家的手机应用（安卓、iOS），2016–2020",
        success=("0000",),
        evidence="读自厂家代码；应答不验签，应答的 SM4 密钥与请求不同，可能是废弃代码",
    ),
    Family(
        profile=Profile(
            name="gotool",
            signed="cipher",
            key_suffix="K",
            hash_case="lower",
            aes_mode="ecb",
            aes_key_bytes="32",
            aes_encoding="base64",
            sm4_encoding="hex",
            sm4_key="hex",
            empty="keep",
            sign_names="digest",
            timestamp="epoch_ms",
        ),
        title="另一城市的健康卡平台，X.M.0.1，2019",
        evidence="两种密码算法有公开密文逐位验证；签名的次序和后缀出自一份工具的输入，应答是推断",
    ),
    Family(
        profile=Profile(
            name="sichuan",
            sign_names="digest",
            key_suffix="&app_secret=K",
            empty="keep_null",
            hash="SM3",
            reply_names="ret_code=code,ret_msg=message",
            timestamp="epoch_ms",
            success="10",
            path="business.do",
        ),
        title="四川省健康卡平台，V1.1（只是信封，业务字段的名称不同）",
        evidence="请求读自公开的 Java 客户端，并运行其两个库验证；密钥须为 16 个字符；应答的签名是推断",
    ),
    Family(
        profile=Profile(
            name="mianyang",
            signed="business",
            key_suffix="&key=K",
            hash="MD5",
            naming="camel",
            sign_names="digest",
            sign_type="md5",
            enc_type="AES/ECB/PKCS5Padding",
            aes_mode="ecb",
            reply_names="ret_code=code,ret_msg=message",
            timestamp="epoch_ms",
            success="200",
            path="ehc.ehealthcard.regquery=virtual/user/create",
        ),
        title="绵阳的健康卡平台：签名和加密各有一个密钥（cipher_secret）",
        success=("10000",),
        evidence="读自客户端代码；应答不验签",
    ),
    Family(
        profile=Profile(
            name="fudan",
            signed="text",
            key_suffix="K",
            hash="SM3",
            sign_names="digest",
            biz_form="object",
            timestamp="epoch_ms",
        ),
        title="复旦大学的安卓开发包，2018（只支持明文）",
        evidence="读自代码；密码算法在开发包内部，不知道",
    ),
    Family(
        profile=_VENDOR.replace(
            name="sm2",
            biz_signed="canonical",
            unsigned="extra",
            naming="camel",
            names="method=transType,biz_content=encData,sign=signData",
            reply_names="ret_code=code,ret_msg=message",
            clear_name="data",
            biz_form="object",
            success="0",
        ),
        title="国家医保、电子凭证、移动支付，2020–2024：SM2 签名",
        evidence="请求、应答、派生密钥都有公开原文逐位验证；嵌套的业务数据各实现不同",
    ),
)

BUILTIN: dict[str, Profile] = {family.profile.name: family.profile for family in FAMILIES}


def success_codes(name: str) -> tuple[str, ...]:
    """Return the codes that a family's platforms may give for success; the card platform's for an unknown name."""
    family = next((family for family in FAMILIES if family.profile.name == name), FAMILIES[0])
    return (family.profile.success, *family.success)


def all_success_codes() -> frozenset[str]:
    """Return the success codes of every family, for a reply whose family is not known."""
    return frozenset([code for family in FAMILIES for code in success_codes(family.profile.name)])
