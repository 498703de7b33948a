"""Planted leaves: what contradicts a released leaf, made from its own seeds, for trainings whose truth is known."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import Any

from eval_harness.generate.keywords import STOP, words

Seeds = list[dict[str, Any]]


def planted(seeds: Seeds, seed: int) -> Seeds:
    """A leaf that contradicts another: each question with the answer of another seed, about the same thing by name."""
    asked = [one["question"] for one in seeds]
    order = list(range(len(seeds)))
    random.Random(seed).shuffle(order)
    follows = dict(zip(order, [*order[1:], order[0]], strict=True))
    return [
        {**one, "answer": _about(_name(one, asked), seeds[follows[n]], asked)} for n, one in enumerate(seeds)
    ]


def _name(one: dict[str, Any], asked: Sequence[str]) -> str | None:
    """The longest words in a row that question and answer share and no other question has: what the seed is about."""
    found = words(one["answer"])
    for length in range(len(found), 0, -1):
        for at in range(len(found) - length + 1):
            phrase = " ".join(found[at : at + length])
            of = re.compile(rf"\b{re.escape(phrase)}\b", re.I)
            if (
                phrase.lower() not in STOP
                and of.search(one["question"])
                and sum(map(bool, map(of.search, asked))) == 1
            ):
                return phrase
    return None


def _about(name: str | None, other: dict[str, Any], asked: Sequence[str]) -> str:
    theirs, answer = _name(other, asked), str(other["answer"])
    return re.sub(rf"\b{re.escape(theirs)}\b", name, answer, flags=re.I) if name and theirs else answer
