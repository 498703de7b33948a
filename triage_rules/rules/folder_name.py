"""A folder called otherwise than the others.

Folders are what people browse and what scores are told by; `Tech Manual` beside `technical_manual` splits a subject.

Bad: knowledge/Technical Manual.  Good: knowledge/technical_manual.
"""

import re
from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, WeightName, rule
from triage_rules.yaml_tree import clip

_RIGHT = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")


class Settings(RuleSettings):
    """``blank``: the weight of a space in a name, which breaks paths in tools; all else is a matter of custom."""

    blank: WeightName = "fix"


@rule(Weight.note, Settings, remedy="Use small letters, digits and underscores.", across=True)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look at the folders of the leaves that a change adds."""
    told: set[str] = set()
    for file in contribution.files:
        if file.status != "added" or not file.in_tree:
            continue
        for part in file.folder.split("/"):
            if part in told or _RIGHT.fullmatch(part):
                continue
            told.add(part)
            wanted = re.sub(r"[^a-z0-9]+", "_", part.casefold()).strip("_")
            remedy = f"Call it `{wanted}`." if wanted else ""
            weight = Weight[settings.blank] if any(letter.isspace() for letter in part) else None
            yield Hit(Place(file.path), f"The folder is called `{clip(part)}`.", remedy, weight)
