"""Where a key stands in a TOML text: the standard reader gives values without their lines.

The text is walked as the grammar says, so that a `#` or a bracket inside a string, a list over many lines and an
inline table lead nowhere wrong. Where the text is no TOML, what stands before the fault is still found.
"""

from __future__ import annotations

import re
import tomllib

MARK = "\ufeff"  # a byte order mark, which some editors write
Path = tuple[str | int, ...]  # keys, and positions in lists from 0

_PART = r"""(?:[A-Za-z0-9_-]+|"(?:[^"\\\n]|\\.)*+"|'[^'\n]*+')"""
_KEY = re.compile(rf"{_PART}(?:[ \t]*\.[ \t]*{_PART})*")
_PARTS = re.compile(_PART)
_GAP = re.compile(r"(?:[ \t\n]|#[^\n]*+)*+")
_TEXT = re.compile(
    r"""\"{3}(?:[^"\\]|\\[\s\S]|"{1,2}(?!"))*+"{3,5}|'{3}(?:[^']|'{1,2}(?!'))*+'{3,5}|"""
    r""""(?:[^"\\\n]|\\.)*+"|'[^'\n]*+'"""
)
_PLAIN = re.compile(
    r"""[^\s,\]}#"'\[{]+(?: [0-9][0-9:.Z+-]*)?"""
)  # a number, a truth, a date (one blank inside)
_DEEPEST = 100


def line_of(text: str, path: Path) -> int:
    """The line (from 1) of the key at this path, or of the nearest above it that is written down; 1 if none is."""
    lines = Places(text).lines
    return next((lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in lines), 1)


class _Lost(Exception):
    """The text goes on in a way that the grammar does not know."""


class Places:
    """Every key of a text by its path, with its line; and the last one that was begun before the text ended."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Path, int] = {}
        self.last: tuple[Path, int] = ((), 1)
        self._text = text.removeprefix(MARK).replace("\r\n", "\n")
        self._at, self._counted, self._line = 0, 0, 1
        self._lists: dict[Path, int] = {}  # of [[tables]]: the position of the newest
        try:
            self._walk()
        except _Lost:
            return

    def _walk(self) -> None:
        table: Path = ()
        self._skip()
        while self._at < len(self._text):
            if self._text.startswith("[", self._at):
                table = self._header()
            else:
                self._pair(table, 0)
            self._skip()

    def _header(self) -> Path:
        many = self._text.startswith("[[", self._at)
        line = self._here()
        self._at += 2 if many else 1
        self._skip()
        names = self._key()
        path: Path = ()
        for at, name in enumerate(names):
            path = (*path, name)
            self._note(path, line)
            if path in self._lists and not (many and at == len(names) - 1):
                path = (*path, self._lists[path])
        if many:
            self._lists[path] = self._lists.get(path, -1) + 1
            path = (*path, self._lists[path])
            self._note(path, line)
        self._skip()
        self._take("]]" if many else "]")
        return path

    def _pair(self, table: Path, depth: int) -> None:
        line = self._here()
        path = table
        for name in self._key():
            path = (*path, name)
            self._note(path, line)
        self._skip()
        self._take("=")
        self._skip()
        self._value(path, depth)

    def _value(self, path: Path, depth: int) -> None:
        if depth > _DEEPEST:
            raise _Lost
        opening = self._text[self._at : self._at + 1]
        if opening == "[":
            self._list(path, depth)
        elif opening == "{":
            self._inline(path, depth)
        else:
            found = (_TEXT if opening in ('"', "'") else _PLAIN).match(self._text, self._at)
            if found is None:
                raise _Lost
            self._at = found.end()

    def _list(self, path: Path, depth: int) -> None:
        self._at += 1
        self._skip()
        position = 0
        while not self._text.startswith("]", self._at):
            self.lines.setdefault((*path, position), self._here())
            self._value((*path, position), depth + 1)
            position += 1
            self._comma("]")
        self._at += 1

    def _inline(self, path: Path, depth: int) -> None:
        self._at += 1
        self._skip()
        while not self._text.startswith("}", self._at):
            self._pair(path, depth + 1)
            self._comma("}")
        self._at += 1

    def _comma(self, end: str) -> None:
        self._skip()
        if not self._text.startswith(end, self._at):
            self._take(",")
            self._skip()

    def _note(self, path: Path, line: int) -> None:
        self.lines.setdefault(path, line)
        self.last = (path, line)

    def _key(self) -> list[str]:
        found = _KEY.match(self._text, self._at)
        if found is None:
            raise _Lost
        self._at = found.end()
        return [_name(part) for part in _PARTS.findall(found.group())]

    def _skip(self) -> None:
        found = _GAP.match(self._text, self._at)
        assert found is not None  # it matches nothing as well
        self._at = found.end()

    def _take(self, what: str) -> None:
        if not self._text.startswith(what, self._at):
            raise _Lost
        self._at += len(what)

    def _here(self) -> int:
        self._line += self._text.count("\n", self._counted, self._at)
        self._counted = self._at
        return self._line


def _name(part: str) -> str:
    if "\\" in part and part.startswith('"'):
        try:
            return str(tomllib.loads(f"name = {part}")["name"])
        except tomllib.TOMLDecodeError:
            return part
    return part[1:-1] if part[0] in "\"'" else part
