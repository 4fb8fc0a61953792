"""Copies of built folders: hard links where both ends lie on one file system, else copies."""

from __future__ import annotations

import os
import shutil


def link_or_copy(source: str, target: str) -> None:
    """Make ``target`` the same file as ``source``, or a copy of it where /tmp is another file system.

    For `shutil.copytree`. Replace such a file, never write into it: it may be the built one.
    """
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
