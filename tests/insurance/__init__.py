"""Tests of the insurance voucher: ec.query, one scan for every code."""
