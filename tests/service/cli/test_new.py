"""`upweight new` begins a leaf that only its gaps keep from passing, in a place that the rules take."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.cli import new, triage
from tests.service.cli.test_triage import git
from triage_rules.taxonomy import read

app = typer.Typer()
new.register(app)
triage.register(app)


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A taxonomy whose policy asks for seven seeds, and a branch to work on."""
    git(tmp_path, "init", "-q", "-b", "main", ".")
    (tmp_path / ".upweight").mkdir()
    (tmp_path / ".upweight" / "policy.toml").write_text("[rules.too-few-seeds]\nat_least = 7\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Begin")
    git(tmp_path, "switch", "-q", "-c", "work")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "folder", "kind"),
    [
        (["skill"], "compositional_skills/harbour/lamps", "freeform"),
        (["skill", "--grounded"], "compositional_skills/grounded/lamps", "grounded"),
        (["knowledge"], "knowledge/lamps", "knowledge"),
    ],
)
def test_a_leaf_is_begun_with_as_many_seeds_as_the_policy_asks_for(
    work: Path, words: list[str], folder: str, kind: str
) -> None:
    code, out, _ = run("new", *words, folder, "--by", "ada", "--json")
    told = json.loads(out)["data"]
    leaf = read(f"{folder}/qna.yaml", (work / folder / "qna.yaml").read_bytes()).leaf
    assert leaf is not None
    assert (code, leaf.kind, leaf.groups, leaf.version, leaf.created_by) == (0, kind, 7, 3, "ada")
    found = json.loads(run("check", folder, "--json")[1])["data"]["findings"]
    assert {each["rule"] for each in found} == {"placeholder-text"}
    lines = (work / folder / "qna.yaml").read_text().count("<TO WRITE")
    assert len(told["gaps"]) == lines + (work / folder / "attribution.txt").read_text().count("<TO WRITE")


def test_what_is_there_is_never_touched(work: Path) -> None:
    folder = work / "compositional_skills" / "lamps"
    folder.mkdir(parents=True)
    code, _, err = run("new", "skill", "compositional_skills/lamps")
    assert (code, list(folder.iterdir())) == (2, [])
    assert "is there already" in err


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["skill", "knowledge/lamps"], "no place for a skill"),
        (["knowledge", "compositional_skills/lamps"], "no place for knowledge"),
        (["skill", "foundational_skills/lamps"], "no place for a skill"),
        (["skill", "compositional_skills/Two Lamps"], "The folder is called"),
        (["skill", "compositional_skills/lamps/con"], "con"),
        (["skill", "compositional_skills"], "no place for a skill"),
        (["skill", "../lamps"], "no place for a skill"),
        (["skill", "compositional_skills/../../lamps"], "no place for a skill"),
        (["skill", "compositional_skills/lamps", "--by", "Ada Brandt"], "is no handle"),
    ],
)
def test_a_place_or_a_handle_that_the_rules_refuse_is_refused_at_once(
    work: Path, words: list[str], why: str
) -> None:
    before = files(work)
    code, _, err = run("new", *words)
    assert code == 2
    assert why in err
    assert files(work) == before
    assert not (work.parent / "lamps").exists()


def files(folder: Path) -> list[Path]:
    """Everything in a folder but what Git and the index of seeds keep for themselves."""
    return sorted(each for each in folder.rglob("*") if ".git" not in each.parts)


def test_a_tree_that_the_policy_closes_is_closed(work: Path) -> None:
    (work / "p.toml").write_text('[rules.closed-tree]\nclosed = ["knowledge/secret"]\n')
    code, _, err = run("new", "knowledge", "knowledge/secret/lamps", "--policy", "p.toml")
    assert (code, (work / "knowledge").exists()) == (2, False)
    assert "closed" in err


def test_no_link_on_the_way_is_followed(work: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    (work / "knowledge").symlink_to(outside, target_is_directory=True)
    assert run("new", "knowledge", "knowledge/lamps")[0] == 2
    assert list(outside.iterdir()) == []


def test_the_first_leaf_of_all_needs_neither_git_nor_a_tree(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("new", "knowledge", "knowledge/lamps")[0] == 0
    assert (tmp_path / "knowledge" / "lamps" / "qna.yaml").exists()


def test_a_leaf_that_is_named_from_the_root_is_not_begun_below_another(
    work: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (work / "knowledge" / "harbour").mkdir(parents=True)
    monkeypatch.chdir(work / "knowledge" / "harbour")
    code, _, err = run("new", "knowledge", "knowledge/harbour/lamps")
    assert code == 2
    assert "From here it is lamps" in err
    assert not (work / "knowledge" / "harbour" / "knowledge").exists()
    assert run("new", "knowledge", "lamps")[0] == 0
    assert (work / "knowledge" / "harbour" / "lamps" / "qna.yaml").is_file()
