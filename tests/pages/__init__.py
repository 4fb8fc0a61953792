"""Every page of the sandbox and of the kiosk in a real browser: Playwright drives Debian's Chromium."""
