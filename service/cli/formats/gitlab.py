"""GitLab's Code Quality report: a JSON list, shown beside the lines of a merge request."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from service.cli.judged import Judged, anchor, marks, sentence
from triage_rules.finding import Weight

SEVERITIES = {
    Weight.note: "info", Weight.doubt: "minor", Weight.fix: "major", Weight.stop: "critical", Weight.close: "blocker",
}  # fmt: skip


def write(judgements: Iterable[Judged], _rules_url: str) -> Iterator[str]:
    """The whole list at once: GitLab knows a finding again by its fingerprint, which stays when lines move."""
    issues = []
    for judged in judgements:
        for finding, mark in zip(judged.verdict.findings, marks(judged), strict=True):
            place = anchor(judged, finding)
            issues.append({
                "description": sentence(finding),
                "check_name": finding.rule,
                "fingerprint": mark,
                "severity": SEVERITIES[finding.weight],
                "location": {"path": place.path, "lines": {"begin": place.line}},
            })  # fmt: skip
    yield json.dumps(issues, indent=1).replace(
        "##[", "#\\u0023["
    )  # the same JSON, and no command where it is logged
