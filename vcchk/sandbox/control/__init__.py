"""The control namespace: JSON for tests and demonstrations, beside the platform and never part of it."""
