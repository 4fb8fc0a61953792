"""Writes `vcchk/crypto/_evp.py`: the few OpenSSL 3 functions that the engine calls, in cffi's out-of-line ABI mode.

Run ``python tools/make_evp.py`` after a change of the declarations; a test compares the file with its output.
Declarations follow OpenSSL's manual pages EVP_EncryptInit(3), EVP_CIPHER_fetch(3), ERR_clear_error(3),
d2i_PrivateKey(3), EVP_DigestSignInit(3) and EVP_PKEY_CTX_set1_id(3).
"""

from __future__ import annotations

import os
import tempfile

import cffi

DECLARATIONS = """
typedef struct evp_cipher_ctx_st EVP_CIPHER_CTX;
typedef struct evp_cipher_st EVP_CIPHER;
EVP_CIPHER_CTX *EVP_CIPHER_CTX_new(void);
void EVP_CIPHER_CTX_free(EVP_CIPHER_CTX *ctx);
EVP_CIPHER *EVP_CIPHER_fetch(void *library, const char *name, const char *properties);
int EVP_CipherInit_ex2(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *type, const unsigned char *key,
                       const unsigned char *iv, int encrypt, const void *params);
int EVP_CIPHER_CTX_set_padding(EVP_CIPHER_CTX *ctx, int padding);
int EVP_CipherUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_length, const unsigned char *in, int in_length);
int EVP_CipherFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *out, int *out_length);
int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *ctx, int type, int argument, void *pointer);
void ERR_clear_error(void);
typedef struct evp_pkey_st EVP_PKEY;
typedef struct evp_pkey_ctx_st EVP_PKEY_CTX;
typedef struct evp_md_st EVP_MD;
typedef struct evp_md_ctx_st EVP_MD_CTX;
EVP_PKEY *d2i_AutoPrivateKey(EVP_PKEY **key, const unsigned char **der, long length);
EVP_PKEY *d2i_PUBKEY(EVP_PKEY **key, const unsigned char **der, long length);
void EVP_PKEY_free(EVP_PKEY *key);
int EVP_PKEY_CTX_set1_id(EVP_PKEY_CTX *ctx, const void *id, int length);
const EVP_MD *EVP_sm3(void);
EVP_MD_CTX *EVP_MD_CTX_new(void);
void EVP_MD_CTX_free(EVP_MD_CTX *ctx);
int EVP_DigestSignInit(EVP_MD_CTX *ctx, EVP_PKEY_CTX **inner, const EVP_MD *type, void *engine, EVP_PKEY *key);
int EVP_DigestSign(EVP_MD_CTX *ctx, unsigned char *out, size_t *length, const unsigned char *data, size_t size);
int EVP_DigestVerifyInit(EVP_MD_CTX *ctx, EVP_PKEY_CTX **inner, const EVP_MD *type, void *engine, EVP_PKEY *key);
int EVP_DigestVerify(EVP_MD_CTX *ctx, const unsigned char *signature, size_t length, const unsigned char *data,
                     size_t size);
"""

PATH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "vcchk", "crypto", "_evp.py")


def source() -> str:
    """Return the text of ``_evp.py``."""
    ffi = cffi.FFI()
    ffi.cdef(DECLARATIONS)
    ffi.set_source("vcchk.crypto._evp", None)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "_evp.py")
        ffi.emit_python_code(path)
        with open(path, encoding="utf-8") as file:
            return file.read()


if __name__ == "__main__":
    with open(PATH, "w", encoding="utf-8", newline="\n") as target:
        target.write(source())
