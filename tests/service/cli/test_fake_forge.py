"""The fake forge from the command line: it tells where it is, and ends with the terminal."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from service.cli import app


@pytest.mark.slow
def test_it_serves_a_folder_s_files_and_tells_how_to_point_a_service_at_it(tmp_path: Path) -> None:
    (tmp_path / "taxonomy" / "knowledge").mkdir(parents=True)
    (tmp_path / "taxonomy" / "knowledge" / "note.txt").write_text("x\n")
    (tmp_path / "secret").write_text("a-secret\nand more\n")
    command = [sys.executable, "-m", "service", "fake-forge", "github", "--repository", "sea/leaves"]
    command += ["--taxonomy", "taxonomy", "--secret-file", "secret", "--dir", "play"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert told["webhook_secret"] == told["environment"]["UPWEIGHT_GITHUB_WEBHOOK_SECRET"] == "a-secret"
        assert (
            told["environment"]["UPWEIGHT_GITHUB_GIT"] == f"file://{tmp_path}/play/git/{{owner}}/{{name}}.git"
        )
        assert Path(told["key_file"]).stat().st_mode & 0o777 == 0o600
        assert httpx.get(told["control"]).json()["repositories"] == ["sea/leaves"]
        files = subprocess.run(
            ["git", "-C", tmp_path / "play/git/sea/leaves.git", "ls-tree", "-r", "--name-only", "main"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert files.stdout.split() == ["knowledge/note.txt"]
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said


@pytest.mark.slow
def test_a_gitlab_is_served_until_somebody_ends_it_and_no_play_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "taxonomy").mkdir()
    (tmp_path / "taxonomy" / "note.txt").write_text("x\n")
    command = [sys.executable, "-m", "service", "fake-forge", "gitlab", "--repository", "sea/deep/leaves"]
    command += ["--taxonomy", "taxonomy", "--dir", "play"]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        given = told["environment"]
        assert set(given) == {f"UPWEIGHT_GITLAB_{name}" for name in ("URL", "TOKEN", "GIT", "WEBHOOK_SECRET")}
        assert given["UPWEIGHT_GITLAB_GIT"] == f"file://{tmp_path}/play/{{path}}.git"
        me = httpx.get(f"{told['url']}/api/v4/user", headers={"PRIVATE-TOKEN": told["token"]})
        assert me.status_code == 200
        assert httpx.get(told["control"]).json()["project"] == "sea/deep/leaves"
        files = subprocess.run(
            ["git", "-C", tmp_path / "play/sea/deep/leaves.git", "ls-tree", "-r", "--name-only", "main"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        assert files.stdout.split() == ["note.txt"]
        again = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert again.returncode != 0
        assert "holds a play already" in again.stderr
    finally:
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)
    assert process.returncode == 0, said


@pytest.mark.parametrize(
    ("wrong", "code", "said"),
    [
        (["--repository", "leaves"], 2, "Write it as "),
        (["--repository", "a//c"], 2, "Write it as "),
        (["--secret-file", "nowhere"], 5, "holds no secret"),
        (["--taxonomy", "nowhere"], 5, "holds no files"),
    ],
)
@pytest.mark.parametrize("forge", ["github", "gitlab"])
def test_wrong_use_is_told_with_its_remedy(
    tmp_path: Path, forge: str, wrong: list[str], code: int, said: str
) -> None:
    done = CliRunner().invoke(app, ["fake-forge", forge, "--dir", str(tmp_path), *wrong])
    assert done.exit_code == code
    assert said in " ".join(done.output.split())


def test_what_its_page_says_to_type_is_a_shell_s_language(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "fake-forge.md").read_text()
    blocks = [block.partition("```")[0] for block in page.split("```sh\n")[1:]]
    assert len(blocks) >= 5
    for shell in ("sh", "bash"):
        for block in blocks:
            (tmp_path / "block").write_text(block)
            done = subprocess.run([shell, "-n", "block"], cwd=tmp_path, capture_output=True, text=True)
            assert done.returncode == 0, f"{done.stderr}\n{block}"
