"""Words of a text, made comparable: what two questions share, and whether two answers can both be true."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from triage_rules.numbers import numbers

_SHORT = 2000  # letters: what is no longer is folded once for all rules that ask
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_WORD_OR_SIGN = re.compile(_WORD.pattern + r"|[-+*/=<>^%#@$€£~|&]")
_LETTERS = re.compile(r"[^\W_]+")
_UNPARTED = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+"
)
_NEGATIVE = ("no", "false", "incorrect", "never", "not")
_POSITIVE = ("yes", "true", "correct", "indeed")
STOP = frozenset(
    (  # noqa: SIM905
        "a an the is are was were be been being am do does did has have had of in on at to for from by "
        "with and or as it its this that these those there their they them he she his her i you we my "
        "your our which who whom what where when why how can could will would may might must shall should "
        "than then so such into about"
    ).split()
)
_ASKS = frozenset(
    (  # noqa: SIM905
        "who whom whose what which when where how is are was were do does did has have can will would in "
        "at on to from by for"
    ).split()
)


def normal(text: str) -> str:
    """A text as its lower-case words and signs, so that layout and punctuation make no difference.

    Where signs are what it is about (Morse code, a formula) they all count.
    """
    return _normal_once(text) if len(text) <= _SHORT else _normal(text)


def _normal(text: str) -> str:
    folded = unicodedata.normalize("NFKC", text).casefold()
    dense = "".join(folded.split())
    if len("".join(_LETTERS.findall(dense))) < 0.7 * len(dense):
        return " ".join(folded.split())
    return " ".join(_WORD_OR_SIGN.findall(folded))


_normal_once = lru_cache(maxsize=4096)(_normal)


def words(text: str) -> list[str]:
    """The words in order, compatibility forms folded."""
    return list(_words_once(text)) if len(text) <= _SHORT else _words(text)


def _words(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def count_words(text: str) -> int:
    """Words parted by blanks; of writings that have none (Chinese, Japanese, Thai ...) two letters count for a word."""
    dense = 0 if text.isascii() else sum(len(run) for run in _UNPARTED.findall(text))
    return len(_UNPARTED.sub(" ", text).split()) + (dense + 1) // 2 if dense else len(text.split())


@lru_cache(maxsize=4096)
def _words_once(text: str) -> tuple[str, ...]:
    return tuple(_words(text))


def may_hold(text: str, hints: tuple[str, ...]) -> bool:
    """Can one of these stand in a text, capitals aside? A quick look before an expression that needs one of them.

    The hints are in small letters of ASCII; a text that is not is always held to.
    """
    if not text.isascii():
        return True
    small = text.lower()
    return any(hint in small for hint in hints)


def jaccard(a: frozenset[str], b: frozenset[str]) -> float:
    """Shared words over all words, 0 for two empty texts."""
    shared = len(a & b)
    return shared / (len(a) + len(b) - shared) if a or b else 0.0


def entities(text: str) -> frozenset[str]:
    """Words that look like names or numbers: capitalised inside a sentence, or with a digit."""
    return _entities_once(text) if len(text) <= 2 * _SHORT else _entities(text)


def _entities(text: str) -> frozenset[str]:
    found: set[str] = set()
    at = 0
    folded = unicodedata.normalize("NFKC", text)
    for match in _WORD.finditer(folded):
        word, between = match.group(), folded[at : match.start()].rstrip(" \"'`*(\n")
        begins = between[-1] in ".?!:" if between else not at
        at = match.end()
        if (word[0].isupper() and not begins) or (not word.isalpha() and any(map(str.isdigit, word))):
            found.add(word.casefold())
    return frozenset(found)


_entities_once = lru_cache(maxsize=1024)(_entities)


def asks(question: str) -> bool:
    """Is this a question with one answer in mind, rather than a task with many ("Write a ...")?"""
    found = words(question)
    return bool(found) and found[0] in _ASKS and question.rstrip().endswith("?")


def polarity(answer: str) -> int:
    """1 where an answer begins with a yes, -1 with a no, else 0."""
    return _polarity(answer[:_SHORT])


@lru_cache(maxsize=4096)
def _polarity(beginning: str) -> int:
    found = _WORD.search(unicodedata.normalize("NFKC", beginning).casefold())
    first = found.group() if found else ""
    return 1 if first in _POSITIVE else -1 if first in _NEGATIVE else 0


def exclude_each_other(question: str, a: str, b: str) -> bool:
    """Can the two not both be the answer? Says yes only where it shows in the words.

    One says yes and the other no; or both are short and, the question's words and fillers taken away, have
    each
    something of their own and nothing in common; or they are the same sentence with another end; or they are
    alike but for names or numbers on both sides.
    """
    if polarity(a) * polarity(b) < 0:
        return True
    if not asks(question):
        return False
    one, other = _answered(question, a), _answered(question, b)
    left, right = one.telling, other.telling
    only_left, only_right = left - right, right - left
    if not only_left or not only_right:
        return False
    if max(len(left), len(right)) <= 4 and not left & right:
        return True
    if len(one.words) > 40 or len(other.words) > 40:
        return False
    if _another_end(one.words, other.words):
        return True
    if jaccard(one.all, other.all) < 0.5:
        return False
    asked = numbers(question)
    counted, counts = numbers(a) - asked, numbers(b) - asked
    other_numbers = counted and counts and not counted & counts
    return bool(other_numbers or (entities(a) & only_left and entities(b) & only_right))


class _Answer(NamedTuple):
    """The words of an answer: in order, each once, and those that are neither fillers nor the question's."""

    words: tuple[str, ...]
    all: frozenset[str]
    telling: frozenset[str]


def _answered(question: str, answer: str) -> _Answer:
    short = len(question) + len(answer) <= _SHORT
    return _answered_once(question, answer) if short else _answer(question, answer)


def _answer(question: str, answer: str) -> _Answer:
    told = tuple(words(answer))
    return _Answer(told, frozenset(told), frozenset(told) - STOP - frozenset(words(question)))


_answered_once = lru_cache(maxsize=4096)(_answer)


def _another_end(a: Sequence[str], b: Sequence[str]) -> bool:
    """Is one the other with its last one to three words exchanged ("made of oak", "made of tin")?"""
    same = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    left, right = a[same:], b[same:]
    apart = not set(left) & set(right) and all(set(end) - STOP for end in (left, right))
    return same >= 2 and 1 <= len(left) <= 3 and 1 <= len(right) <= 3 and apart


def same_template(a: str, b: str) -> bool:
    """Do two texts differ only by what they are about ("capital of France", "capital of Spain")?

    True where each has a name or number that the other lacks, and these make up most of the difference.
    """
    return differ_by_names(frozenset(words(a)), frozenset(words(b)), lambda: entities(a), lambda: entities(b))


def differ_by_names(
    left: frozenset[str],
    right: frozenset[str],
    left_names: Callable[[], frozenset[str]],
    right_names: Callable[[], frozenset[str]],
) -> bool:
    """The same of texts whose words, and whose names where they are asked for, are known."""
    only_left, only_right = left - right, right - left
    if not only_left or not only_right:
        return False
    named_left, named_right = left_names() & only_left, right_names() & only_right
    both = bool(named_left and named_right)
    return both and len(named_left | named_right) * 2 >= len(only_left | only_right)
