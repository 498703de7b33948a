"""The GitHub Action has the shape that its documentation asks for, and its script judges a real pull request."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.requirements import Requirement

from service.cli import formats
from service.cli.answer import CONFIGURATION, FINE, FOUND, USAGE
from tests.deploy.taxonomy import BAD, FOLDER, GOOD, environment, forge, served, shell

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text())
SCRIPT = ROOT / "deploy" / "ci" / "github.sh"
PULL = "refs/pull/7/head"


def variables(folder: Path, head: str, **more: str) -> dict[str, str]:
    """What GitHub gives a step on a pull request, as far as the script reads it."""
    temporary = folder / "temp"
    temporary.mkdir(exist_ok=True)
    return environment(
        GITHUB_SERVER_URL="https://forge.example", GITHUB_REPOSITORY="owner/taxonomy", RUNNER_TEMP=str(temporary),
        GITHUB_ACTIONS="true", BASE="main", HEAD=head, **served(folder), **more,
    )  # fmt: skip


def judge(folder: Path, files: dict[str, str], policy: str = "", **more: str) -> tuple[int, str, str]:
    head = forge(folder / "server" / "owner" / "taxonomy", PULL, files, policy)
    return shell(str(SCRIPT), folder, variables(folder, head, **more))


def test_the_action_is_a_composite_of_the_documented_keys() -> None:
    assert set(ACTION) == {"name", "description", "inputs", "runs"}
    assert ACTION["runs"]["using"] == "composite"
    for told in ACTION["inputs"].values():
        assert set(told) == {"description", "required", "default"}
    for step in ACTION["runs"]["steps"]:
        assert set(step) <= {"name", "id", "if", "shell", "env", "run"}
        assert step["shell"] == "bash"


def test_no_value_is_written_into_a_script_and_no_foreign_action_is_used() -> None:
    for step in ACTION["runs"]["steps"]:
        assert "${{" not in step["run"]
        assert "uses" not in step
    assert "${{" not in SCRIPT.read_text()


def test_every_value_that_the_script_reads_comes_from_the_action_or_from_the_runner() -> None:
    given = set(ACTION["runs"]["steps"][1]["env"])
    script = SCRIPT.read_text()
    read = set(re.findall(r"\$\{?([A-Z_]+)", script))
    assert read - given <= {"GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "RUNNER_TEMP"}
    assert given <= read | {"PATH"}
    used = {name for step in ACTION["runs"]["steps"] for value in step["env"].values()
            for name in re.findall(r"inputs\.(\w+)", value)}  # fmt: skip
    assert used == set(ACTION["inputs"])


def test_what_the_action_runs_can_be_run() -> None:
    for step in ACTION["runs"]["steps"]:
        for name in re.findall(r"\$GITHUB_ACTION_PATH/([\w/.-]+)", step["run"]):
            assert (ROOT / name).stat().st_mode & 0o111


@pytest.mark.slow
def test_a_faulty_pull_request_gets_annotations_and_fails(tmp_path: Path) -> None:
    code, out, err = judge(tmp_path, BAD)
    assert (code, err) == (1, "")
    assert f"::error file={FOLDER}/qna.yaml,line=10,col=32,title=lint (fix)::" in out
    assert list((tmp_path / "temp").iterdir()) == [], "nothing of it stays behind"


@pytest.mark.slow
def test_a_good_pull_request_passes_and_its_sarif_links_to_the_rules_of_that_version(tmp_path: Path) -> None:
    sarif = tmp_path / "out.sarif"
    told = {"SARIF": str(sarif), "ACTION_REPOSITORY": "owner/upweight", "ACTION_REF": "v1", "TOKEN": "s3cret"}
    code, out, err = judge(tmp_path, GOOD, **told)
    assert (code, err) == (0, "")
    assert out.startswith("::notice title=Upweight%3A passed::")
    assert "s3cret" not in out
    (run,) = json.loads(sarif.read_text())["runs"]
    assert run["results"] == []
    link = run["tool"]["driver"]["rules"][0]["helpUri"]
    assert link.startswith("https://forge.example/owner/upweight/blob/v1/docs/rules/")


@pytest.mark.slow
def test_the_policy_is_that_of_the_base_branchs_tip_and_a_doubt_fails_nobody(tmp_path: Path) -> None:
    code, out, _ = judge(tmp_path, BAD, '[rules.lint]\nweight = "doubt"\n')
    assert code == 0
    assert "::warning " in out
    assert "title=Upweight%3A needs-human" in out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"HEAD": ""}, "no pull request"),
        ({"HEAD": "main; touch pwned"}, "no pull request"),
        ({"BASE": ""}, "no pull request"),
        ({"BASE": "gone"}, "contents: read"),
        ({"BASE": "$(touch pwned)"}, "contents: read"),
    ],
)
def test_what_is_no_pull_request_is_said_and_nothing_of_it_is_run(
    tmp_path: Path, more: dict[str, str], said: str
) -> None:
    head = forge(tmp_path / "server" / "owner" / "taxonomy", PULL, GOOD)
    code, out, _ = shell(str(SCRIPT), tmp_path, variables(tmp_path, head) | more)
    assert code == 2
    assert out.startswith("::error title=Upweight::")
    assert said in out
    assert not (tmp_path / "pwned").exists()


@pytest.mark.slow
def test_a_contributor_can_begin_no_command_of_the_log(tmp_path: Path) -> None:
    hostile = {
        f"{FOLDER}/qna.yaml": BAD[f"{FOLDER}/qna.yaml"].replace(
            "Advice on letters.", '"a\\n::add-mask::x\\n##[add-mask]y"'
        ),
        f"{FOLDER}/attribution.txt": "::stop-commands::x\n",
        "::add-mask::x/%0A::add-mask::y": "x\n",
        "knowledge/##[add-mask]z/qna.yaml": "::add-mask::x: [\n",
    }
    code, out, _ = judge(tmp_path, hostile)
    assert code == 1
    assert all(line.startswith(("::error ", "::warning ", "::notice ")) for line in out.splitlines())
    assert "##[" not in out.replace("##[U+005B]", "")


@pytest.mark.slow
def test_the_installation_is_held_to_the_versions_of_the_lock_file(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(
        "#!/bin/bash\n"
        'if [[ $1 == -m && $2 == venv ]]; then mkdir -p "$3/bin" && cp "$0" "$3/bin/python"; fi\n'
        'if [[ $1 == -m && $2 == pip ]]; then printf "%s\\n" "${@: -3}"; fi\n'
    )
    python.chmod(0o755)
    folder = tmp_path / "made"
    command = f'{ROOT / "deploy" / "ci" / "install.sh"} "{ROOT}" "{folder}"'
    code, out, err = shell(command, tmp_path, environment(PYTHON=str(python)))
    assert (code, err) == (0, "")
    assert out.splitlines() == ["--constraint", str(folder / "constraints.txt"), str(ROOT)]
    lines = (folder / "constraints.txt").read_text().splitlines()
    pinned = {Requirement(line).name for line in lines if line.strip() and not line.lstrip().startswith("#")}
    assert {"pygit2", "instructlab-schema", "yamllint", "msgspec"} <= pinned


@pytest.mark.slow
def test_a_python_that_is_too_old_is_said(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text("#!/bin/bash\nexit 1\n")
    python.chmod(0o755)
    command = f'{ROOT / "deploy" / "ci" / "install.sh"} "{ROOT}" made'
    code, _, err = shell(command, tmp_path, environment(PYTHON=str(python)))
    assert code == 2
    assert "older than 3.11" in err


def test_the_page_tells_of_every_input_format_and_exit_code() -> None:
    page = (ROOT / "docs" / "ci.md").read_text()
    assert [name for name in [*ACTION["inputs"], *formats.names()] if f"| `{name}` |" not in page] == []
    assert re.findall(r"^\| (\d) \|", page, re.M) == [
        str(code) for code in (FINE, FOUND, USAGE, CONFIGURATION)
    ]
    (workflow,) = [
        yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.S) if "runs-on" in text
    ]
    assert workflow["permissions"] == {}
    assert workflow["jobs"]["judge"]["permissions"] == {"contents": "read"}
