"""One text from several authors.

Where three people send the same seeds, one text was handed round: a class, a campaign, or one person under several
names. It should be taken once, and somebody should look who wrote it.

Bad: the third author with the seeds of two others.  Good: one contribution, with its authors named in it.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.index import Index
from triage_rules.rule import Count, Facts, Hit, RuleSettings, Share, rule
from triage_rules.taxonomy import Leaf


class Settings(RuleSettings):
    """``authors``: from so many authors on, this one counted; ``share``: of a leaf's seeds that are the same; ``same``:
    of all words of two seeds that are."""

    authors: Count = 3
    share: Share = 0.5
    same: Share = 0.9


@rule(
    Weight.doubt,
    Settings,
    remedy="Agree on one contribution, and name all who wrote it in `attribution.txt`.",
    needs=("seeds_index",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Count the authors of the same seeds in other open contributions."""
    if facts.seeds_index is None or not contribution.who:
        return
    for leaf in contribution.leaves:
        authors = _authors(leaf, facts.seeds_index, contribution, settings)
        if len(authors) + 1 >= settings.authors:
            message = f"{len(authors)} other authors have sent the same text, in contributions that are open."
            yield Hit(leaf.place, message)


def _authors(leaf: Leaf, index: Index, contribution: Contribution, settings: Settings) -> set[str]:
    """Those who have as many of the leaf's seeds as make it the same text."""
    seeds: dict[str, set[int]] = {}
    for seed in leaf.seeds:
        for near in index.near(seed.question, seed.answer, settings.same):
            who = near.known.author
            if near.known.pull not in (None, contribution.number) and who and who != contribution.who:
                seeds.setdefault(who, set()).add(seed.index)
    return {who for who, found in seeds.items() if len(found) >= max(1.0, settings.share * len(leaf.seeds))}
