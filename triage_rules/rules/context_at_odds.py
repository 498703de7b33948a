"""Contexts in some seeds of a leaf and not in others, or contexts that are none.

A grounded skill works on the text that it is given, a freeform one has none; what is a bit of both is trained as
neither. A fact is asked with the book closed: where the same question has another answer in each context, no model
can answer it.

Bad: five seeds, two of them with a context; `context: N/A`; "What is its capital?" about three countries.
Good: a context in every seed or in none; questions that name what they are about.
"""

from collections import defaultdict
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.hints import Caseless
from triage_rules.rule import Hit, RuleSettings, Share, rule
from triage_rules.taxonomy import Leaf, Seed
from triage_rules.words import normal

_NOTHING = Caseless(
    r"\W*(?:n/?a|none|null|nil|empty|no(?:ne)? context(?: (?:needed|required|given))?"
    r"|not (?:applicable|needed|available)|context)?\W*",
)


class Settings(RuleSettings):
    """``many``: the share of a leaf's seeds from which an empty context, or the same question in several contexts, is a
    doubt and no note."""

    many: Share = 0.25


@rule(Weight.doubt, Settings, remedy="Give every seed a context, or none.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Compare the seeds of each leaf with one another."""
    for leaf in contribution.leaves:
        if leaf.kind == "grounded":
            yield from _bit_of_both(leaf, settings)
        elif leaf.kind == "knowledge":
            yield from _told_apart_by_context(leaf, settings)


def _bit_of_both(leaf: Leaf, settings: Settings) -> Iterator[Hit]:
    bare = [seed for seed in leaf.seeds if not seed.context]
    empty = [seed for seed in leaf.seeds if seed.context and _says_nothing(seed)]
    if empty:
        message = f"The context of {len(empty)} of {len(leaf.seeds)} seeds says nothing, or only repeats the question."
        weight = Weight.note if len(empty) < settings.many * len(leaf.seeds) else None
        yield Hit(
            leaf.seed_place(empty[0]), message, "Leave `context` out of a skill that needs no text.", weight
        )
    given = [seed for seed in leaf.seeds if seed.context and seed not in empty]
    if not bare or not given:
        return
    if len(bare) <= len(given):
        message = f"{len(bare)} of {len(leaf.seeds)} seeds have no context, and the others have one."
        yield Hit(leaf.seed_place(bare[0]), message)
    else:
        message = f"{len(given)} of {len(leaf.seeds)} seeds have a context, and the others have none."
        yield Hit(leaf.seed_place(given[0]), message)


def _says_nothing(seed: Seed) -> bool:
    context = seed.context or ""
    return _NOTHING.fullmatch(context[:80]) is not None or normal(context) == normal(seed.question)


def _told_apart_by_context(leaf: Leaf, settings: Settings) -> Iterator[Hit]:
    asked: dict[str, list[Seed]] = defaultdict(list)
    for seed in leaf.seeds:
        asked[normal(seed.question)].append(seed)
    unclear = [seeds for seeds in asked.values() if _answered_by_context(seeds)]
    few = sum(map(len, unclear)) < settings.many * len(leaf.seeds)
    for seeds in unclear:
        message = f"{len(seeds)} seeds ask the same, and only their contexts tell what is meant."
        remedy = "Name in the question what it is about."
        yield Hit(leaf.seed_place(seeds[1]), message, remedy, Weight.note if few else None)


def _answered_by_context(seeds: list[Seed]) -> bool:
    return (
        len({normal(seed.context or "") for seed in seeds}) > 1
        and len({normal(seed.answer) for seed in seeds}) > 1
    )
