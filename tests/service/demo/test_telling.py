"""What the player says of a batch at work."""

from __future__ import annotations

from typing import Any

from service.db.tables import Batch, Release, Run
from service.demo.telling import Told, ended, gained, how_far


def run(**given: Any) -> Run:
    kept: dict[str, Any] = {
        "repository": "t",
        "batch": 1,
        "key": "k",
        "kind": "train",
        "purpose": "candidate",
    }
    return Run(**{**kept, "directory": "d", "created": 0.0, "mix": [3, 4], "state": "running", **given})


def batch(**given: Any) -> Batch:
    return Batch(**{"repository": "t", "id": 1, "members": [3, 4], "created": 0.0, "updated": 0.0, **given})


def test_a_training_says_its_step_and_how_long_the_rest_takes_at_its_pace() -> None:
    told = how_far(run(started=100.0, seed=7, progress={"step": 30, "of": 120}), 130.0)
    assert told == (
        "the candidate, trained on #3 #4, seed 7: step 30 of 120, about 90 s more, then its questions"
    )


def test_after_the_last_step_the_questions_are_said() -> None:
    told = how_far(run(started=1.0, seed=7, progress={"step": 9, "of": 9, "line": "step"}), 2.0)
    assert told == "the candidate, trained on #3 #4, seed 7: all 9 steps done, answering its questions"


def test_where_there_is_nothing_to_count_the_last_line_is_said() -> None:
    assert how_far(run(started=1.0, progress={}), 2.0) == "the candidate, trained on #3 #4: starting"
    asked = run(
        kind="measure", purpose="release", started=1.0, progress={"line": "36 items", "step": 1, "of": 9}
    )
    assert how_far(asked, 2.0) == "the model so far, measured again: 36 items"


def test_a_run_that_is_over_says_its_mix_and_its_seconds_and_one_that_broke_says_so() -> None:
    over = run(state="done", purpose="search", started=10.0, ended=31.4)
    assert ended(over) == "the search, trained on #3 #4 alone: 21 s"
    assert ended(run(state="failed", started=0.0, ended=1.0)).endswith("#3 #4: failed after 1 s")
    assert ended(run(state="done", purpose="trial", mix=[], started=0.0, ended=1.0)) == (
        "trial train (nothing new): 1 s"
    )


def test_a_fall_and_the_search_for_who_did_it_are_told_as_they_happen_and_nothing_twice() -> None:
    told, row = Told(), batch()
    assert list(told.news(row, [run(id=1)])) == []
    done = run(id=1, state="done", started=0.0, ended=5.0)
    assert list(told.news(row, [done])) == ["     the candidate, trained on #3 #4: 5 s"]
    row.gates = [{"members": [3, 4], "decision": "failed", "reasons": [{"sentence": "bells fell."}]}]
    assert list(told.news(row, [done])) == ["The gate on #3 #4: failed", "     bells fell."]
    trainings, seconds = {"usual": 6, "at_most": 9}, {"usual": 240, "at_most": 360}
    row.search = {
        "leaf": "knowledge/bells", "steps": [], "estimate": {"trainings": trainings, "seconds": seconds},
    }  # fmt: skip
    assert list(told.news(row, [done])) == [
        "Who did it? Some of them are trained without the others, and asked about knowledge/bells.",
        "     usually 6 trainings, at most 9; about 240 s",
    ]
    step = {"subset": [3], "score": 0.2, "seed": 1}
    row.search = {
        **row.search, "steps": [step], "posterior": {"3": 0.999, "4": 0.25}, "none": 0.001, "verdict": "go on",
    }  # fmt: skip
    assert list(told.news(row, [done])) == ["     by now: #3 > .99, #4 .25, nobody < .01"]
    row.search = {**row.search, "verdict": "blame", "blamed": [3]}
    assert list(told.news(row, [done])) == ["The search ends: it was #3, which is held back."]
    assert list(told.news(row, [done])) == []


def test_a_second_search_of_a_batch_is_told_too() -> None:
    first = {"leaf": "knowledge/bells", "verdict": "none", "steps": []}
    told, row = Told(), batch(search=first)
    assert len(list(told.news(row, []))) == 2
    row.search = {"leaf": "knowledge/ferries", "verdict": "unresolved", "steps": [], "earlier": [first]}
    begun, over = told.news(row, [])
    assert begun.endswith("asked about knowledge/ferries.")
    assert over == (
        "The search ends: it can't be told who did it; nobody is held back, and a person decides."
    )


def test_what_a_release_learned_is_said_of_what_was_contributed_alone() -> None:
    taught = {"role": "contributed", "before": 0.25, "after": 1.0}
    other = {"role": "protected", "before": 0.9, "after": 0.8}
    made: dict[str, Any] = {"version": "v1", "sequence": 1, "batch": 1, "directory": "d", "created": 0.0}
    row = Release(repository="t", **made, manifest={"leaves": [taught, other]})
    assert gained(row).endswith("25% were answered before, and 100% now")
    row.manifest = {"leaves": [other]}
    assert gained(row) == ""
