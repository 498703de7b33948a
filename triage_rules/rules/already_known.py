"""A leaf whose questions the current model answers already.

Training teaches nothing then, and costs as much; the place in the batch is another's.

Bad: nine of ten questions answered right before any training.  Good: questions that the model gets wrong.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Facts, Hit, RuleSettings, Share, rule
from triage_rules.yaml_tree import clip


class Settings(RuleSettings):
    """``known``: the share of right answers from which a leaf is known. The questions are the leaf's own, by choice
    among its answers, which is easier than to answer freely: so it is a note."""

    known: Share = 0.8


@rule(
    Weight.note,
    Settings,
    remedy="Ask for what the model gets wrong: `upweight precheck` shows its answers.",
    needs=("answered",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Look at each leaf that a model was asked about."""
    for leaf in contribution.leaves:
        for each in facts.told.answered or ():
            if each.leaf == leaf.path and each.count and each.share >= settings.known:
                right = round(each.share * each.count)
                message = f"{clip(each.model)} answers {right} of {each.count} questions right already."
                yield Hit(leaf.place, message)
