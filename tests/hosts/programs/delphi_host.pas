{ A Delphi program (Delphi 5 and later; here compiled by Free Pascal -Mdelphi, 32 bit).

      delphi_host <library> <url> <request file> <answers file>

  PAnsiChar with AnsiString buffers and stdcall; Set_QRflow_Mode is cdecl. Delphi runs with floating point exceptions
  unmasked: control word $1372 or $1332, in SSE's MXCSR $1900. The library leaves both words as it found them, in the
  main thread and in a TThread, and a division by zero raises here after the calls as it did before. }
program delphi_host;

{$APPTYPE CONSOLE}
{$H+}

uses
  Windows, SysUtils, Math, Classes;

type
  TVirtualCardTrans = function(strUrl, InData, OutData: PAnsiChar): PAnsiChar; stdcall;
  TSet_QRflow_Mode = function(mode: Integer): Integer; cdecl;
  TEhealthID_Print = function(ehealthid, cardNo, name: PAnsiChar): Integer; stdcall;
  TSetEcQrcode = function(pErrmsg: PAnsiChar): Integer; stdcall;

var
  VirtualCardTrans, NationEcTrans: TVirtualCardTrans;
  Set_QRflow_Mode: TSet_QRflow_Mode;
  EhealthID_Print: TEhealthID_Print;
  SetEcQrcode: TSetEcQrcode;
  Answers: TFileStream;
  Url, Request: AnsiString;
  Zero: Double;

procedure Answer(const Name, Value: AnsiString);
var
  Line: AnsiString;
begin
  Line := Name + '=' + Value + #10;
  Answers.WriteBuffer(Line[1], Length(Line));
end;

function ReadFile(const Name: AnsiString): AnsiString;
var
  Stream: TFileStream;
begin
  Stream := TFileStream.Create(Name, fmOpenRead);
  try
    SetLength(Result, Stream.Size);
    Stream.ReadBuffer(Result[1], Stream.Size);
  finally
    Stream.Free;
  end;
end;

{ The two floating point words, read and set by hand: Delphi's own names for them differ between versions. }

function ReadCW: Word;
var
  Value: Word;
begin
  asm
    fnstcw Value
  end;
  Result := Value;
end;

function ReadMXCSR: LongWord;
var
  Value: LongWord;
begin
  asm
    stmxcsr Value
  end;
  Result := Value;
end;

procedure SetWords(CW: Word; MXCSR: LongWord);
var
  NewCW: Word;
  NewMXCSR: LongWord;
begin
  NewCW := CW;
  NewMXCSR := MXCSR;
  asm
    fnclex
    fldcw NewCW
    ldmxcsr NewMXCSR
  end;
end;

function Words: AnsiString;
begin
  { the low six bits of MXCSR are flags of past operations, no setting }
  Result := IntToHex(ReadCW, 4) + ' ' + IntToHex(ReadMXCSR and $FFC0, 4);
end;

{ Every function once; each must leave the words as they are. }
procedure Calls(const Prefix: AnsiString);
var
  Code, OutData, Message, Before, Changed: AnsiString;
  Number: Integer;

  procedure Look(const FunctionName: AnsiString);
  begin
    if Words <> Before then
      Changed := Changed + ' ' + FunctionName + ':' + Words;
  end;

begin
  Before := Words;
  Changed := '';
  SetLength(OutData, 2048);
  Code := VirtualCardTrans(PAnsiChar(Url), PAnsiChar(Request), PAnsiChar(OutData));
  Look('VirtualCardTrans');
  Answer(Prefix + 'open.code', Code);
  Answer(Prefix + 'open.out', PAnsiChar(OutData));
  Code := VirtualCardTrans(PAnsiChar(Url), '{}', PAnsiChar(OutData));
  Look('VirtualCardTrans, refused');
  Answer(Prefix + 'refused.code', Code);
  Answer(Prefix + 'refused.out', PAnsiChar(OutData));
  { a number that overflows a double: raised inside Python it would leave through Python's frames }
  Code := VirtualCardTrans(PAnsiChar(Url), '{"method":"m","biz_content":{"n":1e999999}}', PAnsiChar(OutData));
  Look('VirtualCardTrans, overflow');
  Answer(Prefix + 'overflow.code', Code);
  Code := NationEcTrans(PAnsiChar(Url), '', PAnsiChar(OutData));
  Look('NationEcTrans');
  Answer(Prefix + 'nation.code', Code);
  Number := Set_QRflow_Mode(1);
  Look('Set_QRflow_Mode');
  Answer(Prefix + 'screen', IntToStr(Number));
  Number := EhealthID_Print('0', 'D0000001', #$D1#$DD#$CA#$BE);
  Look('EhealthID_Print');
  Answer(Prefix + 'print', IntToStr(Number));
  SetLength(Message, 256);
  Number := SetEcQrcode(PAnsiChar(Message));
  Look('SetEcQrcode');
  Answer(Prefix + 'autofill', IntToStr(Number));
  Answer(Prefix + 'autofill.out', PAnsiChar(Message));
  Answer(Prefix + 'words', Before);
  Answer(Prefix + 'changed', Changed);
end;

{ Still raising? Once on the x87, once in SSE. }
function Raises: AnsiString;
var
  Quotient: Double;
  One, Nought: Single;
begin
  Result := '';
  try
    Quotient := 1.0 / Zero;
    Answer('not raised, quotient', FloatToStr(Quotient));
  except
    on E: EZeroDivide do
      Result := E.ClassName;
  end;
  One := 1.0;
  Nought := 0.0;
  try
    asm
      movss xmm0, One
      divss xmm0, Nought
    end;
    Result := Result + ' nothing';
  except
    on E: EMathError do
      Result := Result + ' EMathError';
  end;
end;

type
  TWorker = class(TThread)
  protected
    procedure Execute; override;
  end;

procedure TWorker.Execute;
begin
  SetWords($1332, $1900); { as a Delphi thread has them }
  Answer('thread.raises.before', Raises);
  SetWords($1332, $1900);
  Calls('thread.');
  Answer('thread.raises', Raises);
end;

var
  Module: HMODULE;
  Worker: TWorker;
begin
  Zero := 0.0;
  Url := ParamStr(2);
  Request := ReadFile(ParamStr(3));
  Answers := TFileStream.Create(ParamStr(4), fmCreate or fmShareDenyNone);
  Module := LoadLibrary(PChar(ParamStr(1)));
  if Module = 0 then
    Halt(4);
  @VirtualCardTrans := GetProcAddress(Module, 'VirtualCardTrans');
  @NationEcTrans := GetProcAddress(Module, 'NationEcTrans');
  @Set_QRflow_Mode := GetProcAddress(Module, 'Set_QRflow_Mode');
  @EhealthID_Print := GetProcAddress(Module, 'EhealthID_Print');
  @SetEcQrcode := GetProcAddress(Module, 'SetEcQrcode');
  Answer('start.words', Words);
  SetWords($1372, $1900);
  Answer('main.raises.before', Raises);
  SetWords($1372, $1900);
  Calls('');
  Answer('main.raises', Raises);
  SetWords($1332, $1900);
  Calls('second.');
  Worker := TWorker.Create(False);
  Worker.WaitFor;
  Worker.Free;
  Answer('end', 'reached');
  Answers.Free;
end.
