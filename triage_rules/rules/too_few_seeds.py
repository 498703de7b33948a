"""Too few seeds in a leaf.

The teacher copies the spread of the seeds: two seeds give two kinds of question, and a model that knows two.

Bad: a leaf with two seeds.  Good: five, each of another kind.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Count, Hit, RuleSettings, rule


class Settings(RuleSettings):
    """``at_least``: entries of ``seed_examples`` that a leaf needs. From ``in_doubt`` on (none by itself) a leaf with
    fewer is a person's to decide."""

    at_least: Count = 5
    in_doubt: Count | None = None


@rule(Weight.stop, Settings, remedy="Add seeds, each asking in another way or about something else.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count the entries of every leaf that could be read; one that is only moved is noted."""
    for leaf in contribution.leaves:
        if leaf.groups < settings.at_least:
            some = f"{leaf.groups or 'No'} {'entry' if leaf.groups == 1 else 'entries'} of `seed_examples`"
            place = Place(leaf.file, leaf.seeds_line, 1 if leaf.seeds_line else None)
            doubtful = settings.in_doubt is not None and leaf.groups >= settings.in_doubt
            weight = Weight.note if leaf.file in contribution.moved else Weight.doubt if doubtful else None
            yield Hit(place, f"{some}; at least {settings.at_least} are needed.", weight=weight)
