"""`upweight gate simulate`: a policy is tried before it is changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.service.cli.test_commands import run, told

SMALL = ("--leaves", "6", "--new", "2", "--clusters", "6", "--items", "3", "--worlds", "100")


@pytest.mark.slow
def test_a_stricter_policy_lets_less_through(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[gate]\nepsilon_most = 0.02\nepsilon_most_coarse = 0.02\n[measure]\nseeds = 3\n")
    code, usual = told("gate", "simulate", *SMALL)
    assert code == 0
    _, strict = told("gate", "simulate", "--policy", str(file), *SMALL)
    assert (usual["data"]["seeds"], strict["data"]["seeds"]) == (2, 3)
    assert strict["data"]["epsilon"] == 0.02 < usual["data"]["epsilon"]
    assert usual["data"]["policy_hash"] != strict["data"]["policy_hash"]
    passes = [_passed(answer["data"], "gain", 0.5) for answer in (usual, strict)]
    assert passes[0] > passes[1]


def _passed(data: dict[str, Any], what: str, effect: float) -> float:
    [chance] = [c for c in data["chances"] if c["what"] == what and c["effect"] == effect]
    return float(chance["passed"])


def test_the_table_says_what_was_played_and_what_a_batch_costs() -> None:
    code, out, _ = run("gate", "simulate", *SMALL, "--members", "4")
    assert code == 0
    assert "100 simulated batches a line" in out
    assert "A batch of 4 that passes costs 2 trainings; one whose culprit is searched for at most 13." in out


def test_a_policy_that_can_not_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "policy.toml"
    file.write_text("[gate]\nalpha_realease = 0.1\n")
    code, answer = told("gate", "simulate", "--policy", str(file))
    assert (code, answer["error"]["line"]) == (1, 2)
    assert told("gate", "simulate", "--policy", str(tmp_path / "none.toml"))[0] == 5
