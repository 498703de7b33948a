"""The mark beside a revision, its labels, and the verdict in one line."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from service import patches
from service.db.tables import Contribution
from triage_rules.policy import Labels
from triage_rules.verdict import things
from webhooks.escape import line

ANNOTATED = 200  # findings, heaviest first: a check is shown beside a diff, and nobody reads more there
PLACELESS = 20  # findings about commits or the description, in the summary
LEVEL = {"note": "notice", "doubt": "warning", "fix": "failure", "stop": "failure", "close": "failure"}
NOT_JUDGED = "not-judged"  # as a rule's name in the finding that stands where no rule could look
LAST_MILE = {"merged", "batched", "held-back", "released", "superseded"}


def labels(member: Contribution) -> list[str]:
    """The labels of the verdict, and one for the last mile."""
    verdict = list((member.verdict or {}).get("labels", []))
    return sorted({*verdict, *([member.state] if member.state in LAST_MILE else [])})


def decided(labels: Iterable[str], state: str, held: bool, names: Labels) -> frozenset[str]:
    """Labels of a verdict as people's decisions change them: what is approved or rejected calls no triager any more."""
    says = names.approved if state in ("approved", *LAST_MILE) else {
        "rejected": names.rejected, "changes-requested": names.requested_changes, "closed": "",
        "joined": "",
    }.get(state)  # fmt: skip
    kept = set(labels) if says is None else {*(set(labels) - triaged(names)), says}
    return frozenset({*kept, *([names.legal_hold] if held else [])} - {""})


def triaged(names: Labels) -> frozenset[str]:
    """The labels that say where triage stands: ours to put on and to take away."""
    return frozenset(
        {names.needed, names.uncertain, names.requested_changes, names.rejected, names.approved} - {""}
    )


def check(member: Contribution) -> dict[str, Any] | None:
    """The check of the head that was judged."""
    verdict = member.verdict
    if verdict is None:
        return None
    conclusion = {"passed": "success", "needs-human": "neutral"}.get(verdict["verdict"], "failure")
    pending = waits(verdict)
    return {
        "head": member.head,
        "status": "in_progress" if pending else "completed",
        "conclusion": None if pending else conclusion,
        "title": headline(verdict),
        "summary": _summary(verdict),
        "annotations": _annotations(verdict),
    }


def _summary(verdict: dict[str, Any]) -> str:
    """The next step, and what was found in no file: a forge refuses a remark without a path, and the check with it."""
    next_step = line(
        verdict["next"], 600
    )  # a check is Markdown too, and a finding may quote what its author wrote
    placeless = [f for f in verdict["findings"] if not f["path"]]
    told = [f"- {line(f['message'], 300)} {line(f['remedy'], 300)}".rstrip() for f in placeless[:PLACELESS]]
    more = [f"- {len(placeless) - PLACELESS} more"] if len(placeless) > PLACELESS else []
    return "\n".join([next_step, "", *told, *more]) if told else next_step


def _annotations(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    placed = [f for f in verdict["findings"] if f["path"]]
    return [
        {
            "path": f["path"],
            "line": f["line"] or 1,
            "level": LEVEL[f["weight"]],
            "message": f"{f['message']} {f['remedy']}".strip(),
            "title": f["rule"],
            **patches.suggestion(f),
        }
        for f in placed[:ANNOTATED]
    ]


def waits(verdict: dict[str, Any]) -> bool:
    """Is this no last word: are documents being fetched, and nothing yet that its author has to mend?"""
    return bool(verdict.get("waits")) and verdict["verdict"] in ("passed", "needs-human")


def ours(verdict: dict[str, Any]) -> bool:
    """Was nothing looked at, by a fault of ours?"""
    return verdict["verdict"] == "needs-human" and any(f["rule"] == NOT_JUDGED for f in verdict["findings"])


def headline(verdict: dict[str, Any]) -> str:
    """The verdict in one line, in words of our own alone."""
    findings = verdict["findings"]
    if waits(verdict):
        return "Still being checked: the cited document is being fetched"
    serious = [f for f in findings if f["weight"] in ("fix", "stop", "close")]
    if verdict["verdict"] == "passed":
        lines = "one line" if len(findings) == 1 else f"{len(findings)} lines"
        return f"Worth accepting, {lines} to check" if findings else "Worth accepting"
    if verdict["verdict"] == "changes-requested":
        count = things(len(serious))
        return f"{count[:1].upper()}{count[1:]} to fix before I can measure this"
    if verdict["verdict"] == "rejected":
        return "This can't be taken"
    return "I could not measure this" if ours(verdict) else "A maintainer needs to decide"
