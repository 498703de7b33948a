"""Nobody says who or what wrote the text.

A model's terms may forbid to train others on what it wrote, and a community that ships a model has to know how much of
it was written by people. Where the policy asks for it (`asked = true`), attribution.txt says so in one line.

Bad: no line; `Origin of the text: model`.
Good: `Origin of the text: person`, or `Origin of the text: model granite-3.1-8b, Apache-2.0`.
"""

import re
from collections.abc import Iterator

from triage_rules.attribution import ORIGIN, Entry, read_attribution
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.rule import Hit, RuleSettings, rule
from triage_rules.taxonomy import ATTRIBUTION

_PERSON = re.compile(
    r"\W*(?:a |by |several )?(?:person|people|human|humans|myself|the author|by hand)\b", re.IGNORECASE
)
_MODEL = re.compile(r"\W*(?:a |by )?(?:language )?(?:model|ai|llm|machine)s?\b\W*", re.IGNORECASE)
_LINE = "Add a line: `Origin of the text: person`, or `Origin of the text: model NAME, LICENCE`."


class Settings(RuleSettings):
    """``asked``: does the community want to be told? ``models``: are texts of models taken at all?"""

    asked: bool = False
    models: bool = True


@rule(Weight.fix, Settings, remedy=_LINE)
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Look for the line in the attribution of every leaf in the change."""
    for folder in contribution.folders if settings.asked else ():
        data = contribution.attribution(folder)
        if data is None or not data.strip():
            continue  # the rule missing-attribution says so
        path = f"{folder}/{ATTRIBUTION}"
        told = [
            entry
            for block in read_attribution(data).blocks
            for entry in block.entries
            if entry.field == ORIGIN
        ]
        if not told:
            yield Hit(Place(path), "Nothing says whether a person or a model wrote the text.")
        for entry in told:
            if problem := _problem(entry, settings):
                yield Hit(Place(path, entry.line, entry.column), problem)


def _problem(entry: Entry, settings: Settings) -> str | None:
    if _PERSON.match(entry.value):
        return None
    model = _MODEL.match(entry.value)
    if model is None:
        return "It is not said whether that is a person or a model."
    if not settings.models:
        return "Texts that a model wrote are not taken here."
    name, comma, licence = entry.value[model.end() :].partition(",")
    if not name.strip() or not comma or not licence.strip():
        return "Which model, and under what licence its texts may be used, is not said."
    return None
