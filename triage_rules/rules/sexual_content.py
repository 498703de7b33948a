"""Sexual content in a seed.

What a model was shown in a lesson it says to a child as well. Biology, medicine and law speak of the same things in
other words; where a leaf needs the coarse ones, a person looks. Where it speaks of children too, it is sent back.

Bad: an erotic scene.  Good: how flowers are pollinated, what a screening for breast cancer is.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.obscene_words import is_sexual, may_be_sexual, speaks_of_children
from triage_rules.rule import Hit, RuleSettings, WeightName, rule


class Settings(RuleSettings):
    """``children``: the weight where children are spoken of in the same text."""

    children: WeightName = "stop"


@rule(Weight.doubt, Settings, remedy="Take it out, or say in the description why a model should learn it.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Search the texts of all seeds; what is found is named by kind and place, never repeated."""
    for leaf in contribution.leaves:
        for _, place, text in leaf.texts() if may_be_sexual(leaf.words) else ():
            if is_sexual(text):
                young = speaks_of_children(text)
                kind = "sexual content, and speaks of children" if young else "sexual content"
                yield Hit(
                    place, f"This text holds {kind}.", weight=Weight[settings.children] if young else None
                )
