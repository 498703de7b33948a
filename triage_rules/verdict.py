"""The findings together: what becomes of the contribution, and who must do what next."""

from __future__ import annotations

from typing import Any

import msgspec

from triage_rules.bounds import MOST_OF_A_RULE
from triage_rules.facts import Cited
from triage_rules.finding import Finding, Weight, writable

PASSED, NEEDS_HUMAN, CHANGES, REJECTED = "passed", "needs-human", "changes-requested", "rejected"


class NotChecked(msgspec.Struct, frozen=True):
    """A rule that could not look, and why."""

    rule: str
    why: str


class FileReport(msgspec.Struct, frozen=True):
    """One path of base..head; ``schema_ok`` and ``version`` are None unless it is a YAML file of a leaf."""

    path: str
    status: str
    schema_ok: bool | None
    version: int | None


class Verdict(msgspec.Struct, frozen=True):
    """The whole judgement of one revision under one policy; no last word while it ``waits`` for documents."""

    outcome: str
    findings: tuple[Finding, ...]
    labels: tuple[str, ...]
    next: str
    not_checked: tuple[NotChecked, ...]
    files: tuple[FileReport, ...]
    policy_hash: str
    rules_version: str
    waits: tuple[Cited, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The verdict in the keys of the triage contract, findings with their weight by name.

        ``waits`` is there where it waits for something, which only happens inside the service.
        """
        told: dict[str, Any] = {
            "verdict": self.outcome,
            "labels": list(self.labels),
            "next": writable(self.next),
            "findings": [finding.to_json() for finding in self.findings],
            "not_checked": [{"rule": each.rule, "why": each.why} for each in self.not_checked],
            "files": [{**msgspec.to_builtins(each), "path": writable(each.path)} for each in self.files],
            "policy_hash": self.policy_hash,
            "rules_version": self.rules_version,
        }
        return told | ({"waits": [msgspec.to_builtins(each) for each in self.waits]} if self.waits else {})

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Verdict:
        """The verdict that ``to_json`` wrote; other keys of the line are ignored."""
        return cls(
            outcome=data["verdict"],
            findings=tuple(Finding.from_json(each) for each in data["findings"]),
            labels=tuple(data["labels"]),
            next=data["next"],
            not_checked=tuple(NotChecked(**each) for each in data["not_checked"]),
            files=tuple(FileReport(**each) for each in data["files"]),
            policy_hash=data["policy_hash"],
            rules_version=data["rules_version"],
            waits=msgspec.convert(data.get("waits", ()), tuple[Cited, ...]),
        )


def outcome_of(findings: tuple[Finding, ...]) -> str:
    """The verdict's word: the heaviest finding decides."""
    heaviest = max((finding.weight for finding in findings), default=Weight.note)
    if heaviest is Weight.close:
        return REJECTED
    if heaviest in (Weight.stop, Weight.fix):
        return CHANGES
    return NEEDS_HUMAN if heaviest is Weight.doubt else PASSED


def things(count: int) -> str:
    """So many things; past a hundred nobody counts, and a verdict keeps no more of one rule than that."""
    if count > MOST_OF_A_RULE:
        return f"more than {MOST_OF_A_RULE} things"
    return "1 thing" if count == 1 else f"{count} things"


def next_step(
    outcome: str, findings: tuple[Finding, ...], author: str | None, waits: tuple[Cited, ...] = ()
) -> str:
    """One sentence: who must do what."""
    subject = author or "The author"  # a handle stays as its owner writes it
    if outcome == REJECTED:
        reason = next(finding for finding in findings if finding.weight is Weight.close)
        return f"Nothing more to do: {_inner(reason.message)}"
    if outcome == CHANGES:
        count = sum(finding.weight >= Weight.fix for finding in findings)
        return f"{subject} has {things(count)} to mend and pushes again; the first is: {_inner(findings[0].message)}"
    if waits:
        what = "the document that it cites is" if len(waits) == 1 else "the documents that it cites are"
        return f"Nobody needs to do anything yet: {what} being fetched, and then it is judged again."
    if outcome == NEEDS_HUMAN:
        doubts = [finding for finding in findings if finding.weight is Weight.doubt]
        more = f" (and {len(doubts) - 1} more)" if len(doubts) > 1 else ""
        return f"A triager needs to decide: {_inner(doubts[0].message)}{more}"
    return "A triager may approve it."


def _inner(message: str) -> str:
    return message if len(message) <= 200 else message[:199] + "…"
