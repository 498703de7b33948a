"""The journal of an evaluation: killed at any place and begun again, it ends with the same numbers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval_harness.items import Item
from eval_harness.measure.journal import FILE, Journal, Score
from eval_harness.models.split import Split
from eval_harness.recipe import MeasureRecipe
from tests.eval_harness.conftest import items_of_leaf

RECIPE = MeasureRecipe("sum", 512)


class Killed(Exception):
    """What stands for a kill within this process."""


class Dying(Journal):
    """A journal in which the process dies once `after` groups are kept."""

    def __init__(self, directory: Path, weights: str, spec: str, after: int) -> None:
        super().__init__(directory, weights, spec)
        self.after = after

    def keep(self, scores: Mapping[str, Score]) -> None:
        super().keep(scores)
        self.after -= 1
        if not self.after:
            raise Killed


class Counting(Journal):
    """A journal that counts the items that are measured anew."""

    anew = 0

    def keep(self, scores: Mapping[str, Score]) -> None:
        super().keep(scores)
        self.anew += len(scores)


@pytest.fixture(scope="module")
def items() -> list[Item]:
    """Three leaves of eight items: six groups, of two items that search and six that confirm."""
    return [Item.from_json(one) for name in ("bells", "ferries", "tides") for one in items_of_leaf(name)]


@pytest.fixture(scope="module")
def split(tiny: Any) -> Split:
    """The tiny base, undivided."""
    return Split(tiny.folder, tiny.root, 0, "float32")


def score(split: Split, items: Sequence[Item], journal: Journal | None = None) -> dict[str, Score]:
    """The scores of the items by the tiny base."""
    from eval_harness.measure.score import scores

    return scores(split, None, items, RECIPE, journal)


@pytest.mark.slow
@pytest.mark.parametrize("after", [1, 3, 5])
def test_an_evaluation_that_was_killed_goes_on_where_it_was_and_ends_alike(
    split: Split, items: list[Item], tmp_path: Path, after: int
) -> None:
    whole = score(split, items)
    with pytest.raises(Killed):
        score(split, items, Dying(tmp_path, "w", "s", after))
    kept = len((tmp_path / FILE).read_text().split())
    again = Counting(tmp_path, "w", "s")
    assert json.dumps(score(split, items, again)) == json.dumps(whole)
    assert again.anew == len(items) - len(again.known) < len(items)
    assert kept
    nothing = Counting(tmp_path, "w", "s")
    assert score(split, items, nothing) == whole
    assert nothing.anew == 0


@pytest.mark.slow
def test_a_torn_line_counts_for_nothing_and_spoils_no_line_after_it(
    split: Split, items: list[Item], tmp_path: Path
) -> None:
    whole = score(split, items, Journal(tmp_path, "w", "s"))
    file = tmp_path / FILE
    file.write_text(file.read_text()[: -len("0.1]}\n")])
    torn = Counting(tmp_path, "w", "s")
    assert len(torn.known) == len(items) - 1
    assert score(split, items, torn) == whole
    assert 0 < torn.anew < len(items)  # the whole group: its items share packs
    healed = Counting(tmp_path, "w", "s")
    assert score(split, items, healed) == whole
    assert healed.anew == 0


@pytest.mark.parametrize(("weights", "spec"), [("other", "s"), ("w", "other")])
def test_lines_of_other_weights_or_of_another_spec_are_nobodys_scores(
    tmp_path: Path, weights: str, spec: str
) -> None:
    Journal(tmp_path, "w", "s").keep({"i": [1.0, 0.5]})
    assert Journal(tmp_path, weights, spec).known == {}
    assert Journal(tmp_path, "w", "s").known == {"i": [1.0, 0.5]}


def test_what_nobody_could_judge_is_asked_again(tmp_path: Path) -> None:
    Journal(tmp_path, "w", "s").keep({"i": None, "j": [0.0, None]})
    assert Journal(tmp_path, "w", "s").known == {"j": [0.0, None]}


def test_bytes_that_are_no_journal_are_passed_over(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'\xff\x00\n[1]\n"x"\n{"item": "i"}\n{"weights": "w", "spe')
    journal = Journal(tmp_path, "w", "s")
    assert journal.known == {}
    journal.keep({"i": [1.0, 0.5]})
    assert Journal(tmp_path, "w", "s").known == {"i": [1.0, 0.5]}


def test_keeping_a_group_takes_a_few_milliseconds(tmp_path: Path) -> None:
    journal = Journal(tmp_path, "w" * 64, "s" * 64)
    group: dict[str, Score] = {f"{number:020}": [1.0, 0.123456] for number in range(80)}
    took = []
    for _ in range(20):
        began = time.perf_counter()
        journal.keep(group)
        took.append(time.perf_counter() - began)
    assert sorted(took)[len(took) // 2] < 0.02  # the median: a busy disk makes single ones wait


KILLED = """
import os, signal, sys
from eval_harness.__main__ import main
from eval_harness.measure.journal import Journal

