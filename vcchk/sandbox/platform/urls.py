"""Where the platform listens: document A 3.2's address, and a folder for each wire profile.

Below a folder any file name will do: profiles name their own (business.do, or one for each method).
"""

from __future__ import annotations

DEFAULT_FOLDER = "/ehcService/"
PROFILES_FOLDER = "/profiles/"
GATEWAY_PATH = DEFAULT_FOLDER + "gateway.do"
