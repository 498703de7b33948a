"""The same seed twice in one leaf.

A repeated seed counts for one: it adds no spread, and one half of it may end up as the other half's exam.

Bad: "What is a moon?" twice, the second time with a capital more.  Good: two questions.
"""

from collections.abc import Iterator
from functools import lru_cache, partial

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.keys import shingles
from triage_rules.rule import Count, Hit, RuleSettings, Share, rule
from triage_rules.taxonomy import Leaf, Seed
from triage_rules.words import differ_by_names, entities, jaccard, normal


class Settings(RuleSettings):
    """``alike``: the share of common words from which two seeds are called nearly the same; ``many``: the share of a
    leaf's seeds from which that is a doubt and no note."""

    alike: Share = 0.9
    many: Share = 0.25
    most_compared: Count = 400


@rule(Weight.fix, Settings, remedy="Replace one of the two.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Compare the seeds of each leaf with those before them, in the same context."""
    for leaf in contribution.leaves:
        yield from _exact(leaf)
        if len(leaf.seeds) <= settings.most_compared:
            yield from _nearly(leaf, settings)


def _key(seed: Seed) -> tuple[str, str, str]:
    return normal(seed.question), normal(seed.answer), normal(seed.context or "")


def _whole(seed: Seed) -> str:
    return f"{seed.question} {seed.answer}"


def _exact(leaf: Leaf) -> Iterator[Hit]:
    first: dict[tuple[str, str, str], Seed] = {}
    for seed in leaf.seeds:
        known = first.setdefault(_key(seed), seed)
        if known is not seed and any(_key(seed)):
            yield Hit(leaf.seed_place(seed), f"This seed repeats the one of line {known.line}.")


def _nearly(leaf: Leaf, settings: Settings) -> Iterator[Hit]:
    pairs = list(_near_pairs(leaf, settings.alike))
    weight = Weight.doubt if len(pairs) >= settings.many * len(leaf.seeds) else Weight.note
    for seed, other in pairs:
        yield Hit(leaf.seed_place(seed), f"This seed is nearly the one of line {other.line}.", weight=weight)


def _near_pairs(leaf: Leaf, alike: float) -> Iterator[tuple[Seed, Seed]]:
    seen: list[tuple[Seed, frozenset[str]]] = []
    names = lru_cache(maxsize=None)(lambda index: entities(_whole(leaf.seeds[index])))
    for seed in leaf.seeds:
        tokens = shingles(seed.question, seed.answer)
        for other, theirs in seen:
            few, many = sorted((len(tokens), len(theirs)))
            if seed.context != other.context or (few < many and few / many < alike):
                continue  # with so unlike numbers of words they can't be alike
            if jaccard(tokens, theirs) < alike or (tokens == theirs and _key(seed) == _key(other)):
                continue
            ours, known = partial(names, seed.index), partial(names, other.index)
            if not differ_by_names(tokens, theirs, ours, known):
                yield seed, other
                break
        if len(tokens) >= 5:
            seen.append((seed, tokens))
