"""The culprit search on planted truths, and on what it must refuse."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eval_harness import culprit
from eval_harness.culprit import Step, step_of
from eval_harness.culprit_cli import culprit_main

IDS = [str(i) for i in range(6)]


def search(culprits: set[str], seed: int, ids: list[str] = IDS) -> Step:
    noise = random.Random(seed)

    def train(subset: list[str]) -> dict[str, Any]:
        score = 0.8 - 0.5 * bool(culprits & set(subset)) + noise.gauss(0, 0.05)
        return {"subset": subset, "score": score, "seed": 0}

    observed = [train(subset) for subset in (ids, ids, [], [])]
    while True:
        found = step_of(case(observed, suspects=[{"id": i, "weight": 1.0} for i in ids]))
        if found.verdict != "go on":
            return found
        observed.append(train(list(found.next[0])))


def case(observed: list[dict[str, Any]], **given: Any) -> dict[str, Any]:
    suspects = [{"id": i, "weight": 1.0} for i in IDS]
    return {"suspects": suspects, "noise_sd": 0.05, "observed": observed, "said": {}, **given}


@pytest.mark.parametrize("seed", range(5))
def test_one_culprit_is_found_and_no_innocent_is_blamed(seed: int) -> None:
    culprit = IDS[seed % len(IDS)]
    found = search({culprit}, seed)
    assert (found.verdict, found.blamed) == ("blame", (culprit,))
    assert found.extra <= 8


@pytest.mark.parametrize("seed", range(5))
def test_where_nothing_did_harm_nobody_is_blamed(seed: int) -> None:
    assert search(set(), seed).blamed == ()


def test_a_persons_word_multiplies_the_odds() -> None:
    before = step_of(case([]))
    blamed, acquitted = (step_of(case([], said={"2": word})).posterior["2"] for word in ("blame", "acquit"))
    assert acquitted < before.posterior["2"] < blamed


def test_a_suspect_without_weight_is_hardly_suspected_and_one_must_have_some() -> None:
    suspects = [{"id": "a", "weight": 1.0}, {"id": "b", "weight": 0.0}, {"id": "c", "weight": 3.0}]
    found = step_of(case([], suspects=suspects))
    assert found.posterior["b"] < 1e-3 < found.posterior["a"] < found.posterior["c"]
    for weights in ((0.0, 0.0), (1.0, -1.0), (1.0, float("inf"))):
        with pytest.raises(ValueError, match="weights are numbers"):
            step_of(case([], suspects=[{"id": str(n), "weight": w} for n, w in enumerate(weights)]))


@pytest.mark.parametrize("seed", range(5))
def test_a_second_culprit_among_many_is_not_let_go_with_the_first(seed: int) -> None:
    ids = [str(i) for i in range(8)]
    culprits = set(random.Random(seed).sample(ids, 2))
    found = search(culprits, seed, ids)
    assert (found.verdict, set(found.blamed)) == ("blame", culprits)


def test_a_search_never_takes_more_runs_than_its_budget() -> None:
    for seed in range(10):
        assert search({"1", "4"}, seed).extra <= 3 + 5


def test_an_interaction_holds_both_back() -> None:
    ids = [str(i) for i in range(4)]
    found = step_of(
        case(
            [{"subset": s, "score": 0.3 if {"0", "1"} <= set(s) else 0.8, "seed": 0}
             for s in (ids, ids, [], [], ["0", "2", "3"], ["1", "2", "3"], ["0", "1"], ["2", "3"])],
            suspects=[{"id": i, "weight": 1.0} for i in ids],
        )
    )  # fmt: skip
    assert (found.verdict, found.blamed) == ("blame", ("0", "1"))


@pytest.mark.parametrize("n", [1, 2, 5])
def test_the_harm_of_every_subset_is_what_the_hypotheses_say(n: int) -> None:
    world = culprit._world([{"id": i} for i in range(n)], [str(i) for i in range(n)], {})
    weights = np.random.default_rng(n).random(len(world.who))
    subsets = (np.arange(2**n)[:, None] >> np.arange(n) & 1).astype(bool)
    assert culprit._by_subset(weights, n) == pytest.approx(world.harmed(subsets).T @ weights)


def test_noisy_runs_are_not_taken_for_a_culprit_when_the_placebos_were_quiet() -> None:
    quiet = [
        {"subset": s, "score": v, "seed": 0} for s, v in ((IDS, 0.70), (IDS, 0.82), ([], 0.74), ([], 0.86))
    ]
    found = step_of(case(quiet, noise_sd=0.0))
    assert found.verdict == "go on"
    assert max(found.posterior.values()) < 0.5


def test_more_suspects_than_a_search_can_tell_apart_are_refused() -> None:
    with pytest.raises(ValueError, match="split the batch"):
        step_of(case([], suspects=[{"id": str(i), "weight": 1.0} for i in range(17)]))


def state(ids: Sequence[str] = ("a", "b")) -> dict[str, Any]:
    observed = [{"subset": list(ids), "score": 0.3, "seed": 1}, {"subset": [], "score": 0.8, "seed": 2}]
    return case(observed, suspects=[{"id": i, "weight": 1.0} for i in ids])


def test_a_line_of_a_file_gives_a_line_of_the_contract(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "searches.jsonl"
    file.write_text(json.dumps(state()) + "\n\n" + json.dumps(state(["c", "d", "e"])) + "\n")
    assert culprit_main(["--many", str(file)]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert set(first) == {"next", "posterior", "none", "verdict", "blamed", "extra"}
    assert set(first["posterior"]) == {"a", "b"}
    assert set(second["next"]) <= {"c", "d", "e"}


def test_a_broken_line_is_said_with_its_file(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "searches.jsonl"
    file.write_text("{no json\n")
    assert culprit_main(["--many", str(file)]) == 2
    assert "searches.jsonl" in capsys.readouterr().err
    assert culprit_main(["--many", str(tmp_path / "absent.jsonl")]) == 2
    assert culprit_main([]) == 2


@pytest.mark.parametrize("seed", range(5))
def test_two_runs_side_by_side_find_two_culprits_in_four_rounds(seed: int) -> None:
    ids = [str(i) for i in range(8)]
    culprits, noise = set(random.Random(seed).sample(ids, 2)), random.Random(seed)

    def train(subset: Sequence[str]) -> dict[str, Any]:
        score = 0.8 - 0.5 * bool(culprits & set(subset)) + noise.gauss(0, 0.05)
        return {"subset": list(subset), "score": score, "seed": 0}

    observed = [train(subset) for subset in (ids, ids, [], [])]
    for _ in range(4):
        found = step_of(case(observed, suspects=[{"id": i, "weight": 1.0} for i in ids]))
        if found.verdict == "go on":
            assert len(set(found.next)) == 2
            observed += [train(subset) for subset in found.next]
    found = step_of(case(observed, suspects=[{"id": i, "weight": 1.0} for i in ids]))
    assert (found.verdict, set(found.blamed)) == ("blame", culprits)


OFF = {
    "no JSON": "{",
    "`suspects` is missing": '{"noise_sd": 0.1, "observed": []}',
    "named twice": json.dumps(case([], suspects=[{"id": "a"}, {"id": "a"}])),
    "`noise_sd` is nan": json.dumps(case([], noise_sd=float("nan"))),
    "`noise_sd` is -1": json.dumps(case([], noise_sd=-1)),
    "the score nan": json.dumps(case([{"subset": [], "score": float("nan"), "seed": 1}])),
    "the score 1e+300": json.dumps(case([{"subset": [], "score": 1e300, "seed": 1}])),
    "is no list of suspects": json.dumps(case([{"subset": ["zz"], "score": 0.5, "seed": 1}])),
    "'01' is no list": json.dumps(case([{"subset": "01", "score": 0.5, "seed": 1}])),
    "no suspect": json.dumps(case([], said={"zz": "blame"})),
    "blame or acquit": json.dumps(case([], said={"1": "maybe"})),
    "does not follow the contract": json.dumps(case([], said=["1"])),
}


@pytest.mark.parametrize("why", OFF)
def test_a_line_that_is_off_is_said_and_the_others_are_answered(
    why: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("\n".join([json.dumps(case([])), OFF[why], json.dumps(case([]))]))
    assert culprit_main(["--many", str(file)]) == 2
    told = capsys.readouterr()
    first, off, last = (json.loads(line) for line in told.out.splitlines())
    assert first == last
    assert first["next"] is not None
    assert (off["next"], off["verdict"], off["blamed"]) == (None, "unresolved", [])
    assert why in off["error"]
    assert f"{file}: line 2" in told.err
