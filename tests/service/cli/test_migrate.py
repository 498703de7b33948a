"""`upweight migrate` lifts what lies below a path, says why a leaf stays, and does nothing the second time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.cli import migrate
from tests.service.cli.test_triage import GOOD, git, write
from tests.triage_rules.test_lifting import OLD
from triage_rules.taxonomy import read

app = typer.Typer()
app.command("other")(lambda: None)
migrate.register(app)


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["migrate", *arguments])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A taxonomy with an old skill and old knowledge, on main."""
    git(tmp_path, "init", "-q", "-b", "main", ".")
    write(tmp_path, GOOD.replace("version: 3", "version: 1"))
    (tmp_path / "knowledge" / "moons").mkdir(parents=True)
    (tmp_path / "knowledge" / "moons" / "qna.yaml").write_text(OLD)
    (tmp_path / "qna.yaml").write_text(OLD)
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Begin")
    return tmp_path


def test_leaves_are_lifted_and_the_second_time_nothing_is(work: Path) -> None:
    code, out = run(str(work))
    assert (code, out.count("Lifted:")) == (0, 2)
    assert "gaps are marked" in out
    knowledge = work / "knowledge" / "moons" / "qna.yaml"
    leaf = read("knowledge/moons/qna.yaml", knowledge.read_bytes()).leaf
    assert leaf is not None
    assert (leaf.version, leaf.groups) == (3, 5)
    assert (work / "qna.yaml").read_text() == OLD, "what lies in no tree is no leaf"
    assert run(str(work)) == (0, "Every leaf here has the newest schema.\n")


def test_a_path_and_a_dry_run_leave_the_rest(work: Path) -> None:
    code, out = run(str(work / "knowledge"), "--diff", "--json")
    [told] = json.loads(out)["data"]["files"]
    assert (code, told["path"]) == (0, "knowledge/moons/qna.yaml")
    assert told["gaps"] > 10
    assert "+version: 3" in told["diff"].splitlines()
    assert (work / "knowledge" / "moons" / "qna.yaml").read_text() == OLD
    assert run(str(work / "knowledge" / "moons" / "qna.yaml"))[1].count("Lifted:") == 1


def test_what_stays_says_why(work: Path) -> None:
    (work / "knowledge" / "moons" / "qna.yaml").write_text("a: [")
    code, out = run(str(work / "knowledge"))
    assert (code, out) == (
        1, "Left as it is: knowledge/moons/qna.yaml: it can't be read: `upweight check` tells where.\n"
    )  # fmt: skip


def test_no_link_is_followed(work: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (outside / "qna.yaml").write_text(OLD)
    (work / "knowledge" / "far").symlink_to(outside, target_is_directory=True)
    (work / "knowledge" / "near").mkdir()
    (work / "knowledge" / "near" / "qna.yaml").symlink_to(outside / "qna.yaml")
    run(str(work))
    assert run(str(work / "knowledge" / "far"))[0] == 2
    assert (outside / "qna.yaml").read_text() == OLD
