"""The only package that knows boundary and cli: what the C core calls."""
