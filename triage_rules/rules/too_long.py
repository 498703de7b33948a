"""A text longer than a model can be shown whole.

A seed is trained as one piece: what does not fit is cut off, mostly in the middle of the answer, and a teacher that
gets too long a leaf invents the rest.

Bad: a context of two thousand words.  Good: the paragraph that the questions are about.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Count, Hit, RuleSettings, rule
from triage_rules.words import count_words


class Settings(RuleSettings):
    """The most words of a context, a question, an answer, and of all texts of a leaf together."""

    context: Count = 800
    question: Count = 300
    answer: Count = 500
    leaf: Count = 8000


@rule(Weight.doubt, Settings, remedy="Shorten it, or split the leaf.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count words."""
    for leaf in contribution.leaves:
        whole = 0
        for name, place, text in leaf.texts():
            count = count_words(text)
            whole += count
            limit = int(getattr(settings, name))
            if count > limit:
                yield Hit(place, f"The {name} has {count} words; {limit} are the limit.")
        if whole > settings.leaf:
            yield Hit(leaf.place, f"The leaf has {whole} words; {settings.leaf} are the limit.")
