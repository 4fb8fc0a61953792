{ 第一次调用（Delphi 5 及以后）：验证一个二维码，再调用另外三个函数。

      firstcall <strUrl> <二维码>

  Delphi 2007 及以前：本文件存为 GBK。Delphi 2009 及以后：存为 UTF-8（带 BOM），照旧用 AnsiString、PAnsiChar，
  不要用 string、PChar。只能编译为 32 位（用 win64 文件夹时可编译为 64 位）。库放在程序旁边。 }
program firstcall;

{$APPTYPE CONSOLE}

uses
  SysUtils;

{ [docs declare] }
function VirtualCardTrans(strUrl, InData, OutData: PAnsiChar): PAnsiChar; stdcall; external 'VirtualCardChk.dll';
function Set_QRflow_Mode(mode: Integer): Integer; cdecl; external 'VirtualCardChk.dll';
function EhealthID_Print(ehealthid, cardNo, name: PAnsiChar): Integer; stdcall; external 'VirtualCardChk.dll';
function SetEcQrcode(pErrmsg: PAnsiChar): Integer; stdcall; external 'VirtualCardChk.dll';
{ [/docs] }

{ [docs verify] }
{ 返回返回码，'00' 为成功；应答在 OutData 中。 }
function Verify(const Url, EhealthCode: AnsiString; var OutData: AnsiString): AnsiString;
var
  Now14, Serial, InData: AnsiString;
begin
  Now14 := FormatDateTime('yyyymmddhhnnss', Now);
  Serial := FormatDateTime('yyyymmddhhnnsszzz', Now); { 每次不同；正式使用时取数据库序列 }
  InData := '{"app_id":"DEMOAPP0000000000000000000000001","key":"DEMOKEY0123456789ABCDEF012345678",' +
    '"term_id":"35020010001","method":"ehc.ehealthcode.verify","version":"X.M.0.1",' +
    '"timestamp":"' + Now14 + '","sign_type":"SM3","sign":"","enc_type":"SM4","biz_content":{' +
    '"ehealth_code":"' + EhealthCode + '","out_verify_no":"' + Serial + '","out_verify_time":"' + Now14 +
    '","operator_id":"9527","operator_name":"演示员","ip_addr":"127.0.0.1",' +
    '"treatment_code":"010101","office_code":"0300"}}';
  SetLength(OutData, 2048);
  Result := VirtualCardTrans(PAnsiChar(Url), PAnsiChar(InData), PAnsiChar(OutData));
  OutData := PAnsiChar(OutData); { 截到结尾的 #0 }
end;
{ [/docs] }

var
  OutData, Message: AnsiString;
  Number: Integer;
begin
  Writeln('返回码 ', Verify(ParamStr(1), ParamStr(2), OutData));
  Writeln(OutData);

  { [docs others] }
  Writeln('Set_QRflow_Mode ', Set_QRflow_Mode(1));
  Writeln('EhealthID_Print ', EhealthID_Print(PAnsiChar(AnsiString(ParamStr(2))), 'D6351280', '演示'));
  SetLength(Message, 256);
  Number := SetEcQrcode(PAnsiChar(Message));
  Writeln('SetEcQrcode ', Number, ' ', PAnsiChar(Message));
  { [/docs] }
end.
