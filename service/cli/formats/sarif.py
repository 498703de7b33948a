"""SARIF 2.1.0, which GitHub's code scanning and many editors read: one run a judgement, with every rule explained."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from service.cli.judged import Judged, anchor, marks, one_line, sentence
from service.cli.rule_pages import page
from triage_rules.finding import Finding, Weight
from triage_rules.rule import Rule, all_rules

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS = {
    Weight.note: "note", Weight.doubt: "warning", Weight.fix: "error", Weight.stop: "error", Weight.close: "error",
}  # fmt: skip
MOST = 1024  # characters of a description that GitHub shows


def write(judgements: Iterable[Judged], rules_url: str) -> Iterator[str]:
    """The whole log at once; `rules_url` is where the rules' pages lie, nothing where nobody knows."""
    rules = [_rule(rule, rules_url) for rule in all_rules()]
    runs = [_run(judged, rules) for judged in judgements]
    yield json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": runs}, indent=1)


def _rule(rule: Rule, rules_url: str) -> dict[str, Any]:
    told = {
        "id": rule.id,
        "name": rule.id.title().replace("-", ""),
        "shortDescription": {"text": f"{rule.title}."[:MOST]},
        "fullDescription": {"text": (rule.why or rule.title)[:MOST]},
        "help": {"text": f"{rule.why} {rule.remedy}".strip() or rule.title, "markdown": page(rule)},
        "defaultConfiguration": {"level": LEVELS[rule.weight]},
    }
    return told | ({"helpUri": f"{rules_url.rstrip('/')}/{rule.id}.md"} if rules_url else {})


def _run(judged: Judged, rules: list[dict[str, Any]]) -> dict[str, Any]:
    verdict = judged.verdict
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    tool = {
        "name": "Upweight",
        "semanticVersion": f"{version('upweight')}+{verdict.rules_version}",
        "rules": rules,
    }
    notes = [
        {
            "level": "note",
            "message": {"text": one_line(f"Not checked, because {each.why}.")},
            "associatedRule": {"id": each.rule, "index": index.get(each.rule, -1)},
        }
        for each in verdict.not_checked
    ]
    return {
        "tool": {"driver": tool},
        "automationDetails": {"id": "upweight/" if judged.number is None else f"upweight/{judged.number}/"},
        "columnKind": "unicodeCodePoints",
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": notes}],
        "results": [
            _result(judged, finding, mark, index)
            for finding, mark in zip(verdict.findings, marks(judged), strict=True)
        ],
        "properties": {
            "verdict": verdict.outcome,
            "next": one_line(verdict.next),
            "labels": list(verdict.labels),
            "policyHash": verdict.policy_hash,
        },
    }


def _result(judged: Judged, finding: Finding, mark: str, index: dict[str, int]) -> dict[str, Any]:
    place = anchor(judged, finding)
    begin, whole = place.column or 1, finding.line is None or not finding.path
    region = {
        "startLine": place.line,
        "startColumn": begin,
        "endLine": place.line,
        "endColumn": begin if whole else begin + 1,  # of a whole file nothing is marked but where it begins
    }
    location = {"artifactLocation": {"uri": quote(place.path)}, "region": region}
    return {
        "ruleId": finding.rule,
        "ruleIndex": index.get(finding.rule, -1),
        "level": LEVELS[finding.weight],
        "message": {"text": _unlinked(sentence(finding))},
        "locations": [{"physicalLocation": location}] if place.path else [],
        "partialFingerprints": {"primaryLocationLineHash": f"{mark[:16]}:1", "upweight/v1": mark},
        "properties": {"weight": finding.weight.name},
    }


def _unlinked(text: str) -> str:
    """Text in which no viewer sees a link: SARIF takes `[words](address)` for one in plain text too."""
    return text.replace("](", "] (")
