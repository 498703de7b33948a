"""What one revision holds, as data: kept beside its verdict, so that two revisions can be compared later.

Git keeps the bytes only as long as a ref holds them, and an amended revision is held by none. It is taken where a
stranger's bytes are judged, and bounded, so that whoever compares parses nothing.
"""

from __future__ import annotations

from typing import Any

import msgspec

from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.meaning import digest_of, said_by
from triage_rules.taxonomy import ATTRIBUTION, Leaf, Reading

MOST_TEXT = (
    300_000  # characters of leaves that one outline keeps; a leaf that does not fit is known by digest only
)
MOST_FILES = 2_000
MOST_ATTRIBUTION = 4_000
MOST_BYTES = 1024 * 1024  # of a file this long only the beginning was read


class FileMark(msgspec.Struct, frozen=True):
    """One path of the change. Digests of the bytes before and after, and of what it says, layout aside."""

    path: str
    status: str
    mode: int
    before: str | None
    after: str | None
    said: str | None  # None also where it can't be told, as of a link: then it is like nothing else


class Outline(msgspec.Struct, frozen=True):
    """The leaves, attributions and files of a revision; `whole` says that no file was left out."""

    leaves: tuple[Leaf, ...]
    attributions: dict[str, str]
    files: tuple[FileMark, ...]
    whole: bool = True

    def to_json(self) -> dict[str, Any]:
        """The outline as plain JSON values."""
        value: dict[str, Any] = msgspec.to_builtins(self)
        return value

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outline:
        """The outline that ``to_json`` wrote."""
        return msgspec.convert(data, cls)


def outline_of(contribution: Contribution) -> Outline:
    """The outline of a revision."""
    readings = {reading.path: reading for reading in contribution.readings}
    files = tuple(file for file in contribution.files[:MOST_FILES] if _writable(file.path))
    leaves, room = [], MOST_TEXT
    for leaf in contribution.leaves:
        size = _size(leaf)
        if size <= room and _writable(leaf.file):
            leaves.append(leaf)
            room -= size
    attributions = {
        file.path: file.after.decode("utf-8", "replace")[:MOST_ATTRIBUTION]
        for file in files[:MOST_FILES // 20]
        if file.after is not None and file.name == ATTRIBUTION
    }  # fmt: skip
    marks = tuple(_mark(file, readings.get(file.path)) for file in files)
    return Outline(tuple(leaves), attributions, marks, len(files) == len(contribution.files))


def same_but_for_layout(old: Outline, new: Outline) -> bool:
    """Do two revisions make the same change: the same paths, from the same bytes, to what says the same?"""
    if not (old.whole and new.whole):
        return False
    told = [{file.path: _change(file) for file in outline.files} for outline in (old, new)]
    return told[0] == told[1] and all(change is not None for change in told[0].values())


def _change(file: FileMark) -> tuple[Any, ...] | None:
    untold = file.said is None and file.status != "deleted"
    if untold or (file.before is None and file.status in ("modified", "deleted")):
        return None
    return (file.status, file.mode, file.before, file.said)


def _writable(path: str) -> bool:
    """Git's paths are bytes; one that is no UTF-8 can't be kept as text."""
    try:
        return path.encode() is not None
    except UnicodeEncodeError:
        return False


def _mark(file: ChangedFile, reading: Reading | None) -> FileMark:
    before = digest_of(file.before) if file.before is not None and len(file.before) < MOST_BYTES else None
    if file.after is None:
        return FileMark(file.path, file.status, file.mode, before, None, None)
    said = said_by(file.path, file.after, reading) if len(file.after) < MOST_BYTES else None
    return FileMark(file.path, file.status, file.mode, before, digest_of(file.after), said)


def _size(leaf: Leaf) -> int:
    texts = (leaf.created_by, leaf.task_description, leaf.domain, leaf.document_outline)
    document = sum(map(len, leaf.document.patterns)) if leaf.document else 0
    seeds = sum(100 + len(s.question) + len(s.answer) + len(s.context or "") for s in leaf.seeds)
    return 500 + sum(len(text or "") for text in texts) + document + seeds
