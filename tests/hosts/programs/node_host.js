// A kiosk in Node or Electron (32 bit) with koffi.
//
//     node node_host.js <library> <url> <request file> <answers file>
//
// JavaScript texts go through koffi as UTF-8, and the library answers in the encoding it was asked in. OutData is a
// Buffer of 2048 bytes; the returned text is copied by koffi and never freed. Results are written with fs: a GUI program
// has no standard output.
'use strict';
const fs = require('fs');
const koffi = require('koffi');

const [path, url, requestFile, answersFile] = process.argv.slice(2);
const library = koffi.load(path);
const VirtualCardTrans = library.func('const char *__stdcall VirtualCardTrans(const char *url, const char *inData, _Out_ uint8_t *outData)');
const NationEcTrans = library.func('const char *__stdcall NationEcTrans(const char *url, const char *inData, _Out_ uint8_t *outData)');
const Set_QRflow_Mode = library.func('int __cdecl Set_QRflow_Mode(int mode)');
const EhealthID_Print = library.func('int __stdcall EhealthID_Print(const char *ehealthid, const char *cardNo, const char *name)');
const SetEcQrcode = library.func('int __stdcall SetEcQrcode(_Out_ uint8_t *errmsg)');

const answers = fs.openSync(answersFile, 'w');
const answer = (name, value) => fs.writeSync(answers, `${name}=${value}\n`);
const text = (buffer) => buffer.subarray(0, buffer.indexOf(0)).toString('utf8');

const request = fs.readFileSync(requestFile, 'utf8');
const out = Buffer.alloc(2048);
answer('bits', process.arch === 'ia32' ? 32 : 64);
answer('open.code', VirtualCardTrans(url, request, out));
answer('open.out', text(out));
answer('refused.code', VirtualCardTrans(url, '{}', out));
answer('refused.out', text(out));
answer('nation.code', NationEcTrans(url, '', out));
answer('screen', Set_QRflow_Mode(1));
answer('print', EhealthID_Print('0', 'D0000001', '演示'));
const errmsg = Buffer.alloc(256);
answer('autofill', SetEcQrcode(errmsg));
answer('autofill.out', text(errmsg));

// A kiosk must not stand still while a person looks for the code: koffi's async runs the call on a thread of its own.
const later = Buffer.alloc(2048);
VirtualCardTrans.async(url, request, later, (error, code) => {
    answer('async.code', error ? String(error) : code);
    answer('async.out', text(later));
    answer('end', 'reached');
});
