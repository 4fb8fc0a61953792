// A C# program: .NET Framework and .NET Core on Windows, Mono on Linux, from one source.
//
//     csharp_host <library> <url> <request file, UTF-8> <answers file> [control]
//
// Every declaration that is in use is tried: IntPtr, StringBuilder, `string` as return type, and [Out] byte[]. Set
// CharSet = Ansi: `string` then goes through the ANSI code page (936 in hospitals, UTF-8 on Linux). The library is found
// beside the program. "control" makes the runtime free a text that is not its own, which the tests must notice.
using System;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;

static class Library
{
    const string Name = "VirtualCardChk.dll"; // Mono maps it to libVirtualCardChk.so

    [DllImport(Name, EntryPoint = "VirtualCardTrans", CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    public static extern IntPtr TransPointer(string strUrl, string inData, StringBuilder outData);

    [DllImport(Name, EntryPoint = "VirtualCardTrans", CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    public static extern string TransString(string strUrl, string inData, StringBuilder outData);

    [DllImport(Name, EntryPoint = "VirtualCardTrans", CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    public static extern IntPtr TransBytes(byte[] strUrl, byte[] inData, [Out] byte[] outData);

    [DllImport(Name, EntryPoint = "VirtualCardTrans", CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    public static extern string TransStringBytes(string strUrl, string inData, [Out] byte[] outData);

    [DllImport(Name, CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    public static extern string NationEcTrans(string strUrl, string inData, StringBuilder outData);

    [DllImport(Name, CallingConvention = CallingConvention.Cdecl)]
    public static extern int Set_QRflow_Mode(int mode);

    [DllImport(Name, CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    public static extern int EhealthID_Print(string ehealthid, string cardNo, string name);

    [DllImport(Name, CallingConvention = CallingConvention.StdCall, CharSet = CharSet.Ansi)]
    public static extern int SetEcQrcode(StringBuilder pErrmsg);
}

static class Windows
{
    [DllImport("kernel32.dll")]
    public static extern int GetACP();

    // Wrong on purpose: the text is a constant of Wine's ntdll, and `string` has the runtime free it.
    [DllImport("ntdll.dll", CallingConvention = CallingConvention.Cdecl, CharSet = CharSet.Ansi)]
    public static extern string wine_get_version();
}

static class Program
{
    const int Repeats = 200;
    static StreamWriter answers;

    static void Answer(string name, object value)
    {
        answers.Write(name + "=" + value + "\n");
        answers.Flush();
    }

    static string Text(byte[] bytes, Encoding encoding)
    {
        int length = Array.IndexOf<byte>(bytes, 0);
        return encoding.GetString(bytes, 0, length);
    }

    static byte[] Terminated(string text, Encoding encoding)
    {
        return encoding.GetBytes(text + "\0");
    }

    static int Main(string[] arguments)
    {
        string url = arguments[1];
        string request = File.ReadAllText(arguments[2], Encoding.UTF8);
        bool windows = Path.DirectorySeparatorChar == '\\';
        answers = new StreamWriter(arguments[3], false, new UTF8Encoding(false));
        if (arguments.Length > 4)
        {
            Answer("control", Windows.wine_get_version().Length > 0);
            return 0;
        }
        Answer("bits", IntPtr.Size * 8);
        Answer("ansi", windows ? Windows.GetACP() : 65001);

        StringBuilder outData = new StringBuilder(2048);
        Answer("open.code", Marshal.PtrToStringAnsi(Library.TransPointer(url, request, outData)));
        Answer("open.out", outData);

        outData = new StringBuilder(2048);
        Answer("string.open.code", Library.TransString(url, request, outData));
        Answer("string.open.out", outData);

        // Bytes need no code page at all: here UTF-8, and the reply is UTF-8 too.
        byte[] bytes = new byte[2048];
        IntPtr code = Library.TransBytes(Terminated(url, Encoding.UTF8), Terminated(request, Encoding.UTF8), bytes);
        Answer("bytes.open.code", Marshal.PtrToStringAnsi(code));
        Answer("bytes.open.out", Text(bytes, Encoding.UTF8));

        outData = new StringBuilder(2048);
        Answer("refused.code", Library.TransString(url, "{\"x\":\"中文\"}", outData));
        Answer("refused.out", outData);
        Answer("nation.code", Library.NationEcTrans(url, "", new StringBuilder(2048)));
        Answer("screen", Library.Set_QRflow_Mode(1));
        Answer("print", Library.EhealthID_Print("0", "D0000001", "演示"));
        StringBuilder message = new StringBuilder(256);
        Answer("autofill", Library.SetEcQrcode(message));
        Answer("autofill.out", message);

        // Each returned `string` is freed by the runtime: many of them, the heap stays whole.
        int same = 0;
        for (int i = 0; i < Repeats; i++)
        {
            if (Library.TransStringBytes(url, "{}", bytes) == "1004")
                same++;
            if (Library.TransString(url, "{", new StringBuilder(2048)) == "9001")
                same++;
        }
        GC.Collect();
        Answer("freed", same);
        Answer("end", "reached");
        return 0;
    }
}
