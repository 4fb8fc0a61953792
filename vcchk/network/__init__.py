"""The way to the platform: one HTTP exchange under one deadline, and what its failures mean."""
