"""Where a key stands in a TOML text: the standard reader gives values without their lines."""

from __future__ import annotations

import re

_HEADER = re.compile(r"^\s*\[{1,2}\s*([^\]]+?)\s*\]{1,2}\s*(?:#.*)?$")
_KEY = re.compile(
    r"""^\s*((?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*'))*)\s*="""
)
_PART = re.compile(r"""[A-Za-z0-9_-]+|"[^"]*"|'[^']*'""")


def line_of(text: str, path: tuple[str, ...]) -> int:
    """The line (from 1) of the key at this path, or of the nearest table above it that is named; 1 if none
    is.
    """
    table: tuple[str, ...] = ()
    best, best_line = 0, 1
    for number, line in enumerate(text.splitlines(), 1):
        header = _HEADER.match(line)
        key = None if header else _KEY.match(line)
        if header:
            table = _parts(header.group(1))
            here = table
        elif key:
            here = table + _parts(key.group(1))
        else:
            continue
        if here == path:
            return number
        shared = _shared(here, path)
        if shared > best:
            best, best_line = shared, number
    return best_line


def _parts(text: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(text))


def _shared(here: tuple[str, ...], path: tuple[str, ...]) -> int:
    count = 0
    for ours, theirs in zip(here, path, strict=False):
        if ours != theirs:
            break
        count += 1
    return count
