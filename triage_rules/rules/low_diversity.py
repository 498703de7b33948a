"""Seeds that differ in next to nothing.

The teacher writes more of what it is shown: from twelve seeds of one shape and one answer it makes a thousand rows of
one shape and one answer.

Bad: five questions, all answered by "Yes."  Good: questions of several kinds, with answers of their own.
"""

from collections import Counter
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Count, Hit, RuleSettings, Share, rule
from triage_rules.words import normal


class Settings(RuleSettings):
    """``same_answer``: the share of seeds with one answer from which a leaf is called uniform."""

    same_answer: Share = 0.9
    at_least: Count = 5


@rule(Weight.doubt, Settings, remedy="Add seeds that ask for something else.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count the commonest answer of every leaf."""
    for leaf in contribution.leaves:
        answers = Counter(filter(None, (normal(seed.answer) for seed in leaf.seeds)))
        if len(leaf.seeds) < settings.at_least or not answers:
            continue
        _, count = answers.most_common(1)[0]
        if count >= settings.same_answer * len(leaf.seeds):
            message = f"{count} of {len(leaf.seeds)} seeds have the same answer."
            yield Hit(Place(leaf.file, leaf.seeds_line), message)
