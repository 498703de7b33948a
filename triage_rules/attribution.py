"""``attribution.txt``: blocks of ``Field: value`` lines, parted by blank lines, one block a work."""

from __future__ import annotations

import re

import msgspec

from triage_rules.plain_text import as_lines

TITLE, LINK, REVISION, LICENCE, CREATORS, ORIGIN = (
    "title",
    "link",
    "revision",
    "licence",
    "creators",
    "origin",
)
LABELS = {
    TITLE: "Title of work",
    LINK: "Link to work",
    REVISION: "Revision",
    LICENCE: "License of the work",
    CREATORS: "Creator names",
    ORIGIN: "Origin of the text",
}
_LINE = re.compile(r"^\s*(?:[-*]\s*)?(?:\d+\.\s*)?\**([A-Za-z][A-Za-z ()/-]{2,40}?)\**\s*:(?!//)\s*(.*)$")
_SELF = re.compile(
    r"\bself[- ]?(authored|generated|created|written|made|contribut\w+)\b|\bown work\b", re.IGNORECASE
)
_FIELDS = (
    (re.compile(r"\b(origin of the text|written by|text by)\b", re.I), ORIGIN),
    (re.compile(r"\b(licen[cs]e|spdx)", re.I), LICENCE),
    (re.compile(r"\btitle\b", re.I), TITLE),
    (re.compile(r"\b(link|url|source)\b", re.I), LINK),
    (re.compile(r"\brevision\b", re.I), REVISION),
    (re.compile(r"\b(creators?|authors?|contributors?)\b", re.I), CREATORS),
)


class Entry(msgspec.Struct, frozen=True):
    """One field: what it is, its value, its line and the column of the value."""

    field: str
    value: str
    line: int
    column: int


class Block(msgspec.Struct, frozen=True):
    """What is said about one work."""

    entries: tuple[Entry, ...]
    line: int

    def get(self, field: str) -> Entry | None:
        """The first entry of a field that has a value."""
        return next((e for e in self.entries if e.field == field and e.value), None)


class Attribution(msgspec.Struct, frozen=True):
    """A file read: its blocks that name fields, and whether it only says that the author wrote all of it."""

    blocks: tuple[Block, ...]
    self_authored: bool
    empty: bool


def read_attribution(data: bytes) -> Attribution:
    """Read the file tolerantly: spelling of the fields, list marks and both spellings of licence."""
    text = data.decode("utf-8", "replace").lstrip("\ufeff")
    blocks: list[Block] = []
    current: list[Entry] = []
    fields: set[str] = set()  # of the current block
    start = 1
    for number, line in enumerate(
        as_lines(text).split("\n"), 1
    ):  # splitlines() sees more ends than an editor
        match = _LINE.match(line)
        field = _field(match.group(1)) if match else None
        if match and field:
            if not current or (field == TITLE and TITLE in fields):
                blocks += [Block(tuple(current), start)] if current else []
                current, fields, start = [], set(), number
            fields.add(field)
            current.append(Entry(field, match.group(2).strip(), number, match.start(2) + 1))
        elif not line.strip() and current and fields & {TITLE, LICENCE}:
            blocks.append(Block(tuple(current), start))
            current, fields = [], set()
    blocks += [Block(tuple(current), start)] if current else []
    return Attribution(tuple(blocks), bool(_SELF.search(text)), not text.strip())


def _field(name: str) -> str | None:
    return next((field for pattern, field in _FIELDS if pattern.search(name)), None)
