"""What stands in the one comment for a while, around its report: that its author is waited for, and answers.

The report is kept as it was said; these are put around it when it is said to the forge.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from service.reports.reply import LAST, Reply, replies
from service.reports.unmeasured import moment
from webhooks.report import BUDGET

AROUND = (
    "notice",
    "waits",
    "answers",
    "state",
    "closing",
    "rung",
)  # of what is said: kept apart, since they change on their own
FOLDS = "\n\n<details>"
LINKS = 5_000  # characters that the addresses of rules may take


def reminder(days: int, closes: float | None) -> str:
    """That its author is waited for, since when, and what happens otherwise."""
    end = (
        "" if closes is None else f" Without a word it is closed at {moment(closes)}; a push opens it again."
    )
    return (
        f"**Still of interest?** This waits for its author since {days} days. A push is enough, or a comment that "
        f"says when.{end}"
    )


def closed_for_silence(days: int) -> str:
    """Why it was closed, and that this is no verdict."""
    return (
        f"### Closed for now\n\nNobody wrote here for {days} days, so this is put aside to keep the queue readable. "
        "It is no verdict: what was found still holds, and nothing is lost.\n\n"
        "**Author:** whenever you have time, mend it and push again, and I look at it by myself.\n"
    )


def composed(text: str, notice: str, answers: Sequence[Reply], waits: Sequence[str] = ()) -> str:
    """The comment with a notice first, and before its folds what it waits for and the answers.

    Where it would be too long, the oldest answers go first.
    """
    if notice:
        text = f"{notice}\n\n{text}"
    before, fold, after = text.rstrip("\n").partition(FOLDS)
    for count in range(min(LAST, len(answers)), -1, -1):
        told = [*waits, *([replies(answers[-count:])] if count else [])]
        whole = "\n\n".join([before, *told]) + f"{fold}{after}\n"
        if told and len(whole) <= BUDGET - LINKS:
            return whole
    return text


def whole(report: dict[str, Any]) -> dict[str, Any]:
    """The report with what stands around its first comment: a reminder, what it waits for, the answers to commands."""
    comments, notice, waits = (
        dict(report.get("comments", {})),
        report.get("notice", ""),
        report.get("waits", ()),
    )
    answers = msgspec.convert(report.get("answers", ()), list[Reply])
    if "triage" in comments and (notice or waits or answers):
        comments["triage"] = composed(comments["triage"], notice, answers, waits)
    return {key: value for key, value in report.items() if key not in AROUND} | {"comments": comments}
