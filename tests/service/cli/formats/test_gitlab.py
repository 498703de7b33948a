"""The Code Quality report has what GitLab's documentation asks for."""

from __future__ import annotations

import json
from typing import Any

from service.cli.formats.gitlab import write
from service.cli.judged import Judged
from tests.service.cli.formats.judgements import PATH, finding, verdict
from triage_rules.finding import Finding, Weight


def report(*findings: Finding) -> list[dict[str, Any]]:
    return json.loads("".join(write([Judged(verdict(*findings))], "")))  # type: ignore[no-any-return]


def test_an_issue_has_the_five_keys_and_a_relative_path() -> None:
    (issue,) = report(finding())
    assert len(issue.pop("fingerprint")) == 32
    assert issue == {
        "description": "No answer. Mend it.",
        "check_name": "schema",
        "severity": "major",
        "location": {"path": PATH, "lines": {"begin": 3}},
    }


def test_every_weight_has_its_severity() -> None:
    told = [issue["severity"] for issue in report(*(finding(weight=weight) for weight in Weight))]
    assert told == ["info", "minor", "major", "critical", "blocker"]


def test_what_passed_is_an_empty_list() -> None:
    assert report() == []


def test_no_two_issues_share_a_fingerprint() -> None:
    told = report(*(finding(line=line) for line in range(1, 30)))
    assert len({issue["fingerprint"] for issue in told}) == 29
