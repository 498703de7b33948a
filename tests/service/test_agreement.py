"""How agreement with people and with the reference checker is counted."""

from __future__ import annotations

from typing import Any

import pytest

from service.agreement import agreement, wilson
from service.cli.agreement import markdown

FAMILIES = {"too_few_examples": ["too-few-seeds"], "yaml_lint": ["lint"]}


def line(pull: int, verdict: str, *findings: tuple[str, str], ok: bool | None = True) -> dict[str, Any]:
    told = [
        {"rule": rule, "weight": weight, "path": "a|b/qna.yaml", "message": "m"} for rule, weight in findings
    ]
    files = [{"path": "a|b/qna.yaml", "schema_ok": ok}]
    return {"pull": pull, "verdict": verdict, "findings": told, "files": files}


def row(number: int, verdict: str, *reasons: str, **given: Any) -> dict[str, Any]:
    return {"number": number, "verdict": verdict, "reasons": list(reasons), "changes_qna_yaml": True, **given}


LINES = [
    line(1, "changes-requested", ("too-few-seeds", "stop")),
    line(2, "passed", ("lint", "note")),
    line(3, "needs-human", ("too-few-seeds", "doubt")),
    line(4, "rejected", ("lint", "fix"), ok=False),
    line(5, "passed"),
]
TRIAGE = [
    row(1, "changes_requested", "too_few_examples"),
    row(2, "rejected", "yaml_lint", "other"),
    row(3, "accepted"),
    row(4, "accepted"),
    row(5, "unclear"),
    row(1, "rejected", inferred_reason=True),
    row(2, "accepted", changes_qna_yaml=False),
    row(99, "rejected", "other"),
]
VERDICTS = [
    {"pull": 1, "path": "a|b/qna.yaml", "accepted": True, "errors": 0, "unparsable": False},
    {"pull": 4, "path": "a|b/qna.yaml", "accepted": True, "errors": 0, "unparsable": False},
    {"pull": 5, "path": "a|b/qna.yaml", "accepted": False, "errors": 2, "unparsable": False},
]


def test_what_people_asked_for_and_accepted_is_counted_and_what_does_not_count_is_left_out() -> None:
    found = agreement(LINES, VERDICTS, TRIAGE, FAMILIES)["triage"]
    assert (found["asked"]["n"], found["asked"]["caught"]) == (2, 1)
    assert (found["accepted"]["n"], found["accepted"]["blocked"]) == (2, 1)
    assert found["reasons"] == {"n": 2, "hit": 2}
    assert found["needs_human"] == pytest.approx(0.2)
    assert [one["pull"] for one in found["missed"]] == [2]
    assert found["blocked"] == [{"pull": 4, "theirs": "accepted", "reasons": [], "ours": ["lint"]}]


def test_a_family_is_precise_where_people_asked_too_and_recalls_what_they_named() -> None:
    rules = agreement(LINES, VERDICTS, TRIAGE, {**FAMILIES, "other": ["nothing"]})["rules"]
    assert rules["too_few_examples"] == {"precision": 0.5, "recall": 1.0}
    assert rules["yaml_lint"] == {"precision": 0.0, "recall": 0.0}  # a note says nothing against it
    assert rules["other"] == {"precision": None, "recall": 0.0}


def test_each_file_that_the_reference_has_otherwise_is_listed_with_a_cause() -> None:
    found = agreement(LINES, VERDICTS, TRIAGE, FAMILIES)["schema"]
    assert (found["files"], found["agree"]) == (3, 1)
    assert [(d["pull"], d["ours"], d["theirs"]) for d in found["differ"]] == [
        (4, False, True),
        (5, True, False),
    ]
    assert found["differ"][1]["why"] == "the reference counts 2 errors"


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(0, 0, 0, 1), (0, 10, 0, 0.278), (10, 10, 0.722, 1), (5, 10, 0.237, 0.763)]
)
def test_wilsons_interval(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == (pytest.approx(low, abs=1e-3), pytest.approx(high, abs=1e-3))


def test_the_page_shows_every_difference_and_no_name_breaks_its_tables() -> None:
    page = markdown(agreement(LINES, VERDICTS, TRIAGE, FAMILIES), "strict")
    assert "1 of 3 files" in page
    assert "`a\\|b/qna.yaml`" in page
    assert "| 4 | lint |" in page
