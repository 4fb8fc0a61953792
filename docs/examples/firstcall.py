"""第一次调用（Python）：验证一个二维码，再调用另外三个函数。

    python firstcall.py <strUrl> <二维码>

Windows 上用与动态库位数相同的 Python（32 位配 win32，64 位配 win64）。库放在当前目录。
"""

import ctypes
import json
import os
import sys
import time

# [docs declare]
WINDOWS = os.name == "nt"
PATH = os.path.abspath("VirtualCardChk.dll" if WINDOWS else "libVirtualCardChk.so")

library = ctypes.WinDLL(PATH) if WINDOWS else ctypes.CDLL(PATH)  # WinDLL：stdcall
library.VirtualCardTrans.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
library.VirtualCardTrans.restype = ctypes.c_char_p  # 不要释放
library.EhealthID_Print.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p]
library.SetEcQrcode.argtypes = [ctypes.c_char_p]
cdecl = ctypes.CDLL(PATH)  # Set_QRflow_Mode 是 cdecl
# [/docs]


# [docs verify]
def verify(url: str, ehealth_code: str) -> tuple[str, str]:
    """返回（返回码，OutData）。返回码 "00" 为成功。"""
    now = time.strftime("%Y%m%d%H%M%S")
    request = {
        "app_id": "DEMOAPP0000000000000000000000001",
        "key": "DEMOKEY0123456789ABCDEF012345678",
        "term_id": "35020010001",
        "method": "ehc.ehealthcode.verify",
        "version": "X.M.0.1",
        "timestamp": now,
        "sign_type": "SM3",
        "sign": "",
        "enc_type": "SM4",
        "biz_content": {
            "ehealth_code": ehealth_code,
            "out_verify_no": now + str(time.time_ns())[-9:],  # 每次不同；正式使用时取数据库序列
            "out_verify_time": now,
            "operator_id": "9527",
            "operator_name": "演示员",
            "ip_addr": "127.0.0.1",
            "treatment_code": "010101",
            "office_code": "0300",
        },
    }
    in_data = json.dumps(request, ensure_ascii=False).encode("gb18030")
    out_data = ctypes.create_string_buffer(2048)
    code = library.VirtualCardTrans(url.encode(), in_data, out_data)
    return code.decode(), out_data.value.decode("gb18030")  # 应答与请求同一编码
    # [/docs]


def main() -> None:
    """验证，再调用另外三个函数。"""
    code, out = verify(sys.argv[1], sys.argv[2])
    print("返回码", code)
    print(out)

    # [docs others]
    print("Set_QRflow_Mode", cdecl.Set_QRflow_Mode(1))
    print("EhealthID_Print", library.EhealthID_Print(sys.argv[2].encode(), b"D6351280", "演示".encode("gb18030")))
    message = ctypes.create_string_buffer(256)
    number = library.SetEcQrcode(message)
    print("SetEcQrcode", number, message.value.decode("gb18030"))
    # [/docs]


main()
