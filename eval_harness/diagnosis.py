"""Why a contributed leaf did not land, in steps: each with its evidence, and one thing to do. Pure.

The steps go from what is cheapest to know: were there rows enough, did the model learn them, did it find them again in
other words, does the judge see it, and was there anything to learn at all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

ROWS = 40  # five seeds in eight forms
FITTED = 0.5  # mean loss per answer token (nats) under which the rows count as learned
KNOWN = 0.8  # a leaf that scored so before had little left to gain


@dataclass(frozen=True)
class Finding:
    """One step of a diagnosis: `fault` where the cause lies, `fine`, or `unknown` where nothing tells."""

    step: str
    state: str
    evidence: str
    remedy: str = ""

    def to_json(self) -> dict[str, str]:
        """As pages and reports read it."""
        return asdict(self)


def diagnose(
    rows: int | None,
    loss: float | None,
    leaf: Mapping[str, Any],
    judged: float | None = None,
    chosen: float | None = None,
) -> list[Finding]:
    """The steps up to the first fault.

    `rows` were trained on, `loss` is their mean loss per answer token (nats) when the training ended; `leaf` has
    `before`, `after`, `low`, `high` of its held-out items; `judged` is the share of its answers in own words that were
    taken for right, `chosen` that of its multiple choice alone (`after` where it is not told apart).
    """
    found: list[Finding] = []
    for finding in (
        _rows(rows),
        _fitted(loss),
        _general(leaf, loss),
        _judge(float(leaf["after"]) if chosen is None else chosen, judged),
        _knew(leaf),
    ):
        found.append(finding)
        if finding.state == "fault":
            break
    return found


def _rows(rows: int | None) -> Finding:
    if rows is None:
        return Finding("rows", "unknown", "How many rows it was trained on was not recorded.")
    said = f"It was trained on {rows} row{'' if rows == 1 else 's'}."
    if rows < ROWS:
        return Finding(
            "rows",
            "fault",
            f"{said} Under {ROWS} a leaf seldom lands.",
            "Add seeds: a dozen are a good number.",
        )
    return Finding("rows", "fine", said)


def _fitted(loss: float | None) -> Finding:
    if loss is None:
        return Finding("fitted", "unknown", "How well its rows were learned was not recorded.")
    said = f"Its rows ended at a loss of {loss:.2f} nats a token."
    if loss > FITTED:
        remedy = "Shorten the answers and give them one form; a small model learns long free ones slowly."
        return Finding("fitted", "fault", f"{said} They were not learned (under {FITTED:g} is).", remedy)
    return Finding("fitted", "fine", said)


def _general(leaf: Mapping[str, Any], loss: float | None) -> Finding:
    before, after = float(leaf["before"]), float(leaf["after"])
    said = f"On held-out questions it went from {before:.2f} to {after:.2f}."
    if before >= KNOWN or float(leaf["low"]) > 0:
        return Finding("generalised", "fine", said)
    if loss is None:
        return Finding("generalised", "unknown", f"{said} Whether the rows were learned is not known.")
    remedy = "Ask about each thing in several wordings, and name it in every question."
    return Finding(
        "generalised", "fault", f"{said} The rows were learned, and not found again in other words.", remedy
    )


def _judge(chosen: float, judged: float | None) -> Finding:
    if judged is None:
        return Finding(
            "judge", "unknown", "No answers in own words: it is measured by multiple choice alone."
        )
    said = f"By choice it scores {chosen:.2f}, in own words {judged:.2f}."
    if chosen - judged > 0.2:
        remedy = "Read the answers: the reference may be too narrow, or the judge too strict."
        return Finding("judge", "fault", said, remedy)
    return Finding("judge", "fine", said)


def _knew(leaf: Mapping[str, Any]) -> Finding:
    before = float(leaf["before"])
    if before >= KNOWN:
        said = f"The model scored {before:.2f} before: it knew nearly all of it."
        return Finding(
            "new to the model", "fault", said, "Contribute what it does not know; a precheck tells."
        )
    said = f"The model scored {before:.2f} before, so there was something to learn."
    return Finding("new to the model", "fine", said)
