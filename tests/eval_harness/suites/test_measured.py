"""Suites as a job measures them: beside the items, in no comparison of leaves, journalled alike."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval_harness import job as jobs
from eval_harness.job import Refused
from eval_harness.suites.questions import NAMES, questions
from tests.eval_harness.conftest import items_of_leaf

pytestmark = pytest.mark.slow


def measure(folder: Path, cache_folder: Path, *suites: str) -> dict[str, Any]:
    """A measure job of one leaf by the tiny base, with these suites."""
    from eval_harness.measure.run import run

    folder.mkdir(exist_ok=True)
    (folder / "items.jsonl").write_text("".join(json.dumps(one) + "\n" for one in items_of_leaf("bells")))
    return run(folder, jobs.MeasureJob("tiny", "items.jsonl", suites=suites, cache=str(cache_folder)))


def test_suites_stand_beside_the_scores_and_change_none(
    tiny: Any, cache_folder: Path, tmp_path: Path
) -> None:
    plain, whole = (
        measure(tmp_path / name, cache_folder, *names) for name, names in (("1", ()), ("2", NAMES))
    )
    assert "suites" not in plain
    assert (plain["scores"], plain["spec_hash"]) == (whole["scores"], whole["spec_hash"])
    assert set(whole["suites"]) == set(NAMES)
    for name, told in whole["suites"].items():
        assert set(told["scores"]) == {item.id for item in questions(name)}
        assert {len(score) for score in told["scores"].values()} == {3 if name == "canaries" else 2}
    ranks = [score[2] for score in whole["suites"]["canaries"]["scores"].values()]
    assert all(rank in range(1, 11) for rank in ranks)
    assert all((score[2] == 1) == (score[0] == 1) for score in whole["suites"]["canaries"]["scores"].values())
    lines = (tmp_path / "2" / "measured.jsonl").read_bytes()
    assert measure(tmp_path / "2", cache_folder, *NAMES)["suites"] == whole["suites"]
    assert (tmp_path / "2" / "measured.jsonl").read_bytes() == lines


def test_an_unknown_suite_is_refused(tiny: Any, cache_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no suite 'mmlu'"):
        measure(tmp_path / "1", cache_folder, "mmlu")
