"""An answer too short for what is asked.

Who asks why wants a reason; a model that is shown "Yes." learns to give none.

Bad: "Why do moons shine?" answered by "Light."  Good: a sentence that says how.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import Seed
from triage_rules.words import words

_REASONED = re.compile(
    r"^(?:\W*(?:please|can you|could you)\W+)?(?:why|explain|describe|elaborate|discuss|justify|summari[sz]e|compare"
    r"|tell me why)\b"
    r"|\b(?:explain your (?:reasoning|answer)|step[- ]by[- ]step|give (?:a|your) reasons?|in your own words)\b",
    re.IGNORECASE,
)


class Settings(RuleSettings):
    """``least``: words that an answer needs where a reason or a description is asked; ``many``: the share of a leaf's
    seeds from which that is a doubt and no note."""

    least: int = 3
    many: float = 0.25


@rule(Weight.doubt, Settings, remedy="Say the reason in a sentence.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Count the words of answers to questions that ask for more than a word."""
    for leaf in contribution.leaves:
        weak = [s for s in leaf.seeds if _REASONED.search(s.question) and 0 < _length(s) < settings.least]
        weight = None if len(weak) >= settings.many * len(leaf.seeds) else Weight.note
        for seed in weak:
            length = "one word" if _length(seed) == 1 else f"{_length(seed)} words"
            message = f"The question asks for a reason or a description; the answer has {length}."
            yield Hit(Place(leaf.file, seed.answer_line), message, weight=weight)


def _length(seed: Seed) -> int:
    return len(words(seed.answer))
