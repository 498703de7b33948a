"""`upweight fix` mends a work tree until `check` has nothing of it left, writes nothing else, and follows no link."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from service.cli import fix, triage
from tests.service.cli.test_triage import ATTRIBUTION, FOLDER, GOOD, git, write

BAD = GOOD.replace("do.\n", "do.  \n").rstrip()
app = typer.Typer()
fix.register(app)
triage.register(app)


def run(*arguments: str) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done.exit_code, done.stdout, done.stderr


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """A work tree with one leaf on main, and a branch to work on."""
    git(tmp_path, "init", "-q", "-b", "main", ".")
    write(tmp_path, BAD.replace("letters", "notes"))
    (tmp_path / FOLDER).rename(tmp_path / FOLDER.replace("letters", "notes"))
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "Begin")
    git(tmp_path, "switch", "-q", "-c", "letters")
    return tmp_path


def snapshot(folder: Path) -> dict[str, bytes]:
    return {
        p.relative_to(folder).as_posix(): p.read_bytes()
        for p in folder.rglob("*")
        if p.is_file() and ".git" not in p.parts
    }


def test_what_can_be_mended_is_mended_once_and_check_finds_none_of_it(work: Path) -> None:
    write(work, BAD)
    (work / FOLDER / "qna.yaml").rename(work / FOLDER / "qna.yml")
    before = snapshot(work)
    code, out, _ = run("fix", str(work))
    assert (code, out.splitlines()[0], out.splitlines()[-1]) == (
        0, f"{FOLDER}/qna.yml", "1 file mended; look with `upweight check`.",
    )  # fmt: skip
    after = snapshot(work)
    assert after.pop(f"{FOLDER}/qna.yaml") == GOOD.encode()
    del before[f"{FOLDER}/qna.yml"]
    assert after == before, "nothing else changed, and no file was left behind"
    found = json.loads(run("check", str(work), "--json")[1])["data"]["findings"]
    assert {each["rule"] for each in found} <= {"near-duplicate", "missing-sign-off"}
    assert run("fix", str(work))[:2] == (0, "Nothing to mend.\n")


def test_a_dry_run_shows_writes_nothing_and_tells_by_its_exit_code(work: Path) -> None:
    write(work, BAD)
    before = snapshot(work)
    code, out, _ = run("fix", str(work), "--diff")
    assert (code, out.splitlines()[:2]) == (0, [f"--- a/{FOLDER}/qna.yaml", f"+++ b/{FOLDER}/qna.yaml"])
    assert "-    answer: Three sentences do.  " in out.splitlines()
    code, out, _ = run("fix", str(work), "--check", "--json")
    told = json.loads(out)["data"]
    assert (code, told["written"], [each["path"] for each in told["files"]]) == (
        1,
        False,
        [f"{FOLDER}/qna.yaml"],
    )
    assert snapshot(work) == before
    run("fix", str(work))
    assert run("fix", str(work), "--check")[0] == 0


def test_what_is_unchanged_is_left_unless_all_is_asked_for(work: Path) -> None:
    assert run("fix", str(work))[1] == "Nothing to mend.\n"
    assert run("fix", str(work), "--all")[0] == 0
    assert (work / FOLDER.replace("letters", "notes") / "qna.yaml").read_text() == GOOD.replace(
        "letters", "notes"
    )


def test_a_path_keeps_the_rest_as_it_is(work: Path) -> None:
    write(work, BAD)
    run("fix", str(work / "compositional_skills" / "elsewhere" / ".."), "--json")
    (work / "knowledge").mkdir()
    assert run("fix", str(work / "knowledge"))[1] == "Nothing to mend.\n"
    assert (work / FOLDER / "qna.yaml").read_text() == BAD


def test_the_mode_of_a_file_stays_and_the_mark_of_a_program_goes(work: Path) -> None:
    write(work, BAD)
    (work / FOLDER / "qna.yaml").chmod(0o640)
    (work / FOLDER / "attribution.txt").chmod(0o755)
    run("fix", str(work))
    modes = [(work / FOLDER / name).stat().st_mode & 0o777 for name in ("qna.yaml", "attribution.txt")]
    assert modes == [0o640, 0o644]


def test_no_link_is_followed(work: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    outside = tmp_path_factory.mktemp("outside")
    write(outside, BAD)
    (work / "compositional_skills" / "far").symlink_to(outside / FOLDER, target_is_directory=True)
    (work / FOLDER).mkdir(parents=True)
    (work / FOLDER / "qna.yaml").symlink_to(outside / FOLDER / "qna.yaml")
    (work / FOLDER / "attribution.txt").write_text(ATTRIBUTION)
    for more in ([], ["--all"]):
        run("fix", str(work), *more)
        assert (outside / FOLDER / "qna.yaml").read_text() == BAD
    (work / "door").symlink_to(outside, target_is_directory=True)
    code, _, err = run("fix", str(work / "door"))
    assert (code, (outside / FOLDER / "qna.yaml").read_text()) == (2, BAD)
    assert "symbolic link" in err
    assert run("fix", str(work / "nowhere"))[0] == 2


def test_a_folder_without_git_is_mended_too(tmp_path: Path) -> None:
    write(tmp_path, BAD)
    assert run("fix", str(tmp_path))[0] == 0
    assert (tmp_path / FOLDER / "qna.yaml").read_text() == GOOD
