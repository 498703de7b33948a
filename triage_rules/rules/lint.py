"""Layout that the community's linter refuses.

Trailing spaces and odd indents are where a text silently becomes another text.

Bad: spaces at the end of a line; no newline at the end of the file.
Good: a leaf that yamllint says nothing about.
"""

from collections.abc import Iterator

from pydantic import field_validator

from triage_rules import lint
from triage_rules.contribution import Contribution
from triage_rules.finding import Place, Weight
from triage_rules.fix import Fix
from triage_rules.layout import Layout
from triage_rules.rule import Hit, RuleSettings, rule


class Settings(RuleSettings):
    """``config``: the rule set, in yamllint's own language; ``warnings``: show what is no error, as notes."""

    config: str = lint.REFERENCE
    warnings: bool = False

    @field_validator("config")
    @classmethod
    def _readable(cls, value: str) -> str:
        wrong = lint.check_config(value)
        if wrong:
            raise ValueError(wrong)
        return value


@rule(Weight.fix, Settings, remedy="Run `yamllint` on the file and mend what it names.")
def check(contribution: Contribution, settings: Settings) -> Iterator[Hit]:
    """Lint every file that could be read; a key given twice is the reader's business."""
    for reading in contribution.readings:
        if reading.tree is None:
            continue
        if b"\r" in (contribution.content(reading.path) or b""):
            fix = Fix(_ENDS, line_ends=True)
            yield Hit(Place(reading.path), "The lines end as on Windows.", _ENDS, Weight.note, fix)
        layout = Layout(reading.tree)
        for smudge in lint.smudges(reading.tree, settings.config, settings.warnings):
            place = Place(reading.path, smudge.line, smudge.column)
            message = smudge.message[:1].upper() + smudge.message[1:] + "."
            if smudge.rule is None and r"'\t'" in smudge.message:
                yield Hit(place, "A tab stands here, and not every reader of YAML takes one.", _TAB)
                continue
            remedy, weight = _REMEDY.get(smudge.rule or "", ""), None if smudge.error else Weight.note
            yield Hit(place, message, remedy, weight, layout.fix(smudge))


_TAB = "Write spaces instead."
_ENDS = "End each line with a newline alone."
_REMEDY = {
    "trailing-spaces": "Remove the spaces at the end of the line.",
    "new-line-at-end-of-file": "End the file with a newline.",
    "indentation": "Indent with two spaces a level.",
}
