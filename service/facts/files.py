"""Files of a cited document: which of a tree are looked at, and what becomes of each; the same wherever they lie."""

from __future__ import annotations

from collections.abc import Iterable

from triage_rules.contribution import EXECUTABLE, REGULAR, SUBMODULE, SYMLINK
from triage_rules.facts import CitedFile, Wrong, matches

MOST_FILES = 200
MOST_BYTES = 20 * 1024**2  # of all files of one document
MOST_OF_ONE = 5 * 1024**2
MOST_PATHS = 100_000
MOST_TRIED = (
    1_000_000  # paths times patterns: three seconds, also where a mirror is read in the service itself
)
_POINTER = b"version https://git-lfs.github.com/spec/"
_ODD: dict[int, Wrong] = {SYMLINK: "a symbolic link", SUBMODULE: "a submodule"}


class TooLarge(Exception):
    """More than is read of one document; the message is a clause."""


def chosen(entries: Iterable[tuple[int, str, str]], patterns: tuple[str, ...]) -> list[tuple[int, str, str]]:
    """Those of (mode, object, path) whose path a pattern names. Raises TooLarge."""
    found = []
    for count, entry in enumerate(entries):
        if count >= MOST_PATHS:
            raise TooLarge(f"its repository has more than {MOST_PATHS} files")
        if count * len(patterns) >= MOST_TRIED:
            raise TooLarge(f"its repository has too many files for {len(patterns)} patterns")
        if any(matches(entry[2], pattern) for pattern in patterns):
            found.append(entry)
    if len(found) > MOST_FILES:
        raise TooLarge(f"its patterns match {len(found)} files, {MOST_FILES} are the limit")
    return found


def odd(mode: int, path: str) -> CitedFile | None:
    """What stands at a path that holds no file; None where it does."""
    if mode in (REGULAR, EXECUTABLE):
        return None
    return CitedFile(path, wrong=_ODD.get(mode, "not text"))


def read_file(path: str, data: bytes) -> CitedFile:
    """The text of a file, or why it has none."""
    if data.startswith(_POINTER):
        return CitedFile(path, wrong="an LFS pointer")
    if b"\0" in data:
        return CitedFile(path, wrong="not text")
    try:
        return CitedFile(path, data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return CitedFile(path, wrong="not text")


class Room:
    """What may still be read of one document."""

    def __init__(self) -> None:
        self._left = MOST_BYTES

    def take(self, size: int) -> bool:
        """Is there room for a file of this size? Raises TooLarge where all together are too much."""
        if size > MOST_OF_ONE:
            return False
        self._left -= size
        if self._left < 0:
            raise TooLarge(f"its files have more than {MOST_BYTES // 1024**2} MB together")
        return True
