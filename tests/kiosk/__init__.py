"""The reference terminal's parts, and its process from outside; its pages are in tests/pages/kiosk."""
