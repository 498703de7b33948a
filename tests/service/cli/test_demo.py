"""What a play shows at its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli.answer import ourselves
from service.cli.demo import table
from service.demo import player
from service.demo.process import StoryEnds
from service.settings import store_file


def test_the_answers_before_and_after_the_last_release_are_shown_and_nothing_in_them_is_obeyed() -> None:
    asked = {"question": "What is it made of?", "before": "\x1b[2JTin.\nOr", "after": "Oak.\u202e"}
    release = {"version": "v2", "dir": "/r/v2", "leaves": [], "excluded": [], "answers": [asked]}
    text = table({"releases": [{**release, "version": "v1", "answers": [{}]}, release]})
    assert text.splitlines()[-4:] == [
        "Answers before and after v2:", "  What is it made of?", "    before  [2JTin. Or", "    after   Oak.",
    ]  # fmt: skip


def test_where_nothing_was_released_nothing_is_shown() -> None:
    assert table({"releases": []}) == ""


def played(monkeypatch: pytest.MonkeyPatch, ends: BaseException | None, *given: str) -> Any:
    """A play that ends so, with a service that had begun."""
    from service.cli import app

    def play(self: player.Player) -> None:
        store_file(self.home).touch()
        if ends is not None:
            raise ends

    monkeypatch.setattr(player.Player, "play", play)
    monkeypatch.setattr(player.Player, "otherwise", lambda self: ["#1 is not there"])
    monkeypatch.setattr(player.Player, "summary", lambda self: {"releases": []})
    return CliRunner().invoke(app, ["demo", "--model", "tiny", *given])


def test_a_play_that_is_interrupted_says_where_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = played(monkeypatch, KeyboardInterrupt(), "--home", str(tmp_path / "home"))
    assert done.exit_code == 130
    assert f"up --home {tmp_path / 'home'}" in done.stderr
    assert "The story ends here." in done.stderr


def test_a_story_that_ends_early_names_its_cause_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = played(monkeypatch, StoryEnds("no such model"), "--home", str(tmp_path / "home"))
    assert (done.exit_code, done.stderr.count("Otherwise than written")) == (1, 1)
    assert "no such model" in done.stderr


def test_a_folder_that_is_no_home_is_not_offered_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    assert "Name an empty folder" in played(monkeypatch, None, "--home", str(tmp_path)).stderr
    store_file(tmp_path).touch()
    assert f"Open it: {ourselves()} up --home" in played(monkeypatch, None, "--home", str(tmp_path)).stderr


@pytest.mark.parametrize("seed", ["-5", "99999999999999999999"])
def test_a_seed_that_no_run_can_have_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, seed: str) -> None:
    assert played(monkeypatch, None, "--seed", seed).exit_code == 2


def test_a_command_off_the_search_path_is_named_by_its_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "bin" / "upweight"
    command.parent.mkdir()
    command.write_text("#!/bin/sh\n")
    command.chmod(0o755)
    monkeypatch.setattr("sys.argv", [str(command)])
    monkeypatch.setenv("PATH", "/nowhere")
    assert ourselves() == str(command)
    monkeypatch.setenv("PATH", str(command.parent))
    assert ourselves() == "upweight"
