"""A self-service machine (自助机) in a browser: what document A 2.2 and B 2.2 ask of real ones, to be looked at.

It is a client: every step is a signed and encrypted message of its own terminal, answered by the platform's rules.
"""
