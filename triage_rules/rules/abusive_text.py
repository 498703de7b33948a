"""Hatred, threats, insults or swearing in a seed.

A model says what it was shown, to anybody. Hatred and threats need a person's look even where a leaf quotes them to
teach how they are known; a swear word alone is only noted. What is found is named by its kind and place and never
repeated.

Bad: an answer that calls the reader names; "they are vermin" of any people.
Good: "The review calls the waiter names", told and not shown.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.foul_speech import SWEARING, foul_kinds, telling_words
from triage_rules.rule import Hit, RuleSettings, WeightName, rule
from triage_rules.words import may_hold


class Settings(RuleSettings):
    """``profanity``: the weight of a swear word that is aimed at nobody."""

    profanity: WeightName = "note"


@rule(Weight.doubt, Settings, remedy="Take it out, or say in the description why a model should learn it.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Search the texts of all seeds for words and turns of speech."""
    for leaf in contribution.leaves:
        telling = telling_words(leaf.words)
        for _, place, text in leaf.texts() if telling else ():
            for kind in sorted(foul_kinds(text)) if may_hold(text, telling) else ():
                weight = Weight[settings.profanity] if kind == SWEARING else None
                yield Hit(place, f"This text holds {kind}.", weight=weight)
