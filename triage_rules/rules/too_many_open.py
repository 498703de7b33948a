"""More open contributions of one author than people can answer.

Whoever sends thirty at once makes everybody else wait; and what is said of the first would have mended the others.

Bad: the thirtieth contribution of somebody whose first is not answered.
Good: a few, and the next when they are decided.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Count, Facts, Hit, RuleSettings, rule


class Settings(RuleSettings):
    """``at_most``: contributions that one author may have open at a time; it speaks of those that came later."""

    at_most: Count = 10


@rule(
    Weight.doubt,
    Settings,
    remedy="Wait until some of them are decided, or close what is not meant any more.",
    needs=("others",),
)
def check(contribution: Contribution, settings: Settings, facts: Facts) -> Iterator[Hit]:
    """Count those that the author opened before this one."""
    others = facts.told.others
    if others is not None and len(others.before) >= settings.at_most:
        count = len(others.before)
        message = (
            f"The author had {count} contributions open before this one; {settings.at_most} are the limit."
        )
        yield Hit(Place(""), message)
