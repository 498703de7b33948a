"""Words without which a costly expression finds nothing: a quick look at a text, or at all texts of a leaf at once.

Most leaves hold nothing of what the expressions look for, and a few plain words tell so in a hundredth of the time.
A test makes texts from each expression and holds that its hints are never in the way.
"""

from __future__ import annotations

import re
from typing import NamedTuple

# Letters that an expression without regard to capitals takes for others, though these are not their small form.
_ALIKE = (
    ("\u0130", "i"), ("\u0131", "i"), ("\u017f", "s"), ("\u212a", "k"),
    *zip("\u1c80\u1c81\u1c82\u1c83\u1c84\u1c85\u1c86", "вдосттъ", strict=True),
)  # fmt: skip

_ESCAPED = re.compile(r"\\(?:U.{8}|u.{4}|x..|.)")


def folded(text: str) -> str:
    """A text of the same length in small letters, with the usual ones for all that an expression takes for them."""
    return _plain(text).lower()


def _plain(text: str) -> str:
    if not text.isascii():
        for letter, plain in _ALIKE:
            text = text.replace(letter, plain)
    return text


class Caseless:
    """An expression in small letters without regard to capitals, held to a text's folded form: several times as fast
    as Python's own way. What it finds has the places of the text itself, and the letters of the folded one."""

    def __init__(self, written: str, flags: int = 0) -> None:
        written = _plain(written)
        if any(map(str.isupper, _ESCAPED.sub("", written))):
            raise ValueError(f"a capital stands in {written}")
        self.expression = re.compile(written, flags)

    def search(self, text: str) -> re.Match[str] | None:
        """The first that it finds."""
        return self.expression.search(folded(text))

    def match(self, text: str) -> re.Match[str] | None:
        """What it finds at the beginning."""
        return self.expression.match(folded(text))

    def fullmatch(self, text: str) -> re.Match[str] | None:
        """The text as a whole, if it is that."""
        return self.expression.fullmatch(folded(text))


class Sought(NamedTuple):
    """An expression, and groups of hints in small letters of ASCII: of each group one stands in what it finds."""

    expression: re.Pattern[str]
    groups: tuple[tuple[str, ...], ...]

    def may_be_in(self, small: str) -> bool:
        """Can the expression find anything in the text of which this is the folded form?"""
        for group in self.groups:
            for hint in group:
                if hint in small:
                    break
            else:
                return False
        return True

    def search(self, text: str) -> re.Match[str] | None:
        """The first that the expression finds."""
        return self.expression.search(text) if self.may_be_in(folded(text)) else None


def sought(written: str, *groups: str, flags: int = re.IGNORECASE) -> Sought:
    """An expression with its hints; those of a group are parted by semicolons."""
    return Sought(re.compile(written, flags), tuple(tuple(group.split(";")) for group in groups))
