"""Contexts in some seeds of a leaf and not in others.

A grounded skill works on the text that it is given, a freeform one has none; what is a bit of both is trained as
neither. A fact is asked with the book closed: where the same question has another answer in each context, no model
can answer it.

Bad: five seeds, two of them with a context; "What is its capital?" about three countries.
Good: a context in every seed or in none; questions that name what they are about.
"""

from collections import defaultdict
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import Leaf, Seed
from triage_rules.words import normal


@rule(Weight.doubt, remedy="Give every seed a context, or none.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Compare the seeds of each leaf with one another."""
    for leaf in contribution.leaves:
        if leaf.kind == "grounded":
            bare = [seed for seed in leaf.seeds if not seed.context]
            if bare:
                message = f"{len(bare)} of {len(leaf.seeds)} seeds have no context, and the others have one."
                yield Hit(leaf.seed_place(bare[0]), message)
        elif leaf.kind == "knowledge":
            yield from _told_apart_by_context(leaf)


def _told_apart_by_context(leaf: Leaf) -> Iterator[Hit]:
    asked: dict[str, list[Seed]] = defaultdict(list)
    for seed in leaf.seeds:
        asked[normal(seed.question)].append(seed)
    for seeds in asked.values():
        if (
            len({normal(seed.context or "") for seed in seeds}) > 1
            and len({normal(seed.answer) for seed in seeds}) > 1
        ):
            message = f"{len(seeds)} seeds ask the same, and only their contexts tell what is meant."
            yield Hit(leaf.seed_place(seeds[1]), message, "Name in the question what it is about.")
