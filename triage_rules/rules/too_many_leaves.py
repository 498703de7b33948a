"""More leaves in one contribution than people can look at.

A contribution is accepted or sent back as a whole: one weak leaf holds up all the others, and when a model gets
worse nobody can say by which of them.

Bad: forty leaves at once.  Good: one leaf, or a few that belong together.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Count, Hit, RuleSettings, rule


class Settings(RuleSettings):
    """``at_most``: leaves that one contribution may add or change."""

    at_most: Count = 10


@rule(
    Weight.fix,
    Settings,
    remedy="Make a contribution of each leaf, or of each few that belong together.",
    across=True,
)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count the leaves."""
    if (count := len(contribution.leaves)) > settings.at_most:
        yield Hit(Place(""), f"{count} leaves; {settings.at_most} are the limit.")
