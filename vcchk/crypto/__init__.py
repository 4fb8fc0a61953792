"""Ciphers and digests by OpenSSL's EVP, and in Python where OpenSSL lacks them."""
