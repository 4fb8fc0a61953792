"""Every flow of chapter 2 clicked through: the terminal on the built library, against a sandbox, in a real browser."""
