"""Trainings: the same bytes whatever happens between start and end, and a record of what went in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eval_harness import job as jobs
from eval_harness.job import Refused, Stopped, TrainJob
from eval_harness.models import roots
from eval_harness.train.loop import Asked

pytestmark = pytest.mark.slow


class AskedAt(Asked):
    """Asked to stop when it is looked at for the nth time; never, where n is zero."""

    def __init__(self, looks: int) -> None:
        self.looks = looks

    @property
    def stop(self) -> bool:  # type: ignore[override]
        self.looks -= 1
        return self.looks == 0


def train(folder: Path, stop_at: int = 0) -> dict[str, Any]:
    """Do a folder's train job in this process."""
    from eval_harness.train.run import run

    job = jobs.read(folder)
    assert isinstance(job, TrainJob)
    return run(folder, job, AskedAt(stop_at))


def weights(folder: Path) -> dict[str, str]:
    """The hash of each file of the weights that a training wrote."""
    return roots.files(folder / "model")


def test_two_runs_write_the_same_bytes_and_another_seed_others(train_job: Callable[..., Path]) -> None:
    one, again, other = train_job("one"), train_job("again"), train_job("other", seed=6)
    made = [train(folder) for folder in (one, again, other)]
    assert weights(one) == weights(again)
    assert made[0]["root"] == made[1]["root"] != made[2]["root"]
    assert made[0]["loss"] == made[1]["loss"]


@pytest.mark.parametrize("step", [1, 2, 4])
def test_a_training_that_was_stopped_and_goes_on_writes_the_same_bytes(
    train_job: Callable[..., Path], step: int
) -> None:
    mix = {"leaves": ["knowledge/isle/bells", "knowledge/isle/ferries"]}
    whole, broken = train_job("whole", mix=mix), train_job("broken", mix=mix)
    made = train(whole)
    assert made["steps"] > 4
    with pytest.raises(Stopped, match=f"step {step} of {made['steps']}"):
        train(broken, stop_at=step + 1)
    assert not (broken / "model").exists()
    resumed = train(broken)
    assert weights(broken) == weights(whole)
    assert (resumed["loss"], resumed["tokens"]) == (made["loss"], made["tokens"])
    assert not (broken / "checkpoint.safetensors").exists()


def test_a_training_goes_on_from_other_weights_and_leaves_them_as_they_are(
    train_job: Callable[..., Path],
) -> None:
    first = train_job("first")
    made = train(first)
    before = weights(first)
    mix = {"leaves": ["knowledge/isle/ferries"], "replay": ["knowledge/isle/bells"]}
    second = train(train_job("second", start={"weights": str(first / "model")}, mix=mix))
    assert weights(first) == before
    assert second["root"] != made["root"]
    assert (second["spec"]["rows_new"], second["spec"]["rows_old"]) == (16, 16)


@pytest.mark.parametrize("measured", ["items.jsonl", "search.jsonl"])
def test_a_row_that_asks_the_exams_question_fails_the_run_with_the_pair(
    train_job: Callable[..., Path], rows_file: Path, measured: str
) -> None:
    rows = [json.loads(line) for line in rows_file.read_text().splitlines()]
    row = next(row for row in rows if row["leaf"] == "knowledge/isle/bells")
    folder = train_job("asked", measure={"items": measured, "exam": "items.jsonl"})
    first, other, *_ = map(json.loads, (folder / "items.jsonl").read_text().splitlines())
    asked = {**other, "question": row["question"].upper()}
    (folder / "search.jsonl").write_text(json.dumps(first) + "\n")
    (folder / "items.jsonl").write_text(json.dumps(first) + "\n" + json.dumps(asked) + "\n")
    with pytest.raises(Refused) as refused:
        train(folder)
    assert f"the row {row['id']} of knowledge/isle/bells" in str(refused.value)
    assert f"the very question of the item {other['id']}" in str(refused.value)
    assert not (folder / "result.json").exists()


def test_the_record_of_a_training_names_all_that_it_rests_on(
    train_job: Callable[..., Path], tiny: Any
) -> None:
    from eval_harness.recipe import load

    folder = train_job("told", measure={"items": "items.jsonl"})
    made = train(folder)
    spec = made["spec"]
    assert spec["base"] == tiny.root
    assert (spec["recipe"], spec["recipe_hash"]) == ("short", load("short", "tiny").hash)
    assert (spec["seed"], spec["threads"]) == (5, 1)
    assert list(spec["mix"]["leaves"]) == ["knowledge/isle/bells"]
    assert made["root"] == roots.weights_root(folder / "model")
    asked = {json.loads(line)["id"] for line in (folder / "items.jsonl").read_text().splitlines()}
    assert set(made["scores"]) == asked
    assert all(y in (0.0, 1.0) and 0.0 <= p <= 1.0 for y, p in made["scores"].values())
    assert made["steps"] == len(made["loss"])
    assert made["rows"] == {"knowledge/isle/bells": spec["rows_new"]}
    assert list(made["fit"]) == ["knowledge/isle/bells"]
    assert 0 < made["fit"]["knowledge/isle/bells"] < 10


def test_a_leaf_without_rows_is_refused_by_name(train_job: Callable[..., Path]) -> None:
    with pytest.raises(Refused, match="knowledge/isle/none"):
        train(train_job("none", mix={"leaves": ["knowledge/isle/none"]}))


def test_what_could_not_be_measured_is_refused_before_anything_is_trained(
    train_job: Callable[..., Path],
) -> None:
    folder = train_job("asked", measure={"items": "items.jsonl", "suites": ["safty"]})
    with pytest.raises(Refused, match="no suite 'safty'"):
        train(folder)
    from eval_harness.items import items_of

    entry = {"cluster": "a", "question": "Why?", "answer": "word " * 9, "kind": "generated"}
    [item] = items_of("knowledge/isle/bells", [entry], judge=True)
    folder = train_job("judged", measure={"items": "items.jsonl"})
    (folder / "items.jsonl").write_text(json.dumps(item.to_json()) + "\n")
    with pytest.raises(Refused, match=f"the item {item.id} .* no judge is configured"):
        train(folder)
    assert not (folder / "progress.jsonl").exists()


def test_a_training_is_measured_on_the_suites_that_are_asked_for(train_job: Callable[..., Path]) -> None:
    made = train(train_job("asked", measure={"items": "items.jsonl", "suites": ["fairness"]}))
    assert set(made["suites"]) == {"fairness"}
    assert len(made["suites"]["fairness"]["scores"]) == 32
    assert not set(made["suites"]["fairness"]["scores"]) & set(made["scores"])


def test_a_row_that_asks_a_question_of_a_suite_fails_the_run(
    train_job: Callable[..., Path], rows_file: Path
) -> None:
    from eval_harness.suites.questions import questions

    folder = train_job("asked", measure={"items": "items.jsonl", "suites": ["safety"]})
    item = questions("safety")[3]
    first, *rest = map(json.loads, rows_file.read_text().splitlines())
    rows = [{**first, "question": item.question}, *rest]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    job = json.loads((folder / "job.json").read_text())
    (folder / "job.json").write_text(json.dumps(job | {"rows": ["rows.jsonl"]}))
    with pytest.raises(Refused, match=f"the very question of the item {item.id} of suite/safety"):
        train(folder)
