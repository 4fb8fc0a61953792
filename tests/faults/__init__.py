"""The fault matrix and the bad server behind it."""
