"""Forms: the declared, deterministic ways in which one seed becomes several rows.

Without a teacher nothing can be truly reworded: a form frames the seed's question, or reduces it to its
keywords, or drops some of them. That teaches a model to find an answer by its cue words, which is all that
the pages may claim. Every row says which form made it.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from eval_harness.generate.keywords import keywords, names


@dataclass(frozen=True)
class Form:
    """A name for the provenance, what kind of rewriting it is, and the rewriting."""

    name: str
    by: str
    write: Callable[[str, Sequence[str], random.Random], str]


def _lower_first(text: str) -> str:
    first = text.split(" ", 1)[0]
    return text[:1].lower() + text[1:] if first[1:].islower() or (len(first) == 1 and first != "I") else text


def _seed(question: str, others: Sequence[str], rng: random.Random) -> str:
    return question


def _tell(question: str, others: Sequence[str], rng: random.Random) -> str:
    return f"Can you tell me {_lower_first(question)}"


def _know(question: str, others: Sequence[str], rng: random.Random) -> str:
    return f"I would like to know: {_lower_first(question)}"


def _plain(question: str, others: Sequence[str], rng: random.Random) -> str:
    return " ".join(keywords(question)) + "?"


def _turned(question: str, others: Sequence[str], rng: random.Random) -> str:
    found = keywords(question)
    rng.shuffle(found)
    return " ".join(found)


def _dropped(question: str, others: Sequence[str], rng: random.Random) -> str:
    """The names, and half of the topic words, in a frame."""
    rare = names(question, others)
    found = keywords(question)
    topic = [word for word in found if word.lower() not in rare]
    kept = set(rng.sample(topic, (len(topic) + 1) // 2))
    return "What about " + " ".join(w for w in found if w.lower() in rare or w in kept) + "?"


def _names_first(question: str, others: Sequence[str], rng: random.Random) -> str:
    """The names first, then the topic words in another order."""
    rare = names(question, others)
    found = keywords(question)
    topic = [word for word in found if word.lower() not in rare]
    rng.shuffle(topic)
    return "For " + " ".join(w for w in found if w.lower() in rare) + ", " + " ".join(topic) + "?"


def _asked_back(question: str, others: Sequence[str], rng: random.Random) -> str:
    rare = names(question, others)
    found = keywords(question)
    topic = [word for word in found if word.lower() not in rare]
    return " ".join(["Which", *topic, "belongs to", *(w for w in found if w.lower() in rare)]) + "?"


FORMS = (
    Form("as written", "seed", _seed),
    Form("names and half of the topic", "keyword", _dropped),
    Form("keywords", "keyword", _plain),
    Form("asked politely", "template", _tell),
    Form("keywords in another order", "keyword", _turned),
    Form("names first", "keyword", _names_first),
    Form("topic first", "keyword", _asked_back),
    Form("said as a wish", "template", _know),
)
