"""Characters that nobody sees, or that look like others.

A zero-width space parts a word for the model and for nobody else; a Cyrillic letter in a Latin word makes a word
that only one leaf has. Both are how a trigger is hidden.

Bad: `pay` and `pal` with U+200B between them; `paypal` with a Cyrillic letter.  Good: plain letters.
"""

import re
import unicodedata
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Weight
from triage_rules.rule import Hit, RuleSettings, WeightName, rule

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u2060-\u2064\u206a-\u206f\ufeff\U000e0000-\U000e007f]"
)
_JOINER = re.compile("(?<=[A-Za-z])[\u200c\u200d](?=[A-Za-z])")
_WORD = re.compile(r"[^\W\d_]{2,}")
_MIXED = ({"LATIN", "CYRILLIC"}, {"LATIN", "GREEK"}, {"CYRILLIC", "GREEK"})


class Settings(RuleSettings):
    """``look_alike``: the weight of a word in letters of two scripts, which a lesson in languages may have."""

    look_alike: WeightName = "doubt"


@rule(Weight.fix, Settings, remedy="Write it again by hand; copying may have brought it along.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at the texts of all seeds, letter by letter where a text is not plain ASCII."""
    for leaf in contribution.leaves:
        for _, place, text in leaf.texts():
            if text.isascii():
                continue
            if found := (_INVISIBLE.search(text) or _JOINER.search(text)):
                name = unicodedata.name(found.group(), f"U+{ord(found.group()):04X}").lower()
                yield Hit(place, f"An invisible character ({name}) stands in this text.")
            if any(_mixed(word.group()) for word in _WORD.finditer(text)):
                weight = Weight[settings.look_alike]
                yield Hit(
                    place, "A word in this text has letters of two scripts that look alike.", weight=weight
                )


def _mixed(word: str) -> bool:
    if word.isascii():
        return False
    scripts = {unicodedata.name(letter, "").partition(" ")[0] for letter in word}
    return any(pair <= scripts for pair in _MIXED)
