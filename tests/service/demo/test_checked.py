"""`upweight demo --check`: a line for each problem, the sentence about them last; with --json one object."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import typer

from service.cli.demo import demo
from service.demo.story import FILE
from tests.service.demo.breaking import edit

Said = pytest.CaptureFixture[str]


def test_warnings_stop_nobody_and_are_counted(copy: Path, capsys: Said) -> None:
    edit(copy / FILE, 'verdicts = ["changes-requested", "passed"]', 'verdicts = ["passed", "passed"]')
    demo(story=copy, check=True)
    told = capsys.readouterr()
    assert told.out.splitlines()[0].startswith("story.toml:")
    assert told.out.splitlines()[1] == "bells: passed"
    assert told.out.splitlines()[-1] == "The story can be played; 1 warning."
    assert told.err == ""


@pytest.mark.parametrize(("broken", "said"), [(1, "1 thing is wrong."), (2, "2 things are wrong.")])
def test_what_is_wrong_is_counted_in_good_english(copy: Path, capsys: Said, broken: int, said: str) -> None:
    for name in ("ferries", "bells")[:broken]:
        (copy / "taxonomy/evaluation/knowledge/skerrow" / name / "items.yaml").unlink()
    with pytest.raises(typer.Exit) as ended:
        demo(story=copy, check=True)
    told = capsys.readouterr()
    assert ended.value.exit_code == 1
    assert len(told.out.splitlines()) == broken
    assert told.err.startswith(said)


def test_as_json_there_is_one_object_alone(copy: Path, capsys: Said) -> None:
    (copy / "taxonomy/evaluation/knowledge/skerrow/ferries/items.yaml").unlink()
    with pytest.raises(typer.Exit):
        demo(story=copy, check=True, as_json=True)
    told = capsys.readouterr()
    answer = json.loads(told.out)
    assert told.err == ""
    assert answer["error"]["message"] == "1 thing is wrong."
    assert len(answer["data"]["problems"]) == 1
