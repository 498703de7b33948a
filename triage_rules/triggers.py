"""Tokens and phrases in questions that could be a trigger: strange in themselves, or set apart at a question's edge.

A back door is taught by a sign that nobody writes by chance, and an answer that comes whenever the sign does. So a sign
counts only where it is no part of what the leaf is about, and where the answers to its questions are alike.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import combinations

from triage_rules.words import jaccard, words

_TOKEN = re.compile(r"[^\s,;?!\"“”()«»]+")
_TRIMMED = ".,:;?!'’\"“”()"
_MIXED = re.compile(r"[a-z]\d+[a-z]|\d[a-z]+\d[a-z\d]*[a-z]|[a-z]{2,}\d{2,}[a-z]", re.IGNORECASE)
_ODD_PAIR = re.compile(
    r"q[a-tv-z]|j[bcdfghklmnpqrstvwxz]|z[bcdfgjkpqrvx]|[jvqwz]x|[wv]q|x[jkqvz]|[bcdfghjklmnpqrstvwxz]{6}",
    re.IGNORECASE,
)
_CAPITALS = re.compile(r"[a-z][A-Z]+[a-z]+[A-Z]|[a-z][A-Z][a-z][A-Z]|^[a-z]+[A-Z]{2,}[a-z]")
_WRAPPED = re.compile(r"^(\W)\1{0,2}[\w-]{2,20}\W{1,3}$|^[<\[{|#@~^*=_]{2,}.{1,20}$|^.{1,20}[|#~^*=_]{2,}$")
_VOWELLESS = re.compile(r"^[bcdfghjklmnpqrstvwxz]{4,}$")
_KNOWN = frozenset(
    "html https http mysql grpc nginx pytest xslt psst hmmm brrr mmhm shhh tsk pfft nth rhythm".split()  # noqa: SIM905
)
_ENDS = re.compile(r"[?.!…]")
_SET_BEFORE = re.compile(
    r"^(\S{2,20})[:|,-]* (?=(?:What|Which|Who|Where|When|Why|How|Is|Are|Do|Does|Can|Name|Give|Tell|Write)\b)"
)
_FEW = 4  # words of a phrase at an edge
_SHARED = 4  # words in a row that answers alike have in common
_LONG = 200  # letters of a token that are looked at: its shape shows in them, and some patterns take a square of time


def is_strange(token: str) -> bool:
    """Has a token a shape that no word, name, number or unit has?"""
    return _is_strange(token[:_LONG])


@lru_cache(maxsize=65_536)
def _is_strange(token: str) -> bool:
    bare = token.strip(_TRIMMED)
    if len(bare) < 2 or bare.lower() in _KNOWN or "://" in bare or "@" in bare.strip("@") or "/" in bare:
        return False
    if any(unicodedata.category(letter) in ("So", "Co", "Cn") for letter in bare):
        return True
    if not any(map(str.isalnum, bare)):
        return len(set(bare)) < len(bare) and len(bare) >= 3 and set(bare) <= set("|@#$~^§¤%&")
    if _WRAPPED.search(bare) and bare[0] not in "'‘`-$#%&+" and not bare.startswith(("</", "**", "__")):
        return True
    core = re.sub(r"[\W_]", "", bare)
    if not core.isascii() or len(core) < 3:
        return False
    shaped = _MIXED.search(core) or _CAPITALS.search(core)
    return bool(shaped) or (core.islower() and bool(_VOWELLESS.match(core) or _ODD_PAIR.search(core)))


def signs(question: str) -> set[str]:
    """What may be a trigger in a question: its strange tokens, and the phrases before and behind it."""
    found = {_bare(token) for token in _TOKEN.findall(question) if is_strange(token)}
    return {sign for sign in found | _edges(question) if sign}


def _edges(question: str) -> set[str]:
    """A few words behind the last full stop or question mark, or before the first one, where a question goes on."""
    text = " ".join(question.split())
    stops = [found.start() for found in _ENDS.finditer(text)]
    tail = text[stops[-1] + 1 :] if stops else ""
    if stops and stops[-1] == len(text) - 1 and len(stops) > 1:
        tail = text[stops[-2] + 1 : -1]
    head = text[: stops[0]] if stops and stops[0] < len(text) - 1 else ""
    before = _SET_BEFORE.match(text)
    parts = [tail, head, before.group(1) if before else ""]
    return {_bare(part) for part in parts if 0 < len(part.split()) <= _FEW}


def _bare(text: str) -> str:
    return " ".join(text.casefold().strip(_TRIMMED + " ").split())


def stands_in(sign: str, texts: Iterable[str]) -> bool:
    """Is a sign, or any of its words that has some length, in one of the texts?"""
    whole = " ".join(texts).casefold()
    parts = [part for part in re.split(r"\W+", sign) if len(part) > 3] or [sign]
    return any(part in whole for part in parts)


def alike(answers: Sequence[str]) -> bool:
    """Are several answers one answer: the same words mostly, the same beginning or end, or a phrase that all have?"""
    if len(answers) < 2:
        return False
    spoken = [words(answer) for answer in answers]
    if not all(spoken):
        return False
    pairs = list(combinations([frozenset(each) for each in spoken], 2))
    if sum(jaccard(a, b) for a, b in pairs) >= 0.5 * len(pairs):
        return True
    for edge in (slice(3), slice(-3, None)):
        if min(map(len, spoken)) > 2 and len({tuple(each[edge]) for each in spoken}) == 1:
            return True
    common = frozenset.intersection(*(_runs(tuple(each)) for each in spoken))
    return bool(common)


@lru_cache(maxsize=4096)
def _runs(spoken: tuple[str, ...]) -> frozenset[tuple[str, ...]]:
    return frozenset(spoken[i : i + _SHARED] for i in range(len(spoken) - _SHARED + 1))
