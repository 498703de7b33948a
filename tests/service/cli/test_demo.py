"""What a play shows at its end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from service.cli.answer import ourselves
from service.cli.demo import Voice, table
from service.demo import player
from service.demo.process import StoryEnds
from service.settings import store_file


def test_the_answers_before_and_after_the_last_release_are_shown_and_nothing_in_them_is_obeyed() -> None:
    asked = {"question": "What is it made of?", "before": "\x1b[2JTin.\nOr", "after": "Oak.\u202e"}
    release = {"version": "v2", "dir": "/r/v2", "leaves": [], "excluded": [], "answers": [asked]}
    text = table({"releases": [{**release, "version": "v1", "answers": [{}]}, release], "seconds": {}})
    assert text.splitlines()[-4:] == [
        "Answers before and after v2:", "  What is it made of?", "    before  [2JTin. Or", "    after   Oak.",
    ]  # fmt: skip


def test_where_nothing_was_released_nothing_is_shown() -> None:
    assert table({"releases": [], "seconds": {}}) == ""


def test_what_was_contributed_stands_first_and_no_path_is_cut() -> None:
    scores = {"before": 0.25, "after": 0.5, "change": 0.25, "low": -0.1, "high": 0.6}
    long = "compositional_skills/grounded/harbour/cargo_flags_of_the_outer_isles"
    roles = [("guard/food", "guard"), ("knowledge/bells", "protected"), (long, "contributed")]
    leaves = [{"path": path, "role": role, **scores} for path, role in roles]
    release = {"version": "v1", "dir": "/r/v1", "leaves": leaves, "excluded": [], "answers": []}
    text = table({"releases": [release], "seconds": {"base": 12.3, "batch 1": 40.0, "v1": 61.0}})
    rows = [line for line in text.splitlines() if " to +60" in line]
    assert [row.split()[0] for row in rows] == [long, "knowledge/bells", "guard/food"]
    assert {line.index("0.25") for line in rows} == {rows[0].index("0.25")}
    assert text.splitlines()[-2:] == ["Seconds by stage: base 12, batch 1 40.", "From the start to v1 61."]


def test_what_only_passes_is_written_over_by_what_comes_next(capsys: pytest.CaptureFixture[str]) -> None:
    voice = Voice()
    voice.tell("One.")
    voice.passing(["step 1 of 9", "x" * 500])
    voice.passing(["step 2 of 9"])
    voice.tell("Two.")
    said = capsys.readouterr().err
    assert said.count("\x1b[1A\x1b[2K") == 3
    assert said.endswith("     0 s  Two.\n")
    assert max(map(len, said.splitlines())) < 500, "no line of what passes is wider than the terminal"


def played(monkeypatch: pytest.MonkeyPatch, ends: BaseException | None, *given: str) -> Any:
    """A play that ends so, with a service that had begun."""
    from service.cli import app

    def play(self: player.Player) -> None:
        store_file(self.home).touch()
        if ends is not None:
            raise ends

    monkeypatch.setattr(player.Player, "play", play)
    monkeypatch.setattr(player.Player, "otherwise", lambda self: ["#1 is not there"])
    monkeypatch.setattr(player.Player, "summary", lambda self: {"releases": [], "seconds": {}})
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
