"""What each order of the sandbox's control namespace takes and returns. For people, so in Chinese.

A row an order of `vcchk.sandbox.control.rules.ORDERS`, in its order. A test compares the names between backquotes with
those in the docstring of the function that carries the order out.
"""

from __future__ import annotations

MANUAL: dict[str, str] = {
    "reset": "全部清空：数据、往来、时钟、选项、故障、默认规则，再放入演示数据；`seed` 为 false 时数据库留空。",
    "seed": (
        "添加，要么全部，要么一点也不：`people`（id_no、user_name、id_type（默认 01）、user_sex……；"
        "`registered` 为 true 即开卡，`cards`：[{card_type, card_no}] 关联的卡）、`apps`（app_id、"
        "key、name、methods：不写为全部接口）、`terminals`（app_id、term_id、name）。已有的应用、"
        "终端按此修改。返回各人的行号。"
    ),
    "clock": (
        "查看或拨动时钟，依次处理：`shift`（比真实时间快多少秒）、`set`（yyyyMMddHHmmss，或 1970 年以来的秒数）"
        "、`advance`（再快多少秒）、`stop` 为 true 停住、false 再走。返回 `shift`、`stopped`、"
        "`now`、`stamp`。"
    ),
    "options": "修改选项（列在“模拟平台”一页）；空对象只查看。",
    "faults": (
        "安排故障：`kind`、`value`、`count`（几次，默认 1）、`method`（哪个接口，默认全部）；"
        "用完即止。`clear` 为 true 先清除其他的。返回等着的 `waiting`，以及各种 `kinds` 和它们的作用。"
    ),
    "magic": (
        "列出魔法人员：`number`（返回码，或别种故障的编号）、`id_no`、`user_name`、`ehealth_card_id`、"
        "`kind`、`words`（会发生什么）。"
    ),
    "traffic": (
        "平台看到的往来，从旧到新：最近 `count`（100）次，可限定接口 `method`、编号大于 `since` 的；"
        "`number`：只要这一次。已掩码，不含原始字节；`clear` 为 true 时除密钥外都给出，含原文、"
        "待签文本和签名。"
    ),
    "indata": (
        "返回 `indata`：HIS 传给 VirtualCardTrans 什么，就会发出第 `number` 次的请求，含应用的密钥；"
        "`profile`：INI 中要用的 `[wire] profile`。"
    ),
    "curl": "返回 `curl`：一条 POSIX shell 命令，发出与第 `number` 次完全相同的字节。",
    "replay": (
        "重发第 `number` 次：原来的字节；`new_serial` 为 true 时换新流水号重新签名。返回新的 `number`、"
        "`ret_code`，以及文档怎么说的 `note`。"
    ),
    "people": (
        "查人：`query`（姓名或证件号的一部分、电话、卡号；默认全部），`status` 为 open、closed 或 none，"
        "`count`（1000），`clear`（默认 false）为 true 时不掩码。"
    ),
    "link": (
        "把一张卡关联到某人的电子健康卡：`id_no`（`id_type` 01）或 `person`，`card_type`、"
        "`card_no`；`remove` 为 true 是取消关联。返回关联的卡，默认的在最前。"
    ),
    "open": "为某人开卡，或重新开通：`id_no`（`id_type` 01）或 `person`。",
    "close": "注销某人的卡，动态码随之失效：`id_no`（`id_type` 01）或 `person`。",
    "code": (
        "出一个健康码：`id_no`（`id_type` 01）或 `person`；不写 `seconds` 为静态码，写了是有效这么多秒的动态码。"
        "返回 `code`、`ehealth_card_id` 和 `expires`（按模拟平台的时钟，1970 年以来的秒数；"
        "静态码为 null）。"
    ),
    "voucher": (
        "出一个医保电子凭证码：`id_no`（`id_type` 01）或 `person`，有效 `seconds` 秒。`present` 为 true 时放到本"
        "地服务的读码器前；不指定人而 `present` 为 false 时拿走。返回 `code` 和 `expires`。"
    ),
    "authorisations": (
        "列出授权，新的在前：`status`（ing、succ、fail、cancel；默认全部）、`app_id`、`count`（100）。"
        "每个有 `out_authorize_no`、`status`、`seconds_left`、`token`（网页是 /auth/TOKEN）和场景；"
        "已掩码，`clear` 为 true 时不掩码。"
    ),
    "approve": (
        "如同在网页上决定一个授权：`out_authorize_no`（可加 `app_id`，不写为任何应用），`decision` 为 approve、"
        "cancel 或 fail，`id_no` 或 `person` 是谁的卡（默认第一张有效的）。返回 `auth_status`。"
    ),
    "cancel": "取消全部等着患者的授权，或只取消 `app_id` 的。返回取消了几个。",
    "apps": "列出应用和它的终端、允许的接口；`clear` 为 true 时给出密钥。添加用 `seed`。",
    "remove": "删除，要么全部，要么一点也不：`apps` [app_id …] 连同终端，`terminals` [{app_id, term_id}]。",
    "profile": "查看默认的报文规则（/ehcService/ 用的）和其他规则的地址；`name` 设为默认。",
    "dialect": (
        "让一个应用的平台像另一城市那样：`app_id`，`profile`（名称，空文字为随地址），`refuses_plain`（不收明文"
        "），`signs_refusals`（拒绝也签名），`verifies_first`（先验签），`one_code`（9007 也答 9003），"
        "`locks_after`（几次坏报文后锁定，0 为不锁）。不写的不变；坏报文的次数重新计。"
    ),
    "statistics": (
        "统计用卡次数：`total`，以及 `by` 方式、诊疗环节、科室、操作员、地址、终端、日期，"
        "各有 `title` 和 `rows`：`code`、`name`、`uses`，取最多的 `count`（30）行；已掩码。"
    ),
    "export": (
        "返回 `state`：全部应用（含密钥）、终端、人员、卡、关联、码、授权、凭证、用卡记录、"
        "流水号、选项、等着的故障、时钟和默认规则，带格式版本；不掩码。"
    ),
    "import": (
        "装回 `state`（由 `export` 得到，格式版本相同），除看到的往来外全部替换，要么全部，"
        "要么一点也不：先检查到底，再动手。"
    ),
}
