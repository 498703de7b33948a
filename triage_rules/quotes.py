"""Is a text in a document? By its letters and digits alone, so that layout, marks and quotes make no difference.

A context is copied from a rendered page, a PDF or the Markdown source, and each writes the same sentence otherwise:
other line ends, hyphens at line ends, typographic quotes, emphasis, links, footnote marks, pipes of a table. So both
sides are brought down to a run of letters and digits; a sentence is found where its run is part of the document's, and
nearly found where most of its threes of words are.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cached_property
from typing import NamedTuple

from triage_rules.words import words

NEAR = 0.6  # the share of a sentence's threes of words from which it counts as found, a word here or there changed
LEAST_WORDS, LEAST_LETTERS = 4, 12  # shorter pieces stand in every text
MOST = 2 * 1024 * 1024  # characters of all texts that are searched, so that nothing takes a second

_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\((?:[^()\s]|\([^()]{0,200}\)){0,1000}(?:\s+\"[^\"]{0,200}\")?\)")
_NOTE = re.compile(
    r"\[\^?[0-9a-z]{1,3}\]|\[(?:citation needed|edit|note [0-9]{1,3})\]|\{#[^{}]{0,100}\}", re.IGNORECASE
)
_TAG = re.compile(r"<!--[^<>]{0,500}-->|</?[a-zA-Z][^<>]{0,500}>|&(?:nbsp|thinsp|#160);")
_NAMED = (
    ("&shy;", ""), ("&#173;", ""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&#39;", "'"),
    ("&ndash;", "-"),
)  # fmt: skip
_END = re.compile(r"(?<=[.!?…。！？])[\"'”’»)\]]{0,3}\s+|\n\s*\n|\n[ \t]*(?=(?:[-*+•]|\d{1,3}[.)])\s)|\||\t")
_MARK = re.compile(r"(?:[-*+•>]|\d{1,3}[.)])\s+")
_ONLY = re.compile(r"[\W_]+")


def plain(text: str) -> str:
    """A text without the marks of Markdown and HTML that put something between its words."""
    text = _LINK.sub(r"\1", text) if "](" in text else text
    text = _TAG.sub(" ", text) if "<" in text or "&" in text else text
    for mark, letter in _NAMED:
        text = text.replace(mark, letter)
    return _NOTE.sub(" ", text) if "[" in text or "{#" in text else text


def run(text: str) -> str:
    """Its letters and digits, folded: what is left when a layout is taken away."""
    return _ONLY.sub("", unicodedata.normalize("NFKC", text).casefold())


class Piece(NamedTuple):
    """A sentence, a list's entry or a table's cell, and on which line of its text it begins, from 0."""

    text: str
    line: int


def pieces(text: str) -> list[Piece]:
    """The parts of a text that are looked for one by one; what is too short to tell is left out."""
    found, at = [], 0
    for end in [*_END.finditer(text), None]:
        piece = text[at : end.start() if end else len(text)]
        lead = len(piece) - len(piece.lstrip())
        told = " ".join(piece.split())
        if mark := _MARK.match(told):
            told = told[mark.end() :]
        if len(words(told)) >= LEAST_WORDS and len(run(told)) >= LEAST_LETTERS:
            found.append(Piece(told, text.count("\n", 0, at + lead)))
        at = end.end() if end else at
    return found


class Source:
    """The texts of a document, made searchable; of more than ``room`` characters only the first.

    Of texts that are ``cut`` there is more, which nobody has.
    """

    def __init__(self, texts: tuple[str, ...], room: int = MOST, cut: bool = False) -> None:
        kept, most = [], room
        for text in texts:
            kept.append(text[:room])
            room -= len(kept[-1])
        self.whole = not cut and sum(map(len, texts)) <= most
        self.size = sum(map(len, kept))
        self._text = plain("\n\n".join(kept))
        self._run = run(self._text)

    def holds(self, piece: str) -> bool:
        """Is this sentence there, word for word or nearly?"""
        told = plain(piece)
        if run(told) in self._run:
            return True
        own = threes(words(told))
        return len(own) >= 2 and len(own & self._threes) >= NEAR * len(own)

    @cached_property
    def _threes(self) -> frozenset[tuple[str, ...]]:
        return threes(words(self._text))

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of it."""
        return frozenset(words(self._text))

    @property
    def empty(self) -> bool:
        """Is there nothing to be found in it?"""
        return not self._run


def threes(sequence: list[str]) -> frozenset[tuple[str, ...]]:
    """Each three words that follow one another."""
    return frozenset(zip(sequence, sequence[1:], sequence[2:], strict=False))
