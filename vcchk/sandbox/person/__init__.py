"""The page that a person's phone opens from the authorisation QR code (ehealth_authurl)."""
