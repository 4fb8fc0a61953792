// 第一次调用（Node、Electron，用 koffi）：验证一个二维码，再调用另外三个函数。
//
//     node firstcall.js <strUrl> <二维码>
//
// Node 的位数与动态库相同。JavaScript 的文字按 UTF-8 传递，INI 中设 [abi] encoding = utf-8。库放在当前目录。
'use strict';
const path = require('path');
const koffi = require('koffi');

// [docs declare]
const library = koffi.load(path.resolve(process.platform === 'win32' ? 'VirtualCardChk.dll' : 'libVirtualCardChk.so'));
const VirtualCardTrans = library.func('const char *__stdcall VirtualCardTrans(const char *, const char *, _Out_ uint8_t *)');
const Set_QRflow_Mode = library.func('int __cdecl Set_QRflow_Mode(int)');
const EhealthID_Print = library.func('int __stdcall EhealthID_Print(const char *, const char *, const char *)');
const SetEcQrcode = library.func('int __stdcall SetEcQrcode(_Out_ uint8_t *)');
const text = (buffer) => buffer.subarray(0, buffer.indexOf(0)).toString('utf8');
// [/docs]

// [docs verify]
// done(返回码, OutData)。async：等扫码时页面不能停住。
function verify(url, ehealthCode, done) {
    const now = new Date(Date.now() + 8 * 3600e3).toISOString().replace(/\D/g, ''); // 北京时间，到毫秒
    const request = {
        app_id: 'DEMOAPP0000000000000000000000001', key: 'DEMOKEY0123456789ABCDEF012345678',
        term_id: '35020010001', method: 'ehc.ehealthcode.verify', version: 'X.M.0.1',
        timestamp: now.slice(0, 14), sign_type: 'SM3', sign: '', enc_type: 'SM4',
        biz_content: {
            ehealth_code: ehealthCode, out_verify_no: now, out_verify_time: now.slice(0, 14), // 流水号每次不同
            operator_id: '9527', operator_name: '演示员', ip_addr: '127.0.0.1',
            treatment_code: '010101', office_code: '0300',
        },
    };
    const outData = Buffer.alloc(2048);
    VirtualCardTrans.async(url, JSON.stringify(request), outData, (error, code) => {
        if (error) throw error;
        done(code, text(outData));
    });
}
// [/docs]

verify(process.argv[2], process.argv[3], (code, outData) => {
    console.log('返回码 ' + code);
    console.log(outData);

    // [docs others]
    console.log('Set_QRflow_Mode ' + Set_QRflow_Mode(1));
    console.log('EhealthID_Print ' + EhealthID_Print(process.argv[3], 'D6351280', '演示'));
    const message = Buffer.alloc(256);
    const number = SetEcQrcode(message);
    console.log('SetEcQrcode ' + number + ' ' + text(message));
    // [/docs]
});
