"""How near two names are: whether one is likely to be the other, misspelled."""

from __future__ import annotations

import re

_PARTS = re.compile(r"[\W_]+")
_LEAST = 5  # letters from which one letter's difference is more likely a slip than another word


def same_but_for_layout(a: str, b: str) -> bool:
    """Are they one name, parted or capitalised otherwise ("machine-learning", "Machine_Learning")?"""
    return a != b and _bare(a) == _bare(b)


def plural(a: str, b: str) -> bool:
    """Is one the other with an s at the end?"""
    short, long = sorted((_bare(a), _bare(b)), key=len)
    return len(short) >= 3 and not short.endswith("s") and long in (f"{short}s", f"{short}es")


def slip(a: str, b: str) -> bool:
    """Is one the other with one letter too many, too few, or two exchanged (of a long name: with one wrong letter)?

    The first letter is the same, and numbers are: `apollo_11` is no slip of `apollo_12`.
    """
    left, right = _bare(a), _bare(b)
    if left == right or left[:1] != right[:1] or min(len(left), len(right)) < _LEAST:
        return False
    if _figures(left) != _figures(right):
        return False
    if len(left) == len(right):
        wrong = [i for i, (x, y) in enumerate(zip(left, right, strict=True)) if x != y]
        if len(wrong) == 2 and wrong[1] == wrong[0] + 1:
            return left[wrong[0]] == right[wrong[1]] and left[wrong[1]] == right[wrong[0]]
        return len(wrong) == 1 and len(left) >= 2 * _LEAST
    short, long = sorted((left, right), key=len)
    return len(long) == len(short) + 1 and _without_one(long, short)


def _without_one(long: str, short: str) -> bool:
    at = next((i for i, (x, y) in enumerate(zip(long, short, strict=False)) if x != y), len(short))
    return long[at + 1 :] == short[at:]


def _bare(name: str) -> str:
    return _PARTS.sub("", name.casefold())


def _figures(name: str) -> str:
    return "".join(letter for letter in name if letter.isdigit())
