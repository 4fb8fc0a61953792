"""Programs of every kind that load the built library and make real calls to a running sandbox (docs/hosts.md)."""
