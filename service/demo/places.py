"""Where something stands in a file: lines of TOML keys and of YAML entries, for messages that name them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

_TABLE = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([\w-]+|\"[^\"]+\")\s*=")
_AT_LINE = re.compile(r"at line (\d+)")


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong in a story: where, what, and how to mend it. A warning stops nobody."""

    file: str
    line: int | None
    message: str
    remedy: str
    warning: bool = False

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {'warning: ' if self.warning else ''}{self.message} {self.remedy}".rstrip()


def toml_lines(text: str) -> dict[tuple[str | int, ...], int]:
    """Path of a table or key, such as ("contribution", 0, "topic") -> its line, counted from 1.

    A plain table that stands once has no index in its path: ("story", "title").
    """
    lines: dict[tuple[str | int, ...], int] = {}
    counts: dict[str, int] = {}
    here: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), 1):
        table, key = _TABLE.match(line), _KEY.match(line)
        if table:
            name = table[2]
            here = (*name.split("."),)
            if table[1] == "[[":
                counts[name] = counts.get(name, -1) + 1
                here = (*here, counts[name])
            lines.setdefault(here, number)
        elif key:
            lines.setdefault((*here, key[1].strip('"')), number)
    return lines


def toml_error_line(error: Exception) -> int | None:
    """The line that the TOML reader names in its message, if it names one."""
    found = _AT_LINE.search(str(error))
    return int(found[1]) if found else None


def yaml_entries(text: str) -> list[tuple[int, Any]]:
    """The entries of a YAML list, each with its line. Raises yaml.YAMLError, or ValueError: no list."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if not isinstance(node, yaml.SequenceNode):
        raise ValueError("this is not a list")
    return list(zip((n.start_mark.line + 1 for n in node.value), yaml.safe_load(text), strict=True))


def yaml_error_line(error: yaml.YAMLError) -> int | None:
    """The line where the YAML reader stopped."""
    mark = getattr(error, "problem_mark", None)
    return None if mark is None else int(mark.line) + 1
