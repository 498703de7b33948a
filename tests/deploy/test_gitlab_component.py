"""The GitLab component has the shape that its documentation asks for, and its script judges a real merge request."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.deploy.taxonomy import BAD, FOLDER, GOOD, environment, forge, served, shell

TEMPLATE = Path(__file__).parents[2] / "templates" / "check.yml"
SPEC: dict[str, Any]
JOBS: dict[str, Any]
SPEC, JOBS = yaml.safe_load_all(TEMPLATE.read_text())
JOB: dict[str, Any] = JOBS["upweight-check"]
REPORT = "upweight-codequality.json"
MERGE = "refs/merge-requests/7/head"


def judge(folder: Path, files: dict[str, str], policy: str = "", **more: str) -> tuple[int, str, str]:
    head = forge(folder / "server" / "group" / "taxonomy.git", MERGE, files, policy)
    told = {
        "CI_SERVER_URL": "https://forge.example", "CI_JOB_TOKEN": "s3cret", "CI_COMMIT_SHA": head,
        "CI_MERGE_REQUEST_PROJECT_URL": "https://forge.example/group/taxonomy", "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main", "UPWEIGHT_POLICY": "",
    }  # fmt: skip
    return shell("\n".join(JOB["script"]), folder, environment(**served(folder), **{**told, **more}))


def test_the_component_has_a_header_of_inputs_and_one_job() -> None:
    assert set(SPEC) == {"spec"}
    assert all(set(told) <= {"description", "default"} for told in SPEC["spec"]["inputs"].values())
    assert list(JOBS) == ["upweight-check"], "default, variables and stages would leak into the pipeline"
    used = set(re.findall(r"\$\[\[ inputs\.(\w+) \]\]", TEMPLATE.read_text()))
    assert used == set(SPEC["spec"]["inputs"])


def test_no_input_is_written_into_a_script() -> None:
    assert "$[[" not in "".join([*JOB["script"], *JOB["before_script"]])
    assert all(told["expand"] is False for told in JOB["variables"].values() if isinstance(told, dict))


def test_nothing_is_checked_out_and_only_merge_requests_are_judged() -> None:
    assert JOB["variables"]["GIT_STRATEGY"] == "none"
    assert JOB["rules"] == [{"if": '$CI_PIPELINE_SOURCE == "merge_request_event"'}]


def test_the_report_is_kept_when_the_job_fails() -> None:
    assert JOB["artifacts"]["when"] == "always"
    assert JOB["artifacts"]["reports"] == {"codequality": REPORT}


@pytest.mark.slow
def test_a_faulty_merge_request_fails_with_a_report(tmp_path: Path) -> None:
    code, out, err = judge(tmp_path, BAD)
    assert (code, err) == (1, "")
    assert f"  {FOLDER}/qna.yaml:10:32: fix [lint]" in out
    assert "s3cret" not in out
    (issue,) = json.loads((tmp_path / REPORT).read_text())
    assert issue["location"] == {"path": f"{FOLDER}/qna.yaml", "lines": {"begin": 10}}


@pytest.mark.slow
def test_a_good_merge_request_passes_with_an_empty_report(tmp_path: Path) -> None:
    code, _, err = judge(tmp_path, GOOD)
    assert (code, err) == (0, "")
    assert json.loads((tmp_path / REPORT).read_text()) == []


@pytest.mark.slow
def test_a_policy_that_is_named_comes_before_the_base_branchs(tmp_path: Path) -> None:
    assert judge(tmp_path, BAD, '[rules.lint]\nweight = "off"\n', UPWEIGHT_POLICY="instructlab")[0] == 1


@pytest.mark.slow
def test_the_source_is_judged_where_the_pipeline_runs_on_the_merged_result(tmp_path: Path) -> None:
    head = forge(tmp_path / "other.git", MERGE, BAD)  # the same commit: author and time are the same
    told = {"CI_COMMIT_SHA": "0" * 40, "CI_MERGE_REQUEST_SOURCE_BRANCH_SHA": head}
    assert judge(tmp_path, BAD, **told)[0] == 1


@pytest.mark.slow
def test_a_branch_name_is_no_command(tmp_path: Path) -> None:
    code, _, _ = judge(tmp_path, GOOD, CI_MERGE_REQUEST_TARGET_BRANCH_NAME="$(touch pwned);main")
    assert code not in (0, 1)
    assert not (tmp_path / "pwned").exists()
