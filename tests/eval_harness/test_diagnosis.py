"""Why a leaf did not land: the first cause that the evidence shows, with one thing to do."""

from __future__ import annotations

from typing import Any

import pytest

from eval_harness.diagnosis import diagnose

FLAT: dict[str, Any] = {"before": 0.3, "after": 0.32, "low": -0.1, "high": 0.14}
KNOWN: dict[str, Any] = {"before": 0.9, "after": 0.9, "low": -0.1, "high": 0.1}
ROSE: dict[str, Any] = {"before": 0.3, "after": 0.5, "low": 0.05, "high": 0.35}


@pytest.mark.parametrize(
    ("rows", "loss", "leaf", "judged", "step"),
    [
        (12, 0.1, FLAT, None, "rows"),
        (96, 1.4, FLAT, None, "fitted"),
        (96, 0.1, FLAT, None, "generalised"),
        (96, 0.1, ROSE, 0.1, "judge"),
        (96, 0.1, KNOWN, None, "new to the model"),
        (96, 0.1, KNOWN, 0.9, "new to the model"),
    ],
)
def test_the_first_cause_ends_the_diagnosis_with_one_thing_to_do(
    rows: int, loss: float, leaf: dict[str, Any], judged: float | None, step: str
) -> None:
    *before, last = diagnose(rows, loss, leaf, judged)
    assert (last.step, last.state) == (step, "fault")
    assert last.remedy.endswith(".")
    assert all(finding.state in ("fine", "unknown") and not finding.remedy for finding in before)
    assert all(finding.evidence.endswith(".") for finding in (*before, last))


def test_where_nothing_was_recorded_nothing_is_claimed() -> None:
    found = diagnose(None, None, FLAT)
    assert [finding.state for finding in found] == ["unknown", "unknown", "unknown", "unknown", "fine"]


def test_a_leaf_that_rose_and_is_not_sure_yet_has_no_fault() -> None:
    assert all(finding.state != "fault" for finding in diagnose(96, 0.1, ROSE))
