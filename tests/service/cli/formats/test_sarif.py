"""The SARIF log holds to the parts of the 2.1.0 schema that it uses, and to what GitHub asks beyond it.

The schema below was written from the specification and from GitHub's page on code scanning; it is closed, so that a key
which neither of them knows fails.
"""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs

from service.cli.formats.sarif import write
from service.cli.judged import Judged
from tests.service.cli.formats.judgements import HOSTILE, PATH, finding, verdict
from triage_rules.finding import Finding, Weight
from triage_rules.rule import all_rules
from triage_rules.verdict import NotChecked


def closed(required: dict[str, Any], optional: dict[str, Any] | None = None) -> dict[str, Any]:
    told = {"type": "object", "properties": {**required, **(optional or {})}, "required": list(required)}
    return {**told, "additionalProperties": False}


def several(item: dict[str, Any], **more: int) -> dict[str, Any]:
    return {"type": "array", "items": item, **more}


TEXT = {"type": "string", "minLength": 1}
SHORT = {**TEXT, "maxLength": 1024}
COUNT = {"type": "integer", "minimum": 1}
INDEX = {"type": "integer", "minimum": -1}
LEVEL = {"enum": ["note", "warning", "error"]}
BAG = {"type": "object"}
REGION = closed({"startLine": COUNT, "startColumn": COUNT, "endLine": COUNT, "endColumn": COUNT})
PLACE = closed({"artifactLocation": closed({"uri": {**TEXT, "format": "uri-reference"}}), "region": REGION})
RULE = closed(
    {
        "id": TEXT, "name": {**TEXT, "maxLength": 255}, "shortDescription": closed({"text": SHORT}),
        "fullDescription": closed({"text": SHORT}), "help": closed({"text": TEXT, "markdown": TEXT}),
        "defaultConfiguration": closed({"level": LEVEL}),
    },
    {"helpUri": {**TEXT, "format": "uri"}},
)  # fmt: skip
RESULT = closed({
    "ruleId": TEXT, "ruleIndex": INDEX, "level": LEVEL, "message": closed({"text": TEXT}),
    "locations": several(closed({"physicalLocation": PLACE}), minItems=1, maxItems=1),
    "partialFingerprints": {"type": "object", "required": ["primaryLocationLineHash"], "additionalProperties": TEXT},
    "properties": BAG,
})  # fmt: skip
NOTE = closed(
    {
        "level": LEVEL,
        "message": closed({"text": TEXT}),
        "associatedRule": closed({"id": TEXT, "index": INDEX}),
    }
)
RUN = closed({
    "tool": closed({"driver": closed({"name": TEXT, "semanticVersion": TEXT, "rules": several(RULE)})}),
    "automationDetails": closed({"id": TEXT}),
    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    "invocations": several(
        closed({"executionSuccessful": {"type": "boolean"}, "toolExecutionNotifications": several(NOTE)})
    ),
    "results": several(RESULT),
    "properties": BAG,
})  # fmt: skip
LOG = closed(
    {"$schema": {**TEXT, "format": "uri"}, "version": {"const": "2.1.0"}, "runs": several(RUN, minItems=1)}
)
VALID = jsonschema_rs.validator_for(LOG, validate_formats=True)


def log(*findings: Finding, rules_url: str = "", missing: tuple[NotChecked, ...] = ()) -> dict[str, Any]:
    told = json.loads("".join(write([Judged(verdict(*findings, missing=missing))], rules_url)))
    VALID.validate(told)
    return told  # type: ignore[no-any-return]


def results(*findings: Finding) -> list[dict[str, Any]]:
    return log(*findings)["runs"][0]["results"]  # type: ignore[no-any-return]


def test_a_log_of_every_weight_and_of_nothing_is_valid() -> None:
    told = results(*(finding(weight=weight) for weight in Weight))
    assert [each["level"] for each in told] == ["note", "warning", "error", "error", "error"]
    assert results() == []


def test_every_rule_is_explained_and_linked_to_its_page() -> None:
    rules = log(rules_url="https://example.org/docs/rules/")["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == [rule.id for rule in all_rules()]
    assert rules[0]["helpUri"] == f"https://example.org/docs/rules/{rules[0]['id']}.md"
    assert "helpUri" not in log()["runs"][0]["tool"]["driver"]["rules"][0]


def test_a_result_names_its_rule_by_id_and_index() -> None:
    (result,) = results(finding(rule="too-few-seeds"))
    assert all_rules()[result["ruleIndex"]].id == result["ruleId"] == "too-few-seeds"
    assert results(finding(rule="not-judged"))[0]["ruleIndex"] == -1


def test_a_place_is_a_region_and_a_whole_file_is_where_it_begins() -> None:
    regions = [
        each["locations"][0]["physicalLocation"]["region"] for each in results(finding(), finding(line=None))
    ]
    assert list(regions[0].values()) == [3, 5, 3, 6]
    assert list(regions[1].values()) == [1, 1, 1, 1]


def test_a_path_is_an_address_and_words_are_no_link() -> None:
    (result,) = results(finding(HOSTILE, path="knowledge/a b:c/#1%/qna.yaml"))
    place = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    assert place == "knowledge/a%20b%3Ac/%231%25/qna.yaml"
    assert "](" not in result["message"]["text"]


def test_a_finding_about_commits_stands_at_a_file() -> None:
    (result,) = results(finding(path="", line=None, column=None))
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == PATH


def test_what_was_not_checked_is_a_notification_of_its_rule() -> None:
    run = log(missing=(NotChecked("near-duplicate", "there was no index"),))["runs"][0]
    (note,) = run["invocations"][0]["toolExecutionNotifications"]
    assert note["message"]["text"] == "Not checked, because there was no index."
    assert all_rules()[note["associatedRule"]["index"]].id == "near-duplicate"


def test_each_pull_request_is_a_run_of_its_own_category() -> None:
    judged = [Judged(verdict(), "#1", 1), Judged(verdict(finding()), "#2", 2)]
    told = json.loads("".join(write(judged, "")))
    VALID.validate(told)
    assert [run["automationDetails"]["id"] for run in told["runs"]] == ["upweight/1/", "upweight/2/"]
