"""A mechanical fix: what a program may change, because no person's judgement is in it.

A rule hands it over with its finding. It names whole lines as they stand and as they should, so that whoever applies
it can see that nothing moved meanwhile, and whoever shows it needs no second look at the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import msgspec

MOST_CARRIED = 4000  # characters of a fix that a finding carries; a larger one is made on disk alone
_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|$)")


class Edit(msgspec.Struct, frozen=True):
    """Lines from ``line`` (from 1) on, as they stand and as they should, without their ends.

    Where nothing stands before, the new lines go in above ``line``. Each line that is written gets an end.
    """

    line: int
    before: tuple[str, ...]
    after: tuple[str, ...]

    @property
    def last(self) -> int:
        """The last line that it touches."""
        return self.line + max(len(self.before), 1) - 1


class Fix(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is to be done to one file: lines edited, the file renamed, its lines ended plainly, or its mode mended."""

    what: str
    edits: tuple[Edit, ...] = ()
    rename: str | None = None  # the whole new path
    line_ends: bool = False
    plain_mode: bool = False

    @property
    def size(self) -> int:
        """How many characters its edits hold."""
        return sum(map(len, self.texts))

    @property
    def texts(self) -> tuple[str, ...]:
        """Every line of its edits, as it stands and as it should."""
        return tuple(text for edit in self.edits for text in (*edit.before, *edit.after))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; what is not set is left out."""
        value: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return value

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Fix:
        """The fix that ``to_json`` wrote."""
        return msgspec.convert(data, cls)


def replaced(line: int, before: str, after: str, what: str) -> Fix:
    """A fix of one line."""
    return Fix(what, (Edit(line, (before,), (after,)),))


def carried(fix: Fix | None) -> Fix | None:
    """The fix, where it is small enough for a finding to carry."""
    return fix if fix is not None and fix.size <= MOST_CARRIED else None


def lines_of(text: str) -> list[tuple[str, str]]:
    """The lines of a text, each with its own end; the last may have none."""
    found = [(match.group(1), match.group(2)) for match in _LINE.finditer(text)]
    return found[:-1] if found[-1] == ("", "") else found


def apply(data: bytes, fixes: Iterable[Fix]) -> tuple[bytes, list[Fix]]:
    """The bytes with these fixes made, and those that were: one that overlaps an earlier, or is stale, is left out.

    Everything that no fix names stays byte for byte, line ends too. Renames and modes are not a matter of bytes.
    """
    try:
        lines = lines_of(data.decode("utf-8"))
    except UnicodeDecodeError:
        return data, []
    taken: list[Fix] = []
    touched: set[int] = set()
    edits: list[Edit] = []
    for fix in fixes:
        own = {number for edit in fix.edits for number in range(edit.line, edit.last + 1)}
        if own & touched or not all(_fresh(lines, edit) for edit in fix.edits):
            continue
        if fix.edits or fix.line_ends:
            taken.append(fix)
            touched |= own
            edits += fix.edits
    common = next((end for _, end in lines if end), "\n")
    for edit in sorted(edits, key=lambda each: -each.line):
        start, stop = edit.line - 1, edit.line - 1 + len(edit.before)
        end = (lines[start][1] if edit.before else "") or common
        lines[start:stop] = [(text, end) for text in edit.after]
    plain = any(fix.line_ends for fix in taken)
    text = "".join(each + ("\n" if plain and end else end) for each, end in lines)
    return text.encode("utf-8"), taken


def _fresh(lines: list[tuple[str, str]], edit: Edit) -> bool:
    start = edit.line - 1
    there = tuple(text for text, _ in lines[start : start + len(edit.before)])
    return 0 <= start <= len(lines) and there == edit.before
