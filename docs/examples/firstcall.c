/* 第一次调用（C）：验证一个二维码，再调用另外三个函数。
 *
 *     firstcall <strUrl> <二维码>
 *
 * 库放在程序旁边（Windows）或当前目录（Linux，链接 -ldl）。本文件存为 UTF-8，请求和应答即为 UTF-8；存为 GBK 则都是 GBK。
 */
#define _CRT_SECURE_NO_WARNINGS
#include <stdio.h>
#include <time.h>
#ifdef _WIN32
#include <process.h>
#include <windows.h>
#define getpid _getpid
#else
#include <dlfcn.h>
#include <unistd.h>
#endif

/* [docs declare] */
#ifdef _WIN32
#define STDCALL __stdcall
#else
#define STDCALL
#endif

static char *(STDCALL *VirtualCardTrans)(const char *strUrl, const char *InData, char *OutData); /* 返回值不要释放 */
static int (*Set_QRflow_Mode)(int mode);                                                         /* cdecl */
static int(STDCALL *EhealthID_Print)(const char *ehealthid, const char *cardNo, const char *name);
static int(STDCALL *SetEcQrcode)(char *pErrmsg);

static int load(void)
{
#ifdef _WIN32
    HMODULE library = LoadLibraryA("VirtualCardChk.dll");
#define FIND(name) name = library ? (void *)GetProcAddress(library, #name) : NULL
#else
    void *library = dlopen("./libVirtualCardChk.so", RTLD_NOW);
#define FIND(name) name = library ? dlsym(library, #name) : NULL
#endif
    FIND(VirtualCardTrans);
    FIND(Set_QRflow_Mode);
    FIND(EhealthID_Print);
    FIND(SetEcQrcode);
    return VirtualCardTrans && Set_QRflow_Mode && EhealthID_Print && SetEcQrcode;
}
/* [/docs] */

/* [docs verify] */
/* 返回返回码，"00" 为成功；out_data 至少 2048 字节。 */
static const char *verify(const char *url, const char *ehealth_code, char *out_data)
{
    static int count;
    char now[15], in_data[2048];
    time_t seconds = time(NULL);
    strftime(now, sizeof now, "%Y%m%d%H%M%S", localtime(&seconds));
    snprintf(in_data, sizeof in_data,
             "{\"app_id\":\"DEMOAPP0000000000000000000000001\",\"key\":\"DEMOKEY0123456789ABCDEF012345678\","
             "\"term_id\":\"35020010001\",\"method\":\"ehc.ehealthcode.verify\",\"version\":\"X.M.0.1\","
             "\"timestamp\":\"%s\",\"sign_type\":\"SM3\",\"sign\":\"\",\"enc_type\":\"SM4\",\"biz_content\":{"
             "\"ehealth_code\":\"%s\",\"out_verify_no\":\"%s%05d%03d\",\"out_verify_time\":\"%s\","
             "\"operator_id\":\"9527\",\"operator_name\":\"演示员\",\"ip_addr\":\"127.0.0.1\","
             "\"treatment_code\":\"010101\",\"office_code\":\"0300\"}}",
             now, ehealth_code, now, (int)(getpid() % 100000), count++ % 1000, now); /* 流水号每次不同：正式使用时取数据库序列 */
    return VirtualCardTrans(url, in_data, out_data);
}
/* [/docs] */

int main(int count, char **arguments)
{
    static char out_data[2048];
    if (count != 3 || !load())
        return 2;
    printf("返回码 %s\n", verify(arguments[1], arguments[2], out_data));
    printf("%s\n", out_data);

    /* [docs others] */
    char message[256];
    int number;
    printf("Set_QRflow_Mode %d\n", Set_QRflow_Mode(1));
    printf("EhealthID_Print %d\n", EhealthID_Print(arguments[2], "D6351280", "演示"));
    number = SetEcQrcode(message);
    printf("SetEcQrcode %d %s\n", number, message);
    /* [/docs] */
    return 0;
}
