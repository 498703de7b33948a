"""An answer that its context does not support.

A context is there to answer from. An answer that brings names and numbers of its own teaches the model to add what
nobody told it.

Bad: "built in 1812" where the context says 1794; a designer whom it does not name.
Good: an answer whose facts stand in the context, or follow from it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from triage_rules.asking import is_task
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.gap import is_gap
from triage_rules.hints import Caseless
from triage_rules.languages import ENGLISH, language_of
from triage_rules.numbers import numbers, unexplained
from triage_rules.rule import Count, Hit, RuleSettings, Share, rule
from triage_rules.taxonomy import Leaf, Seed
from triage_rules.words import STOP, normal, words
from triage_rules.yaml_tree import clip

_ASKS = Caseless(
    r"^\W*(?:(?:in|on|at|from|by|to|of|with|for|since) )?(?:who|whom|whose|what|when|where|which|how|why|is|are|was"
    r"|were|does|do|did|has|have|can)\b",
)
_FREE = Caseless(
    r"\b(?:mean|means|learn|moral|think|opinion|feel|mood|sentiment|tone|genre|would|should|might|likely|next|"
    r"predict|advice|suggest|title|headline|classif\w+|categor\w+|mammal|summar\w+|main (?:point|idea|topic|complaint)|"
    r"complain|example|imagine|you)\b",
)
_WORKED = Caseless(
    r"\b(?:following|given|this|these|above|below)\s(?:\w+\s)?(?:words?|text|numbers?|list|poem|sentences?|message|code|string|"
    r"commit|quote|conversation|dialogue|statement|command|function|output)\b|\b(?:letters|characters|syllables|words|"
    r"rhyme|encod\w+|decod\w+|how (?:do|can|could) (?:i|we|one))\b",
)
_THIS = Caseless(r"\b(?:this|these)\b")
_SAYS_NOTHING = Caseless(
    r"\b(?:not|nothing|no|n't|unknown|cannot|can't|doesn't|isn't)\b[^.]{0,40}\b(?:say|says|said|mention\w*|state[sd]?|"
    r"given|specif\w+|provided?|information|clear|known|answer|told|context|text|passage)\b",
)
_PLAIN = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_WEAK = STOP | frozenset(
    (  # noqa: SIM905
        "not no yes only also more most very just some any all both each every other own same there here up out off "
        "over under after before between because since while until if but nor one two first"
    ).split()
)
_SHORT = re.compile(r"\b[A-Z]{3,6}\b")
_NAMELY = re.compile(r"\s(?:was|were|is|had|has|did)\b")


class Settings(RuleSettings):
    """``many``: the share of a knowledge leaf's seeds from which it is a doubt and no note, of at least ``at_least`` of
    them; a skill may reason beyond its context, so there it is a note. ``found``: the share of an answer's words that
    its context has at least, where it has ``words`` of its own."""

    many: Share = 0.3
    at_least: Count = 2
    found: Share = 0.15
    words: Count = 3


class _Known(NamedTuple):
    """What a context tells: stems of its words, its numbers, and its abbreviations."""

    stems: frozenset[str]
    numbers: frozenset[float]
    short: frozenset[str]


@rule(Weight.doubt, Settings, remedy="Answer from the context, or add to the context what the answer needs.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look in each context for the names, the numbers and the words of its answers."""
    for leaf in contribution.leaves:
        bad = list(_unsupported(leaf, settings))
        enough = leaf.kind == "knowledge" and len(bad) >= max(
            settings.at_least, settings.many * len(leaf.seeds)
        )
        for seed, why in bad:
            message = f"The answer to `{clip(seed.question)}` has {why} that its context lacks."
            yield Hit(Place(leaf.file, seed.answer_line), message, weight=None if enough else Weight.note)


