"""Fields missing in attribution.txt.

A link without a licence, or a licence without a work, lets nobody check that the text may be used.

Bad: "Link to work: https://example.org/moons" and nothing else.
Good: title, link, revision, licence, creators.
"""

from collections.abc import Iterator

from triage_rules.attribution import (
    CREATORS,
    LABELS,
    LICENCE,
    LINK,
    ORIGIN,
    REVISION,
    TITLE,
    Block,
    read_attribution,
)
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, WeightName, rule
from triage_rules.taxonomy import ATTRIBUTION


class Settings(RuleSettings):
    """The fields that each kind needs, and the weight of a skill's gaps (its text is mostly the author's
    own).
    """

    knowledge: tuple[str, ...] = (TITLE, LINK, REVISION, LICENCE, CREATORS)
    skill: tuple[str, ...] = (TITLE, LICENCE, CREATORS)
    skill_weight: WeightName = "doubt"


@rule(Weight.fix, Settings, remedy="Add the line, for example `License of the work: CC-BY-SA-4.0`.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Read the attribution of every leaf in the change, block by block."""
    for folder in contribution.folders:
        data = contribution.attribution(folder)
        if data is None or not data.strip():
            continue
        path = f"{folder}/{ATTRIBUTION}"
        attribution = read_attribution(data)
        knowledge = contribution.kind_of(folder) == "knowledge"
        weight = None if knowledge else Weight[settings.skill_weight]
        if attribution.self_authored and not knowledge:
            continue
        if not attribution.blocks:
            yield Hit(Place(path, 1, 1), "No `Field: value` line is found.", _TEMPLATE, weight)
        for block in attribution.blocks:
            missing = _missing(block, settings.knowledge if knowledge else settings.skill)
            if missing:
                names = ", ".join(f"`{LABELS[field]}`" for field in missing)
                yield Hit(Place(path, block.line, 1), f"Missing or empty: {names}.", weight=weight)


def _missing(block: Block, wanted: tuple[str, ...]) -> list[str]:
    return [field for field in wanted if block.get(field) is None]


_TEMPLATE = (
    "Write five lines: "
    + ", ".join(f"`{label}: ...`" for field, label in LABELS.items() if field != ORIGIN)
    + "."
)
