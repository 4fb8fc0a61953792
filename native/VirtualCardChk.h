/* VirtualCardChk.h - 电子健康卡 / 多码融合 动态库接口 (electronic health card and multi-code DLL interface)
 *
 * The published header of vcchk's VirtualCardChk.dll (32 and 64 bit) and libVirtualCardChk.so.
 * Document A 电子健康卡 3.2-3.4, document B 多码融合码 3.4-3.5.
 *
 * 文字编码 (encoding): GBK/GB18030 or UTF-8, found from the request; the reply is in the request's encoding.
 * 返回指针 (returned pointer): 由动态库管理，不要释放 - owned by the DLL, never free it. (.NET may declare it as string.)
 * 线程 (threads): 各函数可多线程同时调用；同一线程重入时返回 3003 - calls may run in parallel; re-entry answers 3003.
 */
#ifndef VIRTUALCARDCHK_H
#define VIRTUALCARDCHK_H

#if defined(_WIN32)
#define VCCHK_STDCALL __stdcall
#define VCCHK_CDECL __cdecl
#else
#define VCCHK_STDCALL
#define VCCHK_CDECL
#endif

/* OutData 缓冲区字节数，含结尾的 0 - bytes of OutData with the NUL; the DLL never writes past it. */
#define VCCHK_OUT_CAPACITY 2048
/* pErrmsg 缓冲区字节数，含结尾的 0 - bytes of SetEcQrcode's pErrmsg with the NUL. */
#define VCCHK_ERRMSG_CAPACITY 256

#ifdef __cplusplus
extern "C" {
#endif

/* 卡交易 (one transaction with the platform)
 * strUrl  平台地址 - the platform's address.
 * InData  请求报文 JSON - the request.
 * OutData 调用方分配，至少 2048 字节 - allocated by the caller, 2048 bytes: the reply's business JSON, or a message.
 * 返回 "00" 成功；否则四位错误码，OutData 为错误说明 - "00", or a four-digit code with the message in OutData. Never NULL.
 */
char *VCCHK_STDCALL VirtualCardTrans(char *strUrl, char *InData, char *OutData);

/* 医保电子凭证交易 (the insurance voucher's callers' name for the same)
 * OutData 至少 2048 字节，或按 [abi] nation_capacity 设置 - 2048 bytes unless [abi] nation_capacity says otherwise.
 */
char *VCCHK_STDCALL NationEcTrans(char *strUrl, char *InData, char *OutData);

/* 设置二维码屏的流程 (tell the QR screen what it is for)
 * mode 文档 3.3 的模式号 - the mode of document A 3.3. 返回 0 成功，非 0 失败 - 0, or a non-zero code.
 * 调用约定为 cdecl；INI 中 [abi] qrflow_convention = stdcall 时为 stdcall - cdecl; stdcall when the INI says so.
 */
int VCCHK_CDECL Set_QRflow_Mode(int mode);

/* 打印电子健康卡标签 (print a card label)
 * ehealthid 电子健康卡号, cardNo 院内卡号, name 姓名. 返回 0 成功，非 0 失败 - 0, or a non-zero code.
 */
int VCCHK_STDCALL EhealthID_Print(char *ehealthid, char *cardNo, char *name);

/* 将扫到的医保电子凭证填入医保程序 (type the scanned voucher code into the insurance program)
 * pErrmsg 调用方分配，至少 256 字节 - allocated by the caller, 256 bytes: the message when it fails.
 * 返回 0 成功，非 0 失败 - 0, or a non-zero code.
 */
int VCCHK_STDCALL SetEcQrcode(char *pErrmsg);

#ifdef __cplusplus
}
#endif
#endif
