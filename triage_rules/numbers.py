"""Numbers of a text, in digits or in English words, and whether one follows from others by a step of reckoning."""

from __future__ import annotations

import re
from itertools import permutations

_SMALL = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {name: float(value) for value, name in enumerate(_SMALL)} | {
    name: float(10 * (value + 2)) for value, name in enumerate(_TENS)
}
_VALUES |= {"half": 0.5, "once": 1.0, "twice": 2.0, "dozen": 12.0, "thrice": 3.0}
_SCALES = {"hundred": 100.0, "thousand": 1000.0, "million": 1e6}
_TOKEN = re.compile(r"(?<![^\W_])(?:\d+(?:[,.  ’]\d{3}(?!\d))+|\d+(?:\.\d+)?)|[^\W\d_]+")
_SEPARATOR = re.compile(r"[,\s’]")
_COUNTER = re.compile(r"(?:^|(?<=\s))\(?\d{1,2}[.)]\s(?=\S)")  # of a list
# What a reader brings along: days of a week, hours, minutes, months, per cent.
_GIVEN = frozenset({1.0, 2.0, 7.0, 10.0, 12.0, 24.0, 60.0, 100.0, 1000.0})
_PERIODS = (7.0, 12.0, 24.0, 60.0, 100.0)
_MANY = 24  # numbers above which everything follows from something


def numbers(text: str) -> frozenset[float]:
    """The numbers of a text: "1,200", "3.5", "three hundred", "forty-two"."""
    found: set[float] = set()
    open_value: float | None = None
    for token in _TOKEN.findall(_COUNTER.sub(" ", text).casefold()):
        value = _VALUES.get(token)
        if value is not None:
            if open_value is not None and open_value >= 20 and open_value % 10 == 0 and value < 10:
                found.discard(open_value)
                value += open_value
            open_value = value
            found.add(value)
        elif token in _SCALES:
            found.discard(open_value or 0.0)
            open_value = (open_value or 1.0) * _SCALES[token]
            found.add(open_value)
        else:
            open_value = None
            if token[0].isdigit():
                open_value = _read(token)
                found.add(open_value)
    return frozenset(found)


def _read(token: str) -> float:
    """A number in digits; a point is a decimal one unless there are several."""
    plain = _SEPARATOR.sub("", token)
    return float(plain.replace(".", "") if plain.count(".") > 1 else plain)


def unexplained(told: frozenset[float], known: frozenset[float]) -> frozenset[float]:
    """The numbers that neither stand among the known ones nor follow from them, step by step."""
    left, at_hand = told - known, known
    while True:
        reached = frozenset(number for number in left if follows(number, at_hand))
        if not reached:
            return left
        left, at_hand = left - reached, at_hand | reached


def follows(number: float, known: frozenset[float]) -> bool:
    """Is a number given to everybody, or the sum, difference, product or quotient of two that are known?"""
    if number in _GIVEN or number in (0.0, 3.0) or len(known) > _MANY:
        return True
    if len(known) > 2 and number == sum(known):
        return True
    for a in known:
        if any(_is(number, a * b) or _is(number, a / b) for b in _GIVEN):
            return True
        if a and any(_is(number, b / a) for b in _PERIODS):
            return True
    return any(
        _is(number, a + b) or _is(number, a - b) or _is(number, a * b) or (b and _is(number, a / b))
        for a, b in permutations(known, 2)
    )


def _is(number: float, result: float) -> bool:
    return abs(number - result) < 0.01
