"""Where something stands in a file: lines of TOML keys and of YAML entries, for messages that name them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import yaml

_TABLE = re.compile(r"^\s*(\[\[?)\s*([\w.-]+)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"^\s*([\w-]+|\"[^\"]+\")\s*=")
_AT_LINE = re.compile(r"at line (\d+)")


Lines = Mapping[tuple[str | int, ...], int]


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


def line_of(lines: Lines, *place: str | int) -> int | None:
    """The line of the innermost part of a place that is written down."""
    for end in range(len(place), 0, -1):
        if place[:end] in lines:
            return lines[place[:end]]
    return None


def line_of_byte(error: UnicodeDecodeError) -> int:
    """The line where a text ceases to be UTF-8."""
    return error.object[: error.start].count(b"\n") + 1


def nearest(given: object, right: Iterable[str]) -> str:
    """ "Is `x` meant? " for a word that is nearly one of the right ones, else nothing."""
    near = difflib.get_close_matches(str(given), list(right), 1)
    return f"Is `{near[0]}` meant? " if near else ""


class Entry(NamedTuple):
    """One entry of a YAML list: its first line, what it says, and the lines of its keys and of what they list."""

    line: int
    value: Any
    lines: Lines

    def at(self, *place: str | int) -> int:
        """The line of a key, or of one thing that it lists; the entry's own where that is not written down."""
        return line_of(self.lines, *place) or self.line


def yaml_entries(text: str) -> list[Entry]:
    """The entries of a YAML list, with their lines. Raises yaml.YAMLError, or ValueError: no list."""
    loader = yaml.CSafeLoader(text)
    try:
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            raise ValueError("this is not a list")
        values = loader.construct_document(node)
    finally:
        loader.dispose()
    return [
        Entry(_line(each), value, dict(_key_lines(each)))
        for each, value in zip(node.value, values, strict=True)
    ]


def _key_lines(node: yaml.Node) -> Iterator[tuple[tuple[str | int, ...], int]]:
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        yield (str(key.value),), _line(key)
        for index, each in enumerate(value.value if isinstance(value, yaml.SequenceNode) else ()):
            yield (str(key.value), index), _line(each)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def yaml_error_line(error: yaml.YAMLError) -> int | None:
    """The line where the YAML reader stopped."""
    mark = getattr(error, "problem_mark", None)
    return None if mark is None else int(mark.line) + 1
