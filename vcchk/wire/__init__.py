"""The protocol without I/O: messages, profiles, signatures and ciphers, shared by the client and the sandbox."""
