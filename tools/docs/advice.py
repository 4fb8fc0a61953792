"""What the table of return codes leaves out: who is at fault, why, what to do. For people, so in Chinese.

A row a code of `vcchk.base.errors.SENTENCES`, in its order. ``origin``: "库" the DLL gives it by itself, "平台" only
the platform does, "都有" both. A test holds the origins against vcchk's sources and the sandbox's.
"""

from __future__ import annotations

from typing import NamedTuple


class Advice(NamedTuple):
    """``fault``: whose; ``cause``: why; ``do``: what to do."""

    origin: str
    fault: str
    cause: str
    do: str


ADVICE: dict[str, Advice] = {
    "0000": Advice("平台", "—", "办理成功；VirtualCardTrans 对 HIS 返回 `00`", "取 OutData 中的业务 JSON"),
    "9998": Advice(
        "都有", "看说明", "平台拒绝而其返回码不能原样返回；已取消扫码；医保电子凭证服务拒绝", "按 OutData 中的说明处理"
    ),
    "9999": Advice("平台", "平台", "平台没有说明原因", "把发生时间和流水号告诉平台，请其查明原因"),
    "1001": Advice("平台", "HIS", "InData 没有 app_id", "HIS 补上平台分配的应用编号"),
    "1002": Advice("平台", "HIS", "InData 没有 term_id", "HIS 补上平台登记的终端编号"),
    "1003": Advice("平台", "HIS", "version 不是平台支持的版本", "改为平台给的版本号（文档示例为 X.M.0.1）"),
    "1004": Advice("都有", "HIS", "InData 没有 method", "HIS 补上接口名称"),
    "1005": Advice("平台", "HIS", "method 写错，或平台没有开通这个接口", "对照[接口与字段](methods.md)核对"),
    "1006": Advice("都有", "HIS", "enc_type 不认识", "改为 SM4、AES、DES；不加密时填 Plain 或留空"),
    "1007": Advice("都有", "HIS", "sign_type 不认识", "改为 SM3 或 MD5"),
    "1008": Advice("平台", "HIS 或平台", "app_id 没有登记，或连到了另一个平台（测试、正式）", "核对 app_id 和 strUrl"),
    "1009": Advice("平台", "HIS 或平台", "term_id 没有登记在该应用下", "请平台登记终端，或改正 term_id"),
    "1010": Advice("平台", "平台", "该应用没有这个接口的权限", "把 app_id 和 method 告诉平台，请其开通"),
    "2001": Advice("平台", "患者", "动态码已过有效时间；医保电子凭证码过期或用过一次", "请患者刷新二维码后重新扫"),
    "2002": Advice(
        "都有",
        "患者或扫码枪",
        "不是电子健康卡的码，或码不完整（扫码枪丢字、HIS 截断）；IsMultiCode=0 时扫到了健康卡的码",
        "重新扫码；仍不行时用 `vcchk scan` 看扫到的全文",
    ),
    "2003": Advice("平台", "HIS", "generate_type 为 dynamic 而没有 time_expire", "补上 time_expire（秒）"),
    "2004": Advice("平台", "HIS", "time_expire 不是正整数", "改为正整数（秒）"),
    "2005": Advice("平台", "平台", "平台的密码设备故障", "稍后再试；仍不成功时，把发生时间和返回码告诉平台"),
    "3001": Advice("平台", "—", "没有这个人、这张卡或这笔授权", "核对条件；没有卡的先注册"),
    "3002": Advice(
        "平台",
        "HIS",
        "流水号用过了。上一笔返回 8001、8002 后原样重发的，往往是上一笔其实已办成",
        "本机上一笔状态未知的，流水自动记为已办成；确认要办新的一笔时换新流水号",
    ),
    "3003": Advice(
        "都有", "并发", "同一线程的上一次调用还没有结束；或平台正在办理同一流水号、同一张卡", "等上一笔结束后再试"
    ),
    "8001": Advice(
        "库",
        "网络或平台",
        "请求已发出，没有及时应答；扫码超时也是它",
        "说明中有“交易状态未知”时切勿直接重办（验码请患者重新出示二维码，换新流水号再验），"
        "先查询：`vcchk journal check`；核实后 `vcchk journal settle`",
    ),
    "8002": Advice("库", "网络", "应答传到一半断了", "同 8001"),
    "8003": Advice("平台", "网络", "平台收到的请求是空的，多为代理、网闸丢了内容", "检查中间设备"),
    "8004": Advice(
        "库", "网络或设置", "连接没有建立，平台没有收到任何内容", "按说明检查地址、网线、防火墙、证书；可以直接重试"
    ),
    "8005": Advice("平台", "平台", "平台连不上数据库", "稍后再试；仍不成功时，把发生时间和返回码告诉平台"),
    "8006": Advice("平台", "平台", "平台的数据库设置有误", "把发生时间和返回码告诉平台"),
    "8007": Advice("平台", "平台", "平台写数据失败", "先查询该笔是否已办成；没有办成的，把发生时间和流水号告诉平台"),
    "8008": Advice("平台", "平台", "平台的密码服务故障", "稍后再试；仍不成功时，把发生时间和返回码告诉平台"),
    "8009": Advice(
        "都有", "看日志", "本库或平台内部异常；运行环境不完整（被杀毒软件隔离）也是它", "运行 `vcchk doctor`，查看日志"
    ),
    "9001": Advice("都有", "HIS", "InData 不是合法的 JSON、strUrl 有误、缺少业务字段", "按说明改正 HIS 的请求"),
    "9002": Advice(
        "库", "设置", "没有密钥：InData 和 INI 里都没有；或 [wire] profile 写错", "HIS 传 key，或 `vcchk secret set`"
    ),
    "9003": Advice(
        "都有",
        "密钥或规则",
        "密钥不对，或两边的签名规则不同。平台验不过请求、本库验不过应答，都是它",
        "核对 key；密钥无误时用 `vcchk wire infer` 找本市的规则",
    ),
    "9004": Advice("库", "平台或地址", "应答没有内容", "核对 strUrl；办理类交易先查询"),
    "9005": Advice(
        "都有",
        "设置或平台",
        "没有配置该设备或功能；或平台不支持",
        "按说明修改 INI；是平台给出的，把 app_id 和 method 告诉平台",
    ),
    "9006": Advice("库", "密钥", "请求加密不了，多为密钥太短或规则写错", "核对 key 和 [wire] profile"),
    "9007": Advice("都有", "密钥或规则", "解密不了：密钥不对，或加密方式不同", "核对 key 和 [wire] profile"),
    "9008": Advice(
        "都有",
        "看说明",
        "应答不是平台报文（网页、网关的 JSON、端口不对），是别的请求的应答，或放不进 OutData",
        "按说明处理；交易状态未知的先查询（`vcchk journal check`）再办，核实后 `vcchk journal settle`；"
        "放不下时交易已办成，勿重办",
    ),
}
