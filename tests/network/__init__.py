"""Tests of the HTTP side: URLs, one exchange, pool and rules of sending, TLS, proxy."""
