/* VirtualCardChk.h - 电子健康卡 / 多码融合 动态库接口 (electronic health card and multi-code DLL interface)
 *
 * The published header of vcchk's VirtualCardChk.dll (32 and 64 bit) and libVirtualCardChk.so.
 * Document A 电子健康卡 3.2-3.4, document B 多码融合码 3.3-3.5.
 *
 * 文字编码 (encoding): GBK/GB18030 or UTF-8, found from the request; the reply is in the request's encoding.
 * 返回指针 (returned pointer): 由动态库管理，不要释放 - owned by the DLL, never free it. (.NET may declare it as string.)
 * 线程 (threads): 各函数可多线程同时调用；同一线程重入时返回 3003 - calls may run in parallel; re-entry answers 3003.
 */
#ifndef VIRTUALCARDCHK_H
#define VIRTUALCARDCHK_H

/* 缓冲区字节数，含结尾的 0，绝不写出界 - bytes of the buffers with the NUL; the DLL never writes past them. */
#define VCCHK_OUT_CAPACITY 2048    /* VirtualCardTrans: OutData */
#define VCCHK_NATION_CAPACITY 4096 /* NationEcTrans: OutData */
#define VCCHK_ERRMSG_CAPACITY 256  /* SetEcQrcode: pErrmsg */

#ifdef __cplusplus
extern "C" {
#endif

/* VirtualCardTrans: 卡交易 (one transaction with the platform)
 * strUrl  平台地址 - the platform's address.
 * InData  请求报文 JSON - the request.
 * OutData 调用方分配，至少 2048 字节，[abi] out_capacity - allocated by the caller, 2048 bytes: the reply's business
 *         JSON, or a message.
 * 返回 "00" 成功；否则四位错误码，OutData 为错误说明 - "00", or a four-digit code with the message in OutData. Never NULL.
 */

/* NationEcTrans: 医保电子凭证交易 (the insurance voucher's callers' name for the same)
 * OutData 调用方分配，至少 4096 字节，[abi] nation_capacity - allocated by the caller, 4096 bytes: vouchers are longer.
 */

/* Set_QRflow_Mode: 拓展屏二维码显示模式 (show the QR code on the second screen)
 * mode 0 不显示, 1 拓展屏显示 - 0 not shown, 1 shown. 返回 0 成功，非 0 失败 - 0, or a non-zero code.
 * 调用约定为 cdecl；INI 中 [abi] qrflow_convention = stdcall 时为 stdcall - cdecl; stdcall when the INI says so.
 */

/* EhealthID_Print: 静态码打印 (print a card label)
 * ehealthid 健康卡静态二维码 - the health card's static QR code, cardNo 卡号 - card number, name 用户名 - user name.
 * 返回 0 成功，非 0 失败 - 0, or a non-zero code.
 */

/* SetEcQrcode: 将扫到的医保电子凭证填入医保程序 (type the scanned voucher code into the insurance program)
 * pErrmsg 调用方分配，至少 256 字节 - allocated by the caller, 256 bytes: the message when it fails.
 * 返回 0 成功，非 0 失败 - 0, or a non-zero code.
 */

/* Two times the same, without macros, so that cffi, PHP's FFI and LuaJIT take their part as it is. */
#if defined(_WIN32) && !defined(_WIN64)
/* 32-bit Windows: begin */
char *__stdcall VirtualCardTrans(char *strUrl, char *InData, char *OutData);
char *__stdcall NationEcTrans(char *strUrl, char *InData, char *OutData);
int __cdecl Set_QRflow_Mode(int mode);
int __stdcall EhealthID_Print(char *ehealthid, char *cardNo, char *name);
int __stdcall SetEcQrcode(char *pErrmsg);
/* 32-bit Windows: end */
#else
/* Linux, 64-bit Windows: begin */
char *VirtualCardTrans(char *strUrl, char *InData, char *OutData);
char *NationEcTrans(char *strUrl, char *InData, char *OutData);
int Set_QRflow_Mode(int mode);
int EhealthID_Print(char *ehealthid, char *cardNo, char *name);
int SetEcQrcode(char *pErrmsg);
/* Linux, 64-bit Windows: end */
#endif

#ifdef __cplusplus
}
#endif
#endif
