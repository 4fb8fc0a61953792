"""The health-card platform: the ten methods of documents A and B behind ``gateway.do``."""
