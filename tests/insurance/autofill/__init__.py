"""Tests of SetEcQrcode and of the memory it takes its code from."""
