"""A leaf from which no training rows could be written.

The teacher wrote nothing, or all of it was filtered out: the seeds are too vague to be varied, or the answers did not
hold against the context. What has no rows is not trained.

Bad: two hundred rows written, three kept.  Good: most of what is written is kept.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Facts, Hit, RuleSettings, Share, rule


class Settings(RuleSettings):
    """``kept``: the share of the written rows that must be left after filtering."""

    kept: Share = 0.1


@rule(
    Weight.doubt,
    Settings,
    remedy="Make the questions more specific, and the answers follow from what is given.",
    needs=("generated",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Look at each leaf from which rows were written."""
    for leaf in contribution.leaves:
        for each in facts.told.generated or ():
            if each.leaf != leaf.path:
                continue
            if not each.written:
                yield Hit(leaf.place, "No training row could be written from this leaf.")
            elif each.kept < settings.kept * each.written:
                message = f"Of {each.written} training rows written from this leaf {each.kept} were kept."
                yield Hit(leaf.place, message)
