"""A licence that is not on the list.

A model trained on text under an unsuitable or unknown licence cannot be given away.

Bad: "License of the work: All rights reserved".
Good: an SPDX expression, "License of the work: CC-BY-SA-4.0".
"""

from collections.abc import Iterator

from triage_rules.attribution import LICENCE, Entry, read_attribution
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.licences import opinion
from triage_rules.rule import Hit, RuleSettings, WeightName, rule
from triage_rules.taxonomy import ATTRIBUTION
from triage_rules.yaml_tree import clip


class Settings(RuleSettings):
    """``allowed``: SPDX identifiers; ``near_miss``: the weight where an allowed one is meant but not
    written; ``public_domain``: where a work is said to be in the public domain.
    """

    allowed: tuple[str, ...] = (
        "CC0-1.0", "CDLA-Permissive-2.0", "CC-BY-4.0", "CC-BY-SA-4.0", "Apache-2.0", "MIT",
    )  # fmt: skip
    near_miss: WeightName = "doubt"
    public_domain: WeightName = "doubt"


@rule(Weight.fix, Settings, remedy="Name the work's licence by its SPDX identifier.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Judge every licence line of the attributions beside the leaves in the change."""
    allowed = frozenset(settings.allowed)
    for folder in contribution.folders:
        data = contribution.attribution(folder)
        if data is None:
            continue
        for block in read_attribution(data).blocks:
            for entry in block.entries:
                if entry.field == LICENCE and entry.value:
                    yield from _judge(f"{folder}/{ATTRIBUTION}", entry, allowed, settings)


def _judge(path: str, entry: Entry, allowed: frozenset[str], settings: Settings) -> Iterator[Hit]:
    place, text = Place(path, entry.line, entry.column), clip(entry.value, 60)
    found = opinion(entry.value, allowed)
    listed = ", ".join(settings.allowed)
    if found.state == "refused":
        yield Hit(
            place, f"`{text}` is not on the list of licences.", f"Allowed are {listed}; take another source."
        )
    elif found.state == "public":
        message = "Public domain is no licence identifier; it depends on the work and the country."
        remedy = "Write `CC0-1.0` if the work is given so; else a triager decides."
        yield Hit(place, message, remedy, Weight[settings.public_domain])
    elif found.state == "unknown" and found.near in allowed:
        message = f"`{text}` is no SPDX identifier; `{found.near}` seems to be meant."
        yield Hit(place, message, f"Write `{found.near}` if that is the licence.", Weight[settings.near_miss])
    elif found.state == "unknown":
        meant = f"; `{found.near}`, which it resembles, is not on the list" if found.near else ""
        yield Hit(place, f"`{text}` is no SPDX identifier{meant}.", f"Allowed are {listed}.")
