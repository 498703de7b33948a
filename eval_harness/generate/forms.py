"""Forms: the declared, deterministic ways in which one seed becomes several rows.

Without a teacher nothing can be truly reworded: a form frames the seed's question, or reduces it to its
keywords, or drops some of them. That teaches a model to find an answer by its cue words, which is all that
the pages may claim. Every row says which form made it.

Two families. The *named* forms keep every word that few questions of a leaf have, and shuffle the rest: enough for a
model that knows the language. The *scattered* ones keep a part of all keywords, by lot, in one of many frames: a model
made from scratch learns the cue from that alone, for it has no other way to tell it from the words around it.
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


FRAMES = (  # none is one of an exam's drafts
    "What about {}?",
    "{}?",
    "Which {}?",
    "For {}?",
    "Tell me of {}.",
    "Do you remember {}?",
    "Any idea about {}?",
    "Somebody asked for {} today.",
    "How is it with {}, please?",
    "I keep forgetting {}; what was it?",
    "My question is on {}.",
    "Well now, {}: what is right?",
)


def _part(share: float) -> Callable[[str, Sequence[str], random.Random], str]:
    """A share of the keywords, at least one, in any order and a frame by lot."""

    def write(question: str, others: Sequence[str], rng: random.Random) -> str:
        found = keywords(question)
        kept = rng.sample(found, max(1, round(share * len(found))))
        return rng.choice(FRAMES).format(" ".join(kept))

    return write


NAMED = (
    Form("as written", "seed", _seed),
    Form("names and half of the topic", "keyword", _dropped),
    Form("keywords", "keyword", _plain),
    Form("asked politely", "template", _tell),
    Form("keywords in another order", "keyword", _turned),
    Form("names first", "keyword", _names_first),
    Form("topic first", "keyword", _asked_back),
    Form("said as a wish", "template", _know),
)
SCATTERED = (
    Form("as written", "seed", _seed),
    Form("half of the keywords", "keyword", _part(0.5)),
    Form("a third of the keywords", "keyword", _part(0.34)),
    Form("asked politely", "template", _tell),
    Form("two thirds of the keywords", "keyword", _part(0.67)),
    Form("half of the keywords again", "keyword", _part(0.5)),
    Form("a quarter of the keywords", "keyword", _part(0.25)),
    Form("keywords in another order", "keyword", _part(1.0)),
)
FORMS = {"named": NAMED, "scattered": SCATTERED}  # what a recipe may ask for
