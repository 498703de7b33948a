"""The fuzz run is led by branches, sees what goes wrong in whatever way, and finds nothing in a short while."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.branches import Branches
from benchmarks.fuzz import lines_of, main
from benchmarks.mutation import Input, first_inputs, mutated, read_input, smaller, write_input

MODULE = """
def sign(number: int) -> str:
    if number > 0:
        return "plus"
    for _ in range(-number):
        pass
    return "minus" if number else "none"
"""


def test_each_branch_is_counted_with_how_often(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "counted_here").mkdir()
    (tmp_path / "counted_here" / "__init__.py").write_text("")
    (tmp_path / "counted_here" / "signs.py").write_text(MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    branches = Branches()
    branches.watch("counted_here")
    from counted_here.signs import sign  # type: ignore[import-not-found]

    seen = []
    for number in (1, -1, -100, 2):
        branches.clear()
        sign(number)
        seen.append(branches.taken())
    assert seen[0] == seen[3]
    assert seen[0] != seen[1]
    assert {number for number, _ in seen[1]} == {number for number, _ in seen[2]}
    assert seen[1] != seen[2], "a hundred times is another thing than once"


def test_inputs_are_changed_alike_from_one_seed_and_stay_bounded(tmp_path: Path) -> None:
    inputs = first_inputs()
    assert len(inputs) > 60

    def many(seed: int) -> list[Input]:
        draw = random.Random(seed)
        return [mutated(draw, draw.choice(inputs), draw.choice(inputs)) for _ in range(300)]

    assert many(1) == many(1)
    assert many(1) != many(2)
    assert max(len(part) for given in many(3) for part in given) <= 300_000
    given = Input(b"knowledge/\xff/qna.yaml", b"a: 1\n", b"")
    write_input(given, tmp_path / "one")
    assert read_input(tmp_path / "one") == given


def test_what_was_found_is_made_smaller() -> None:
    found = Input(b"path", b"x" * 900 + b"BAD" + b"y" * 90, b"attribution")
    assert smaller(found, lambda given: b"BAD" in given.qna) == Input(b"", b"BAD", b"")


@pytest.mark.slow
def test_a_process_that_dies_is_told_with_what_it_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dying = tmp_path / "python"
    dying.write_text(
        '#!/bin/sh\nfor last; do :; done\nprintf "p\\n\\n\\n\\nq\\n\\n\\n\\na" > "$last"\nkill -9 $$\n'
    )
    dying.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(dying))
    last = lines_of(1.0, 1, tmp_path / "current")[-1]
    assert last == {"fault": "ended with -9", "runs": 1, "path": "p", "qna": "q", "attribution": "a"}


@pytest.mark.slow
def test_a_short_run_learns_branches_and_finds_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["--seconds", "12", "--seed", "3"])
    told = json.loads(capsys.readouterr().out)
    assert (code, told["crashes"], told["faults"]) == (0, 0, [])
    assert told["runs"] > 100
    assert told["branches"] > 0.6 * told["of"]
    assert told["peak_mb"] < 256
    assert told["slowest"] > 0


@pytest.mark.slow
def test_the_rules_are_imported_with_counters_in_a_process_of_their_own_alone() -> None:
    import triage_rules.judge

    assert not hasattr(triage_rules.judge, "__branches__")
    program = (
        "from benchmarks import guided; import triage_rules.judge as j; print(len(j.__branches__) > 400)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"
