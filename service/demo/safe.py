"""What a stranger's story may not bring: files that Git would obey, links that lead elsewhere, names that are paths.

A story is played with Git in working copies of its files. A `.git` among them would be settings and hooks, and Git
runs commands that stand in those.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")  # of a topic and of an author: no path, no option


def is_name(text: str) -> bool:
    """May a topic or a handle be called so? It names a folder of a desk, and a person of the forge."""
    return NAME.fullmatch(text) is not None


def unsafe(folder: Path) -> Iterator[str]:
    """Every path under `folder` that may not be copied, with the reason; the folder itself counts."""
    if folder.is_symlink():
        yield "this folder is a symbolic link"
        return
    for path in sorted(folder.rglob("*")):
        place = path.relative_to(folder)
        if path.is_symlink():
            yield f"{place.as_posix()} is a symbolic link"
        elif any(part.rstrip(" .").casefold() == ".git" for part in place.parts):
            yield f"{place.as_posix()} would be obeyed by Git"
