"""Bytes of the C ABI to text and back."""
