"""Drafts of an exam for whoever writes it: a cluster a seed, the question in other frames than any row is made in.

A draft is a start and no exam: a program can frame a question, not reword it, and an exam that only frames measures
little. The frames are of a family of their own, so that no row of a training asks what a draft asks.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Sequence
from typing import Any

from eval_harness.generate.forms import FORMS, Form
from eval_harness.generate.keywords import keywords, names
from eval_harness.items import plain
from eval_harness.job import Seed

KIND = "reworded"
CHOICES = 4
FRAMES = (
    "A visitor asks you this: {question}",
    "Somebody wrote on a slip of paper: {question} What do you answer?",
    "From what you have learned, {lower}",
    "One line of a quiz reads: {question}",
    "Before you go on, answer this: {question}",
)


def draft(seeds: Sequence[Seed], questions: int = 3, seed: int = 7) -> list[dict[str, Any]]:
    """Entries of an `items.yaml`, in the order of the seeds: `questions` for each, with choices of the same leaf.

    Raises ValueError where the leaf has fewer than two answers to choose from.
    """
    answers = list(dict.fromkeys(entry.answer.strip() for entry in seeds))
    if len(answers) < 2:
        raise ValueError("all seeds have the same answer, so there is nothing to choose from")
    asked = [entry.question for entry in seeds]
    forms = [form for family in FORMS.values() for form in family]
    taken = {_row_asks(entry.question, asked, form) for entry in seeds for form in forms}
    entries: list[dict[str, Any]] = []
    used: set[str] = set()
    for index, entry in enumerate(seeds):
        cluster = _cluster(entry, asked, used)
        rng = random.Random(f"{seed}\n{index}\n{entry.question}")
        frames = rng.sample(FRAMES, min(questions, len(FRAMES)))
        for frame in frames:
            text = frame.format(question=entry.question.strip(), lower=_lower(entry.question.strip()))
            if plain(text) in taken:
                continue
            told = {"cluster": cluster, "kind": KIND, "question": text, **_choices(entry, answers, rng)}
            entries.append({**told, **({"context": entry.context} if entry.context else {})})
    return entries


def own_questions(seeds: Sequence[Seed]) -> list[dict[str, Any]]:
    """The seeds' own questions as entries, with choices of the same leaf: what a model knows of a contribution.

    Raises ValueError where the leaf has fewer than two answers to choose from.
    """
    answers = list(dict.fromkeys(entry.answer.strip() for entry in seeds))
    if len(answers) < 2:
        raise ValueError("all seeds have the same answer, so there is nothing to choose from")
    asked = list({(entry.context, entry.question.strip()): entry for entry in seeds}.values())
    return [
        {
            "cluster": f"seed {number}",
            "kind": "seed",
            "question": entry.question.strip(),
            "context": entry.context,
            **_choices(entry, answers, random.Random(f"{number}\n{entry.question}")),
        }
        for number, entry in enumerate(asked, 1)
    ]


def _choices(entry: Seed, answers: Sequence[str], rng: random.Random) -> dict[str, Any]:
    """The right answer among the nearest wrong ones: those with most words in common, so that form tells nothing."""
    right = entry.answer.strip()
    mine = set(plain(right).split())
    wrong = [answer for answer in answers if answer != right]
    rng.shuffle(wrong)
    wrong.sort(key=lambda answer: -len(mine & set(plain(answer).split())))
    choices = [right, *wrong[: CHOICES - 1]]
    rng.shuffle(choices)
    return {"choices": choices, "answer": right}


def _cluster(entry: Seed, asked: Sequence[str], used: set[str]) -> str:
    """What the seed is about, by the words that only it has; numbered where two would be called alike."""
    rare = names(entry.question, asked)
    name = " ".join(word for word in keywords(entry.question) if word.lower() in rare)[:60] or "seed"
    if entry.context:
        name = f"{name} {hashlib.sha256(entry.context.encode()).hexdigest()[:6]}"
    number, unique = 1, name
    while unique in used:
        number, unique = number + 1, f"{name} {number + 1}"
    used.add(unique)
    return unique


def _row_asks(question: str, others: Sequence[str], form: Form) -> str:
    return plain(form.write(question.strip(), others, random.Random(0)))


def _lower(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:].islower() else text
