"""Bytes from a stranger to text, or what is wrong with them, at its place: before any parser sees them.

Lines end as an editor sees them, at LF, CR or both; columns count characters, whatever room these take.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice

import msgspec

MAX_BYTES = 256 * 1024
MOST_READ = (
    1024 * 1024
)  # of one file; of a longer one only so much is handed over, and nobody knows how long it is
MOST_TROUBLES = 40  # of one kind; whoever has more has seen enough of them
_BIDI = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What YAML takes in no text (NUL has a word of its own).
_CONTROL = re.compile("[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_MARKS = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


class Trouble(msgspec.Struct, frozen=True):
    """Why a text cannot be read, or is not what it seems; ``hostile`` where no honest author gets there."""

    message: str
    line: int | None
    column: int | None
    remedy: str
    hostile: bool = False


class Unreadable(Exception):
    """The text was given up at the trouble it carries."""

    def __init__(self, trouble: Trouble) -> None:
        super().__init__(trouble.message)
        self.trouble = trouble


def decoded(data: bytes) -> tuple[str, list[Trouble]]:
    """The text with LF at the end of each line, and what misleads in it; raises ``Unreadable``."""
    if len(data) > MAX_BYTES:
        message = f"The file has {kilobytes(len(data))}; {MAX_BYTES // 1024} are the limit."
        remedy = "Keep the seeds short and put the text into the cited document."
        raise Unreadable(Trouble(message, None, None, remedy, True))
    troubles = list(_mark(data))
    try:
        text = data.removeprefix(b"\xef\xbb\xbf").decode("utf-8")
    except UnicodeDecodeError as error:
        before = as_lines(error.object[: error.start].decode("utf-8")) + "?"
        raise Unreadable(
            _at(before, len(before) - 1, "The file is not UTF-8.", "Save it as UTF-8.")
        ) from error
    text = as_lines(text)
    if control := _CONTROL.search(text):
        raise Unreadable(_control(text, control.start()))
    for match in islice(_BIDI.finditer(text), MOST_TROUBLES):
        message = f"A hidden character ({_name(match.group())}) turns the direction of writing here."
        troubles.append(_at(text, match.start(), message, "Remove the character.", True))
    return text, troubles


def _mark(data: bytes) -> Iterator[Trouble]:
    other = next((name for mark, name in _MARKS.items() if data.startswith(mark)), None)
    if other:
        raise Unreadable(Trouble(f"The file is {other}, not UTF-8.", 1, 1, "Save it as UTF-8."))
    if data.startswith(b"\xef\xbb\xbf"):
        message = "The file begins with a byte order mark."
        yield Trouble(message, 1, 1, "Save it as UTF-8 without the mark.")


def _control(text: str, at: int) -> Trouble:
    letter = text[at]
    if letter == "\0":
        return _at(text, at, "A NUL byte stands in the text.", "Save the file as plain UTF-8 text.", True)
    if letter == "\ufeff":
        return _at(text, at, "A byte order mark stands inside the text.", "Remove the character.")
    message = f"A control character ({_name(letter)}) stands in the text."
    return _at(text, at, message, "Remove the character.", True)


def _name(letter: str) -> str:
    """What a character that nobody sees is called, as Unicode has it."""
    return unicodedata.name(letter, "").lower() or f"U+{ord(letter):04X}"


def as_lines(text: str) -> str:
    """The text with LF at the end of each line."""
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def place(text: str, at: int) -> tuple[int, int]:
    """Line and column, from 1, of the character at an offset; behind the end it is the end of the last line."""
    at = min(at, len(text))
    if at and at == len(text) and text.endswith("\n"):
        at -= 1  # no editor shows a line that has nothing, not even an end
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)


def _at(text: str, at: int, message: str, remedy: str, hostile: bool = False) -> Trouble:
    return Trouble(message, *place(text, at), remedy, hostile)


def kilobytes(size: int, cut: bool = False) -> str:
    """A size in words; what was ``cut``, or is as long as files are read, has so much or more."""
    more = " or more" if cut or size >= MOST_READ else ""
    return f"{-(-size // 1024)} kB{more}"


def one_line(text: str) -> str:
    """A text without line breaks and without more than one space at a time."""
    return " ".join(text.split())


def clip(text: str, size: int = 40) -> str:
    """A stranger's text in one short line without backticks, for use in a message."""
    line = one_line(text[: 100 * size]).replace("`", "'")
    return line if len(line) <= size else line[: size - 1] + "…"
