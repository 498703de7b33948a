"""A rule that a maintainer overrode for one revision: its findings stay, as notes that say so, and the verdict follows.

It ends with the next push, and stands in the record with its reason.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import msgspec
from sqlmodel import Session

from service.db import contributions, words
from service.db.tables import Contribution
from service.house import House
from service.lines import authors
from service.lines.states import BEFORE_MERGE
from service.lines.verdicts import settle
from service.placement.judge import Judged
from service.record.chain import append
from triage_rules.facts import Cited
from triage_rules.finding import Finding, Weight, order
from triage_rules.policy import Labels, Policy
from triage_rules.verdict import CHANGES, NEEDS_HUMAN, PASSED, REJECTED, next_step, outcome_of
from webhooks.event import Person

OVERRIDE = "override"
CLOSED_TOPIC, LICENCE = "closed-topic", "unknown-licence"  # whose findings put a label of their own


def override(session: Session, row: Contribution, rule: str, who: Person, reason: str, policy: Policy) -> str:
    """Override one rule for the revision that stands there; gives its new verdict. Raises ValueError."""
    if row.state not in BEFORE_MERGE or row.verdict is None:
        raise ValueError("Only what is judged and not merged yet has findings to override.")
    if authors.wrote(session, row, who):
        raise ValueError("Nobody overrides a rule for a contribution of their own.")
    known = _of(session, row)
    if rule in known:
        raise ValueError(f"{rule} is overridden for this revision already, by {known[rule]['name']}.")
    if not any(each["rule"] == rule for each in row.verdict["findings"]):
        raise ValueError(f"{rule} finds nothing in this revision.")
    by, name = f"{who.forge}/{who.id}", who.name or who.id
    body = {"rule": rule, "name": name, "reason": reason}
    words.say(session, row, OVERRIDE, by, time.time(), body, head=row.head)
    told = {"head": row.head, "rule": rule, "by": by, "reason": reason}
    append(session, row.repository, "contribution.overridden", told, row.number)
    verdict = applied(row.verdict, {rule: body}, policy.labels, row.author_id)
    contributions.revise(session, row.repository, row.number, row.head, time.time(), verdict)
    settle(session, row, verdict)
    return str(verdict["verdict"])


def heard(house: House, row: Contribution, judged: Judged, policy: Policy) -> Judged:
    """A judgement with the overrides that stand for its revision."""
    with house.database.read() as session:
        known = _of(session, row)
    if not known:
        return judged
    return msgspec.structs.replace(
        judged, verdict=applied(judged.verdict, known, policy.labels, row.author_id)
    )


def _of(session: Session, row: Contribution) -> dict[str, dict[str, Any]]:
    said = words.standing(session, row.repository, [OVERRIDE], row.number, row.head)
    return {str(word.body["rule"]): word.body for word in said}


def applied(
    verdict: dict[str, Any], overridden: Mapping[str, Mapping[str, str]], labels: Labels, author: str
) -> dict[str, Any]:
    """The verdict without the weight of these rules' findings; pure."""
    told = [_lightened(each, overridden.get(each["rule"])) for each in verdict["findings"]]
    findings = tuple(sorted((Finding.from_json(each) for each in told), key=order))
    outcome = outcome_of(findings)
    waits = msgspec.convert(verdict.get("waits", ()), tuple[Cited, ...])
    said = [{"rule": rule, **body} for rule, body in overridden.items()]
    return {
        **verdict,
        "verdict": outcome,
        "findings": [finding.to_json() for finding in findings],
        "labels": _labels(verdict["labels"], outcome, overridden, labels, bool(waits)),
        "next": next_step(outcome, findings, author, waits),
        "overridden": [*verdict.get("overridden", ()), *said],
    }


def _lightened(finding: dict[str, Any], by: Mapping[str, str] | None) -> dict[str, Any]:
    if by is None:
        return finding
    return {
        **finding,
        "weight": Weight.note.name,
        "remedy": f"Overridden by {by['name']}: {by['reason']}",
    }


def _labels(
    before: list[str], outcome: str, overridden: Mapping[str, Any], names: Labels, waits: bool
) -> list[str]:
    """The labels of the new outcome in the place of the old one's."""
    calls = {
        PASSED: [names.needed],
        NEEDS_HUMAN: [names.needed, names.uncertain],
        CHANGES: [names.requested_changes],
        REJECTED: [names.rejected],
    }
    gone = {label for each in calls.values() for label in each}
    gone |= {names.topic_failure} if CLOSED_TOPIC in overridden else set()
    gone |= {names.legal_hold} if LICENCE in overridden else set()
    wanted = [] if waits and outcome in (PASSED, NEEDS_HUMAN) else calls[outcome]
    kept = [label for label in before if label not in gone]
    return [label for label in dict.fromkeys([*wanted, *kept]) if label]