class Dying(Journal):
    left = int(sys.argv[2])

keep = Journal.keep
def dying(self, scores):
    keep(self, scores)
    Dying.left -= 1
    if not Dying.left:
        os.kill(os.getpid(), signal.SIGKILL)

Journal.keep = dying
sys.exit(main(["run", sys.argv[1]]))
"""


def do(folder: Path, after: int = 0) -> int:
    """Do a folder's job in a process of its own; it is killed after `after` groups, where that is not 0."""
    return subprocess.run([sys.executable, "-c", KILLED, str(folder), str(after)], check=False).returncode


@pytest.mark.slow
def test_a_training_that_is_killed_while_it_measures_trains_nothing_again(
    train_job: Callable[..., Path],
) -> None:
    measure = {"items": "items.jsonl"}
    whole, broken = train_job("whole", measure=measure), train_job("broken", measure=measure)
    assert do(whole) == 0
    assert do(broken, after=1) == -signal.SIGKILL
    assert not (broken / "result.json").exists()
    kept = (broken / FILE).read_bytes()
    steps = len((broken / "progress.jsonl").read_text().splitlines())
    assert do(broken) == 0
    assert (broken / FILE).read_bytes().startswith(kept)
    told = [json.loads((folder / "result.json").read_text()) for folder in (whole, broken)]
    for key in ("scores", "spec_hash", "root", "loss", "fit"):
        assert told[0][key] == told[1][key]
    lines = [json.loads(line) for line in (broken / FILE).read_text().split("\n") if line]
    assert len(lines) == len({line["item"] for line in lines}) == len(told[0]["scores"])
    assert (
        len((broken / "progress.jsonl").read_text().splitlines()) - steps == 1
    )  # what it starts with, no step


@pytest.mark.slow
def test_the_weights_of_a_training_are_known_by_the_same_name_when_they_are_measured_again(
    train_job: Callable[..., Path], tmp_path: Path, cache_folder: Path
) -> None:
    made = train_job("made", measure={"items": "items.jsonl"})
    assert do(made) == 0
    again = tmp_path / "again"
    again.mkdir()
    for name in (FILE, "items.jsonl"):
        (again / name).write_bytes((made / name).read_bytes())
    job = {
        "schema": 1, "kind": "measure", "model": "tiny", "recipe": "short", "cache": str(cache_folder),
        "items": "items.jsonl", "weights": {"model": str(made / "model")},
    }  # fmt: skip
    (again / "job.json").write_text(json.dumps(job))
    assert do(again, after=1) == 0  # nothing is measured, so nothing kills it
    told = [json.loads((folder / "result.json").read_text()) for folder in (made, again)]
    assert told[0]["scores"] == told[1]["scores"]
    assert told[0]["spec_hash"] == told[1]["spec_hash"]  # N beside N+1: the same items, the same spec
