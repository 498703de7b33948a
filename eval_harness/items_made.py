"""The exam of a leaf for which nobody wrote one: whole seeds held out where a model can generalise, and rewordings.

A leaf without questions would be trained and measured by nobody. What a program can make of its seeds is weaker than
what a person writes, so each item says of which kind it is: a *held-out seed* is in no row of any training and asks if
the skill was learned; a *reworded* one asks for a seed that was taught, in a frame that no row has.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eval_harness.items import grams
from eval_harness.items_draft import draft, own_questions
from eval_harness.job import Seed

HELD_OUT = "held-out seed"
ENOUGH = 9  # seeds of a skill from which a third can be spared
QUESTIONS = 3  # rewordings of a seed


@dataclass(frozen=True)
class Made:
    """The seeds that may be taught, and the entries of an exam as `items_of` reads them."""

    taught: tuple[Seed, ...]
    entries: list[dict[str, Any]]


def made(leaf: str, kind: str, seeds: Sequence[Seed]) -> Made:
    """Split a leaf's seeds into what is taught and what is asked; nothing is asked where no choice can be offered.

    A skill (`kind` freeform or grounded) of nine seeds or more holds a third of them out, by their hash, so that a seed
    added later moves none. Facts can't be guessed from other facts: a knowledge leaf is reworded alone. A question of
    thirteen words or more is not reworded, since every row that shares them would have to be held out.
    """
    shown = [_seen(kind, seed) for seed in seeds]
    out = _held_out(leaf, shown) if kind != "knowledge" and len(shown) >= ENOUGH else set()
    taught = tuple(seed for number, seed in enumerate(seeds) if number not in out)
    try:
        own = own_questions(shown)
    except ValueError:
        return Made(tuple(seeds), [])
    asked = {(seed.context, seed.question.strip()) for number, seed in enumerate(shown) if number in out}
    entries = [
        {**entry, "kind": HELD_OUT, "cluster": f"held-out {entry['cluster']}"}
        for entry in own
        if (entry["context"], entry["question"]) in asked
    ]
    left = [seed for number, seed in enumerate(shown) if number not in out and not grams(seed.question)]
    return Made(taught, entries + _reworded(left, {entry["question"] for entry in entries}))


def _seen(kind: str, seed: Seed) -> Seed:
    """A seed as a model is asked: a knowledge leaf with the book closed."""
    return Seed(seed.question, seed.answer, seed.context if kind == "grounded" else None)


def _held_out(leaf: str, seeds: Sequence[Seed]) -> set[int]:
    """The numbers of a third of the seeds, the lowest by hash; seeds that ask the same stay together."""
    groups: dict[str, list[int]] = {}
    for number, seed in enumerate(seeds):
        text = "\n".join((leaf, seed.context or "", seed.question.strip()))
        groups.setdefault(hashlib.sha256(text.encode()).hexdigest(), []).append(number)
    return {number for name in sorted(groups)[: len(groups) // 3] for number in groups[name]}


def _reworded(seeds: Sequence[Seed], asked: set[str]) -> list[dict[str, Any]]:
    try:
        entries = draft(seeds, QUESTIONS)
    except ValueError:
        return []
    once = {(entry.get("context"), entry["question"]): entry for entry in entries}
    return [entry for (_, question), entry in once.items() if question not in asked]
