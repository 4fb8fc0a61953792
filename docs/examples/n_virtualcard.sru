$PBExportHeader$n_virtualcard.sru
$PBExportComments$电子健康卡动态库：验证二维码，及另外三个函数
forward
global type n_virtualcard from nonvisualobject
end type
end forward

global type n_virtualcard from nonvisualobject
end type
global n_virtualcard n_virtualcard

type prototypes
// [docs declare]
FUNCTION string VirtualCardTrans(ref string strUrl, ref string InData, ref string OutData) LIBRARY "VirtualCardChk.dll" ALIAS FOR "VirtualCardTrans;Ansi"
FUNCTION long Set_QRflow_Mode(long mode) LIBRARY "VirtualCardChk.dll"
FUNCTION long EhealthID_Print(ref string ehealthid, ref string cardNo, ref string name) LIBRARY "VirtualCardChk.dll" ALIAS FOR "EhealthID_Print;Ansi"
FUNCTION long SetEcQrcode(ref string pErrmsg) LIBRARY "VirtualCardChk.dll" ALIAS FOR "SetEcQrcode;Ansi"
// [/docs]
end prototypes

forward prototypes
public function string of_verify (string as_url, string as_code, ref string as_out)
public subroutine of_others (string as_code)
end prototypes

public function string of_verify (string as_url, string as_code, ref string as_out);
// [docs verify]
// string of_verify (string as_url, string as_code, ref string as_out)：返回返回码，"00" 为成功；应答在 as_out 中
string ls_in, ls_now, ls_serial

ls_now = String(Today(), "yyyymmdd") + String(Now(), "hhmmss")
ls_serial = String(Today(), "yyyymmdd") + String(Now(), "hhmmssfff") // 每次不同；正式使用时取数据库序列
ls_in = '{"app_id":"DEMOAPP0000000000000000000000001","key":"DEMOKEY0123456789ABCDEF012345678",' + &
	'"term_id":"35020010001","method":"ehc.ehealthcode.verify","version":"X.M.0.1",' + &
	'"timestamp":"' + ls_now + '","sign_type":"SM3","sign":"","enc_type":"SM4","biz_content":{' + &
	'"ehealth_code":"' + as_code + '","out_verify_no":"' + ls_serial + '","out_verify_time":"' + ls_now + &
	'","operator_id":"9527","operator_name":"演示员","ip_addr":"127.0.0.1",' + &
	'"treatment_code":"010101","office_code":"0300"}}'
as_out = Space(2048) // 每次调用前都要：PowerBuilder 只按这个长度给缓冲区
RETURN VirtualCardTrans(as_url, ls_in, as_out)
// [/docs]
end function

public subroutine of_others (string as_code);
// [docs others]
string ls_card, ls_name, ls_message
long ll_number

ll_number = Set_QRflow_Mode(1)
ls_card = "D6351280"
ls_name = "演示"
ll_number = EhealthID_Print(as_code, ls_card, ls_name)
ls_message = Space(256)
ll_number = SetEcQrcode(ls_message)
IF ll_number <> 0 THEN MessageBox("医保电子凭证", ls_message)
// [/docs]
end subroutine

on n_virtualcard.create
call super::create
TriggerEvent( this, "constructor" )
end on

on n_virtualcard.destroy
TriggerEvent( this, "destructor" )
call super::destroy
end on
