"""A file that is no YAML, or YAML that no leaf needs.

What cannot be read cannot be judged; what is nested, endless or repeats itself by reference is refused
unread.

Bad: text on the line of `|`; two keys `question` in one seed; a tab as indent.
Good: the text below `|`, indented.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.repair import repair
from triage_rules.rule import Hit, RuleSettings, rule


@rule(Weight.fix, remedy="Mend the line.")
def check(contribution: Contribution, settings: RuleSettings) -> Iterator[Hit]:
    """Pass on what the reader met with."""
    for reading in contribution.readings:
        for trouble in reading.troubles:
            place = Place(reading.path, trouble.line, trouble.column)
            fix = None if trouble.hostile else repair(contribution.content(reading.path) or b"", trouble)
            yield Hit(place, trouble.message, trouble.remedy, Weight.stop if trouble.hostile else None, fix)
