"""The core's generated part (embedding.py) and its C sources."""
