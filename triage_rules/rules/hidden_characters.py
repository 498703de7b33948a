"""Characters that nobody sees, or that look like others.

A zero-width space parts a word for the model and for nobody else; a Cyrillic letter in a Latin word makes a word
that only one leaf has. Both are how a trigger is hidden, and how a filter is passed.

Bad: `pay` and `pal` with U+200B between them; `paypal` with a Cyrillic letter.  Good: plain letters.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, WeightName, rule
from triage_rules.taxonomy import ATTRIBUTION, Leaf

_INVISIBLE = re.compile(
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb"
    "\ue000-\uf8ff\U000e0000-\U000e01ef]"
)
_FLAG = re.compile("\U0001f3f4[\U000e0061-\U000e007a]{2,6}\U000e007f")  # of England and the like
_JOINER = re.compile("(?<=[A-Za-z])[\u200c\u200d](?=[A-Za-z])")
_VARIED = re.compile("[\ufe00-\ufe0f]{2,}|(?<=[A-Za-z])[\ufe00-\ufe0f]")
_MARKS = re.compile("[\u200e\u200f\u061c]")  # of direction: right where a text is written from right to left
_RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_LATIN_LIKE = ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "COPTIC", "LISU")
_MIXED = (*({"LATIN", other} for other in _LATIN_LIKE), {"CYRILLIC", "GREEK"})
# Small letters of other scripts that are drawn as Latin ones; a word of them alone looks like a Latin word.
_TWINS = frozenset("асеорхуіјѕԁԛԝһӏɡαονρτυικ")
_STYLED = re.compile("[\U0001d400-\U0001d7ff\uff21-\uff5a\u24b6-\u24e9]{3,}")


class Settings(RuleSettings):
    """``look_alike``: the weight of a word in letters of two scripts, which a lesson in languages may have; ``styled``:
    of Latin letters in another guise (bold, circled, wide), which posts on social networks have."""

    look_alike: WeightName = "doubt"
    styled: WeightName = "note"


@rule(Weight.fix, Settings, remedy="Write it again by hand; copying may have brought it along.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at the texts of all leaves and their attributions, letter by letter where they are not plain ASCII."""
    for leaf in contribution.leaves:
        for place, text in _texts(leaf):
            if not text.isascii():
                yield from _look(place, text, settings)
    for folder in contribution.folders:
        text = (contribution.attribution(folder) or b"").decode("utf-8", "replace").lstrip("\ufeff")
        if not text.isascii():
            yield from _look(Place(f"{folder}/{ATTRIBUTION}"), text, settings)


def _texts(leaf: Leaf) -> Iterator[tuple[Place, str]]:
    for _, place, text in leaf.texts():
        yield place, text
    for told in (leaf.task_description, leaf.domain, leaf.document_outline, leaf.created_by):
        yield leaf.place, told or ""


def _look(place: Place, text: str, settings: Settings) -> Iterator[Hit]:
    if found := _hidden(text):
        name = unicodedata.name(found, f"U+{ord(found):04X}").lower()
        yield Hit(place, f"An invisible character ({name}) stands in this text.")
    if _is_disguised(text):
        message = "A word in this text has letters of two scripts that look alike."
        yield Hit(place, message, weight=Weight[settings.look_alike])
    if _STYLED.search(text):
        message = "Latin letters stand in this text in another guise, such as bold or circled ones."
        yield Hit(place, message, "Write plain letters.", Weight[settings.styled])


def _hidden(text: str) -> str | None:
    """The first character that is not seen, or None."""
    plain = _FLAG.sub("", text)
    found = _INVISIBLE.search(plain) or _JOINER.search(plain) or _VARIED.search(plain)
    if found is None and _RIGHT_TO_LEFT.search(plain) is None:
        found = _MARKS.search(plain)
    return found.group()[0] if found else None


def _is_disguised(text: str) -> bool:
    """Has it a word of two scripts, or among Latin words one that only seems to be Latin?"""
    found = [word.group() for word in _WORD.finditer(text)]
    if any(_mixed(word) for word in found):
        return True
    latin = sum(word.isascii() for word in found)
    twins = [word for word in found if len(word) > 2 and set(word.lower()) <= _TWINS]
    foreign = sum(not word.isascii() and _script(word[0]) in ("CYRILLIC", "GREEK") for word in found)
    return bool(twins) and foreign == len(twins) and latin > 4 * len(twins)


@lru_cache(maxsize=8192)
def _mixed(word: str) -> bool:
    if word.isascii():
        return False
    scripts = {_script(letter) for letter in word}
    return any(pair <= scripts for pair in _MIXED)


@lru_cache(maxsize=4096)
def _script(letter: str) -> str:
    return unicodedata.name(letter, "").partition(" ")[0]
