"""The figures of docs/performance.md, measured side by side (`python3 build_dll.py bench`)."""