def _unsupported(leaf: Leaf, settings: Settings) -> Iterator[tuple[Seed, str]]:
    known: dict[str, _Known | None] = {}
    asked = Counter(normal(seed.question) for seed in leaf.seeds)
    skill = leaf.kind == "grounded"
    for seed in leaf.seeds:
        if not seed.context or is_gap(seed.context) or is_gap(seed.answer):
            continue  # the author has still to write it
        if not _to_be_found(seed) or (skill and _is_an_exercise(seed, asked)):
            continue
        if seed.context not in known:
            known[seed.context] = _known(seed.context)
        told = known[seed.context]
        why = _lacking(seed, told, settings) if told is not None else None
        if why:
            yield seed, why


def _to_be_found(seed: Seed) -> bool:
    """Is it a question whose answer should stand in the context, and does it have an answer of words?"""
    if len(seed.question) > 1000 or len(seed.answer) > 2000:
        return False
    if not _ASKS.match(seed.question) or is_task(seed.question) or _FREE.search(seed.question):
        return False
    if _SAYS_NOTHING.search(seed.answer) or _WORKED.search(seed.question):
        return False
    if seed.answer.startswith(("{", "[", "`", "|")) or "```" in seed.answer:
        return False
    return language_of(seed.answer) in (ENGLISH, None)


def _is_an_exercise(seed: Seed, asked: Mapping[str, int]) -> bool:
    """Is the question put to several contexts, or to "this ship"? Then what to answer is for the skill to know."""
    return asked[normal(seed.question)] > 1 or _THIS.search(seed.question) is not None


def _known(context: str) -> _Known | None:
    """None for a context that this rule can't read."""
    if language_of(context) not in (ENGLISH, None):
        return None
    return _Known(_stems(context), numbers(context), frozenset(_SHORT.findall(context)))


def _lacking(seed: Seed, told: _Known, settings: Settings) -> str | None:
    """What the answer has and the context lacks; None where all is well."""
    asked = _stems(seed.question)
    if unexplained(numbers(seed.answer), told.numbers | numbers(seed.question)):
        return "a number"
    named = list(_names(seed))
    if _spells_out(named, told.short):
        return None
    if any(_stem(name[:24]) not in told.stems | asked for name in named):
        return "a name"
    own = _stems(seed.answer) - asked
    found = own & told.stems
    if len(own) >= settings.words and len(found) <= settings.found * len(own):
        return "words"
    return None


def _spells_out(named: list[str], short: frozenset[str]) -> bool:
    """Are these the words that an abbreviation of the context stands for?"""
    initials = "".join(name[0] for name in named)
    return any(each in initials or each[1:] == initials for each in short)


def _names(seed: Seed) -> Iterator[str]:
    """Words with a capital inside a sentence; the first word too where it is plainly who was asked for."""
    answer = seed.answer
    if answer.isupper() or answer.istitle():
        return
    asks_who = seed.question[:4].casefold() == "who "
    for match in _PLAIN.finditer(answer):
        word = match.group()
        short = len(word) < 2 or (
            len(word) < 6 and word.isupper()
        )  # an abbreviation may stand for what is told
        if not word[0].isupper() or word.casefold() in _WEAK or short:
            continue
        before = answer[: match.start()].rstrip(" \"'`*(\n-•")
        inside = before and before[-1] not in ".?!:;"
        if inside or (not before and asks_who and _NAMELY.match(answer, match.end())):
            yield word


def _stems(text: str) -> frozenset[str]:
    return frozenset(_stem(word[:24]) for word in words(text) if word not in _WEAK and not word.isdigit())


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    """A word without what its forms differ in; crude, and the same for both sides."""
    plain = word.casefold().removesuffix("'s").removesuffix("’s")
    plain = plain.removesuffix("s") if len(plain) > 3 and not plain.endswith("ss") else plain
    for ending in ("ing", "ie", "ied", "ed", "e", "ly", "y"):
        if plain.endswith(ending) and len(plain) - len(ending) >= 3:
            plain = plain[: -len(ending)]
            break
    return plain[:6]
