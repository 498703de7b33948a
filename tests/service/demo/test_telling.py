"""What the player says of runs."""

from __future__ import annotations

from typing import Any

from service.db.tables import Run
from service.demo.telling import ended, how_far


def run(**given: Any) -> Run:
    kept: dict[str, Any] = {
        "repository": "t",
        "batch": 1,
        "key": "k",
        "kind": "train",
        "purpose": "candidate",
    }
    return Run(**{**kept, "directory": "d", "created": 0.0, "mix": [3, 4], "state": "running", **given})


def test_a_training_says_its_step_and_how_long_the_rest_takes_at_its_pace() -> None:
    told = how_far(run(started=100.0, progress={"step": 30, "of": 120}), 130.0)
    assert told == "candidate train: step 30 of 120, about 90 s more, then its questions"


def test_after_the_last_step_the_questions_are_said() -> None:
    told = how_far(run(started=1.0, seed=7, progress={"step": 9, "of": 9, "line": "step"}), 2.0)
    assert told == "candidate train, seed 7: all 9 steps done, answering its questions"


def test_where_there_is_nothing_to_count_the_last_line_is_said() -> None:
    assert how_far(run(started=1.0, progress={}), 2.0) == "candidate train: starting"
    asked = run(
        kind="measure", purpose="release", started=1.0, progress={"line": "36 items", "step": 1, "of": 9}
    )
    assert how_far(asked, 2.0) == "release measure: 36 items"


def test_a_run_that_is_over_says_its_mix_and_its_seconds() -> None:
    over = run(state="done", started=10.0, ended=31.4)
    assert ended(over) == "candidate train (#3 #4) done in 21 s"
    assert "(nothing new)" in ended(run(mix=[], started=0.0, ended=1.0))
