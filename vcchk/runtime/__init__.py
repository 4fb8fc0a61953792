"""The process that the library lives in: its imports, its message pump, its identity."""
