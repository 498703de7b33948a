"""The pre-commit hook judges what is staged: as pre-commit runs it, and by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from tests.deploy.taxonomy import ATTRIBUTION, FOLDER, LEAF, environment

MANIFEST = Path(__file__).parents[2] / ".pre-commit-hooks.yaml"
(HOOK,) = yaml.safe_load(MANIFEST.read_text())


def run(folder: Path, *command: str) -> tuple[int, str]:
    variables = environment(PRE_COMMIT_HOME=str(folder / ".git" / "cache"))
    done = subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A branch of a taxonomy, with one leaf's files written and nothing staged."""
    for command in (
        ["init", "-q", "-b", "main"],
        ["commit", "-q", "--allow-empty", "-sm", "Begin"],
        ["switch", "-qc", "w"],
    ):
        assert run(tmp_path, "git", *command)[0] == 0
    (tmp_path / FOLDER).mkdir(parents=True)
    (tmp_path / FOLDER / "qna.yaml").write_text(LEAF)
    (tmp_path / FOLDER / "attribution.txt").write_text(ATTRIBUTION)
    return tmp_path


def hook(work: Path) -> tuple[int, str]:
    """The hook's own command line."""
    return run(work, *HOOK["entry"].split())


def test_the_hook_has_the_documented_keys() -> None:
    assert set(HOOK) == {"id", "name", "description", "entry", "language", "pass_filenames", "always_run", "stages",
                         "minimum_pre_commit_version"}  # fmt: skip
    assert (HOOK["language"], HOOK["pass_filenames"], HOOK["stages"]) == ("python", False, ["pre-commit"])


@pytest.mark.slow
def test_pre_commit_takes_the_manifest() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)], check=False
    )
    assert done.returncode == 0


@pytest.mark.slow
def test_a_good_leaf_can_be_committed_beside_drafts_that_are_not_staged(work: Path) -> None:
    run(work, "git", "add", ".")
    (work / FOLDER / "qna.yaml").write_text("not: [yaml\n")
    (work / "knowledge" / "draft").mkdir(parents=True)
    (work / "knowledge" / "draft" / "qna.yaml").write_text("version: 3\n")
    code, out = hook(work)
    assert code == 0, out
    assert "not checked: missing-sign-off" in out


@pytest.mark.slow
def test_a_faulty_leaf_can_not_be_committed_though_it_was_mended_on_disk_alone(work: Path) -> None:
    (work / FOLDER / "qna.yaml").write_text("not: [yaml\n")
    run(work, "git", "add", ".")
    (work / FOLDER / "qna.yaml").write_text(LEAF)
    code, out = hook(work)
    assert code == 1
    assert "unreadable-yaml" in out


@pytest.mark.slow
def test_an_attribution_that_is_taken_away_is_missed(work: Path) -> None:
    run(work, "git", "add", ".")
    run(work, "git", "commit", "-qsm", "Add letters")
    run(work, "git", "rm", "-q", f"{FOLDER}/attribution.txt")
    code, out = hook(work)
    assert code == 1
    assert "missing-attribution" in out


@pytest.mark.slow
def test_an_older_commit_without_sign_off_stops_no_commit(work: Path) -> None:
    run(work, "git", "add", ".")
    run(work, "git", "commit", "-qm", "Forgot to sign off")
    (work / FOLDER / "qna.yaml").write_text(LEAF.replace("a week", "ten days"))
    run(work, "git", "add", ".")
    assert hook(work)[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    "arguments", [["--all"], [f"{FOLDER}/qna.yaml"], ["--include", f"{FOLDER}/qna.yaml"]]
)
def test_a_commit_that_stages_by_itself_is_judged_by_what_it_stages(work: Path, arguments: list[str]) -> None:
    run(work, "git", "add", ".")
    run(work, "git", "commit", "-qsm", "Add letters")
    script = work / ".git" / "hooks" / "pre-commit"
    script.parent.mkdir(exist_ok=True)
    script.write_text(f"#!/bin/bash\nexec {HOOK['entry']}\n")
    script.chmod(0o755)
    (work / FOLDER / "qna.yaml").write_text("not: [yaml\n")
    code, out = run(work, "git", "commit", "-qsm", "Break it", *arguments)
    assert code == 1
    assert "unreadable-yaml" in out
    (work / FOLDER / "qna.yaml").write_text(LEAF.replace("a week", "ten days"))
    assert run(work, "git", "commit", "-qsm", "Change it", *arguments)[0] == 0


@pytest.mark.slow
def test_pre_commit_itself_runs_the_hook_at_a_commit(
    work: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """As `pre-commit try-repo` does it; with the language `system`, since to build an environment needs the network."""
    source = tmp_path_factory.mktemp("hooks")
    (source / MANIFEST.name).write_text(yaml.safe_dump([{**HOOK, "language": "system"}]))
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "Hooks"]):
        assert run(source, "git", *command)[0] == 0
    run(work, "git", "add", ".")
    told = [sys.executable, "-m", "pre_commit", "try-repo", str(source), "upweight-check", "--verbose"]
    code, out = run(work, *told)
    assert code == 0, out
    (work / FOLDER / "attribution.txt").unlink()
    run(work, "git", "add", "--all")
    (work / FOLDER / "attribution.txt").write_text(ATTRIBUTION)
    code, out = run(work, *told)
    assert code == 1
    assert "missing-attribution" in out
    assert os.path.exists(work / FOLDER / "attribution.txt")
