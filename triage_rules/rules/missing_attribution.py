"""No attribution beside a leaf.

Whoever ships the model has to know where each leaf's text comes from and under what licence.

Bad: a qna.yaml alone in its folder.
Good: an attribution.txt beside it that names work, licence and creators.
"""

from collections.abc import Iterator

from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Count, Hit, RuleSettings, rule
from triage_rules.taxonomy import ATTRIBUTION, ROOTS


class Settings(RuleSettings):
    """``from_version``: leaves of an older schema need none."""

    from_version: Count = 1


@rule(Weight.fix, Settings, remedy="Add an attribution.txt beside the qna.yaml.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look beside every leaf, and for attributions that stand where no leaf is."""
    for folder in contribution.folders:
        data = contribution.attribution(folder)
        version = contribution.version_of(folder)
        if version is not None and version < settings.from_version:
            continue
        place = Place(f"{folder}/{ATTRIBUTION}")
        if data is None:
            yield Hit(place, "There is no attribution.txt beside the leaf.")
        elif not data.strip(b"\xef\xbb\xbf \t\r\n"):
            yield Hit(
                place,
                "The attribution.txt is empty.",
                "Fill in title, link, licence and creators of the work.",
            )
    for file in contribution.files:
        alone = (
            file.name == ATTRIBUTION and file.after is not None and file.folder not in contribution.folders
        )
        if alone and file.path.split("/", 1)[0] in ROOTS and file.status == "added":
            yield Hit(
                Place(file.path),
                "An attribution.txt stands here without a leaf.",
                "Move it beside its qna.yaml.",
            )
