// 第一次调用（C#）：验证一个二维码，再调用另外三个函数。
//
//     firstcall <strUrl> <二维码>
//
// .NET Framework、.NET（生成平台选 x86，用 win64 时选 x64）、Linux 上的 Mono。库放在程序旁边。
using System;
using System.Runtime.InteropServices;
using System.Text;

static class Program
{
    // [docs declare]
    [DllImport("VirtualCardChk.dll", CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    static extern string VirtualCardTrans(string strUrl, string inData, StringBuilder outData);

    [DllImport("VirtualCardChk.dll", CallingConvention = CallingConvention.Cdecl)]
    static extern int Set_QRflow_Mode(int mode);

    [DllImport("VirtualCardChk.dll", CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    static extern int EhealthID_Print(string ehealthid, string cardNo, string name);

    [DllImport("VirtualCardChk.dll", CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    static extern int SetEcQrcode(StringBuilder pErrmsg);
    // [/docs]

    // [docs verify]
    // 返回返回码，"00" 为成功；应答在 outData 中。
    static string Verify(string url, string ehealthCode, StringBuilder outData)
    {
        string now = DateTime.Now.ToString("yyyyMMddHHmmss");
        string serial = DateTime.Now.ToString("yyyyMMddHHmmssfffffff"); // 每次不同；正式使用时取数据库序列
        string inData = "{\"app_id\":\"DEMOAPP0000000000000000000000001\",\"key\":\"DEMOKEY0123456789ABCDEF012345678\","
            + "\"term_id\":\"35020010001\",\"method\":\"ehc.ehealthcode.verify\",\"version\":\"X.M.0.1\","
            + "\"timestamp\":\"" + now + "\",\"sign_type\":\"SM3\",\"sign\":\"\",\"enc_type\":\"SM4\",\"biz_content\":{"
            + "\"ehealth_code\":\"" + ehealthCode + "\",\"out_verify_no\":\"" + serial + "\",\"out_verify_time\":\"" + now
            + "\",\"operator_id\":\"9527\",\"operator_name\":\"演示员\",\"ip_addr\":\"127.0.0.1\","
            + "\"treatment_code\":\"010101\",\"office_code\":\"0300\"}}";
        return VirtualCardTrans(url, inData, outData);
    }
    // [/docs]

    static void Main(string[] arguments)
    {
        var outData = new StringBuilder(2048);
        Console.WriteLine("返回码 " + Verify(arguments[0], arguments[1], outData));
        Console.WriteLine(outData);

        // [docs others]
        Console.WriteLine("Set_QRflow_Mode " + Set_QRflow_Mode(1));
        Console.WriteLine("EhealthID_Print " + EhealthID_Print(arguments[1], "D6351280", "演示"));
        var message = new StringBuilder(256);
        int number = SetEcQrcode(message);
        Console.WriteLine("SetEcQrcode " + number + " " + message);
        // [/docs]
    }
}
