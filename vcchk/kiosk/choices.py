"""What a hospital chooses: the card's name (and document), its card number, where codes are read, and who it is.

The command line gives the first values, the settings page changes them while the terminal runs.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from urllib.parse import urlsplit

from vcchk.base.system_errors import reason
from vcchk.sandbox.seed import DEMO
from vcchk.web import guard

CARD_NAMES = {
    "电子健康卡": "电子健康卡（按《电子健康卡》接口文档的字段）",
    "多码融合码": "多码融合码（按《多码融合码》接口文档的字段，支持医保电子凭证）",
}
"""What the card is called; it decides whose fields are sent."""

CARD_NUMBERS = {
    "社保卡号": "社保卡号：平台返回的社保卡卡号",
    "社会保险号": "社会保险号：社会保障号码，即公民身份号码（《社会保险法》第五十八条）",
}
"""Which number of a social security card's holder the archive keeps (2.4.2: 可根据院内实际情况)."""

SOURCES = {
    "wedge": "键盘口扫码枪（HIS 读码，请求带 ehealth_code）",
    "scanner": "串口扫码枪（动态库自己读码，请求不带 ehealth_code）",
}

MAX_CHARACTERS = 1 << 16
"""Of a file with an application: a device that never ends would fill the memory."""
VOUCHER_PATH = "/localcfc/api/hsecfc/localQrCodeQuery"


class ChoiceError(ValueError):
    """A choice cannot be taken; the text is a Chinese sentence."""


@dataclass
class Choices:
    """What the hospital has chosen.

    ``ec_url``: the insurance voucher's service (ECUrl), ``org_id``: orgId; both are document B's alone.
    """

    name: str = "电子健康卡"
    card_number: str = "社保卡号"
    source: str = "wedge"
    ec_url: str = ""
    org_id: str = DEMO.org_id

    @property
    def document(self) -> str:
        """A or B: whose fields are sent."""
        return "B" if self.name == "多码融合码" else "A"

    def change(self, /, **values: str) -> None:
        """Take new values, all or none. Raises ChoiceError."""
        for key, table in (("name", CARD_NAMES), ("card_number", CARD_NUMBERS), ("source", SOURCES)):
            if values.get(key, next(iter(table))) not in table:
                raise ChoiceError(f"没有这种选择：{values[key]}，可选 {'、'.join(table)}")
        if values.get("ec_url") and not _is_web(values["ec_url"].strip()):
            raise ChoiceError("医保电子凭证请求地址应以 http:// 或 https:// 开头")
        for key in {f.name for f in fields(self)} & set(values):
            setattr(self, key, values[key].strip())


@dataclass(frozen=True)
class Application:
    """Who calls the platform: ``app_id`` and ``key``, a terminal number for windows and one for kiosks."""

    app_id: str = DEMO.app_id
    key: str = DEMO.key
    term_id: str = DEMO.term_id
    kiosk_term_id: str = DEMO.kiosk_term_id
    version: str = "X.M.0.1"
    sign_type: str = "SM3"
    enc_type: str = "SM4"

    def __repr__(self) -> str:
        return f"Application({self.app_id[:7]}…)"

    @classmethod
    def read(cls, path: str) -> Application:
        """Read a JSON file with app_id, key and term_id, and any other field of this class. Raises ChoiceError."""
        try:
            with open(path, encoding="utf-8-sig") as stream:
                values = json.loads(stream.read(MAX_CHARACTERS))
        except OSError as error:
            raise ChoiceError(f"打不开应用文件 {path}：{reason(error)}") from error
        except (ValueError, RecursionError):
            raise ChoiceError(f"应用文件 {path} 不是 UTF-8 的 JSON") from None
        if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
            raise ChoiceError(f"应用文件 {path} 应为 JSON 对象，各值为文本")
        missing = [name for name in ("app_id", "key", "term_id") if not values.get(name)]
        unknown = sorted(set(values) - {f.name for f in fields(cls)})
        if missing or unknown:
            problems = [f"缺少 {'、'.join(missing)}"] * bool(missing) + [f"多了 {'、'.join(unknown)}"] * bool(unknown)
            raise ChoiceError(f"应用文件 {path} {'，'.join(problems)}")
        return cls(**{"kiosk_term_id": values["term_id"], **values})


def _is_web(url: str) -> bool:
    try:
        return urlsplit(url).scheme in ("http", "https")
    except ValueError:
        return False


def local_base(url: str) -> str:
    """Return ``http://host:port`` of an address on this machine (where a sandbox may be), "" for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return f"http://{parts.netloc}" if parts.scheme == "http" and guard.is_local(parts.netloc) else ""
