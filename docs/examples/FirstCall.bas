Attribute VB_Name = "FirstCall"
' 第一次调用（VB6、32 位 VBA）：验证一个二维码，再调用另外三个函数。
' INI 中必须设 [abi] qrflow_convention = stdcall。本文件在 VB6 中存为 GBK。
Option Explicit

' [docs declare]
Private Declare Function VirtualCardTrans Lib "VirtualCardChk.dll" (ByVal strUrl As String, _
    ByVal InData As String, ByVal OutData As String) As Long
Private Declare Function Set_QRflow_Mode Lib "VirtualCardChk.dll" (ByVal mode As Long) As Long
Private Declare Function EhealthID_Print Lib "VirtualCardChk.dll" (ByVal ehealthid As String, _
    ByVal cardNo As String, ByVal patient As String) As Long
Private Declare Function SetEcQrcode Lib "VirtualCardChk.dll" (ByVal pErrmsg As String) As Long

Private Declare Function lstrlenA Lib "kernel32" (ByVal address As Long) As Long
Private Declare Sub CopyMemory Lib "kernel32" Alias "RtlMoveMemory" (ByRef target As Any, _
    ByVal source As Long, ByVal bytes As Long)

' 返回值是地址，不能声明为 String：VB6 会释放不属于它的内存。
Private Function TextAt(ByVal address As Long) As String
    Dim bytes() As Byte, length As Long
    length = lstrlenA(address)
    ReDim bytes(0 To length - 1)
    CopyMemory bytes(0), address, length
    TextAt = StrConv(bytes, vbUnicode)
End Function
' [/docs]

' [docs verify]
' 返回返回码，"00" 为成功；应答在 OutData 中。
Public Function Verify(ByVal Url As String, ByVal EhealthCode As String, ByRef OutData As String) As String
    Dim InData As String, Now14 As String, Serial As String
    Now14 = Format$(Now, "yyyymmddhhnnss")
    Serial = Now14 & Format$((Timer * 1000) Mod 1000, "000") ' 每次不同；正式使用时取数据库序列
    InData = "{'app_id':'DEMOAPP0000000000000000000000001','key':'DEMOKEY0123456789ABCDEF012345678'," & _
        "'term_id':'35020010001','method':'ehc.ehealthcode.verify','version':'X.M.0.1'," & _
        "'timestamp':'" & Now14 & "','sign_type':'SM3','sign':'','enc_type':'SM4','biz_content':{" & _
        "'ehealth_code':'" & EhealthCode & "','out_verify_no':'" & Serial & "','out_verify_time':'" & Now14 & _
        "','operator_id':'9527','operator_name':'演示员','ip_addr':'127.0.0.1'," & _
        "'treatment_code':'010101','office_code':'0300'}}"
    InData = Replace$(InData, "'", Chr$(34)) ' JSON 用双引号
    OutData = String$(2048, 0)
    Verify = TextAt(VirtualCardTrans(Url, InData, OutData))
    OutData = Left$(OutData, InStr(OutData, vbNullChar) - 1)
End Function
' [/docs]

Public Sub Main()
    Dim OutData As String, Code As String, Words() As String
    Words = Split(Command$, " ")
    Code = Verify(Words(0), Words(1), OutData)
    MsgBox "返回码 " & Code & vbCrLf & OutData

    ' [docs others]
    Dim Message As String, Number As Long
    Number = Set_QRflow_Mode(1)
    Number = EhealthID_Print(Words(1), "D6351280", "演示")
    Message = String$(256, 0)
    Number = SetEcQrcode(Message)
    If Number <> 0 Then MsgBox Left$(Message, InStr(Message, vbNullChar) - 1)
    ' [/docs]
End Sub
