"""Judgements for the tests of the formats, with everything that a contributor can write."""

from __future__ import annotations

from triage_rules.finding import Finding, Weight
from triage_rules.verdict import FileReport, NotChecked, Verdict, outcome_of

PATH = "knowledge/science/moons/qna.yaml"
HOSTILE = (
    "100 %25, a\r\n::stop-commands::x\n::add-mask::y ##[add-mask]z \x1b[31mred\x1b[0m \u202egnihton "
    "[mend](javascript:x) \ud800"
)


def finding(
    message: str = "No answer.", *, rule: str = "schema", weight: Weight = Weight.fix, path: str = PATH,
    line: int | None = 3, column: int | None = 5, remedy: str = "Mend it.",
) -> Finding:  # fmt: skip
    return Finding(rule, weight, path, line, column, message, remedy)


def verdict(*findings: Finding, missing: tuple[NotChecked, ...] = ()) -> Verdict:
    outcome = outcome_of(findings)
    step = findings[0].message if findings else "A triager may approve it."
    files = (FileReport(PATH, "added", False, 3),)
    return Verdict(outcome, findings, ("knowledge",), step, missing, files, "f" * 64, "abc123abc123")
