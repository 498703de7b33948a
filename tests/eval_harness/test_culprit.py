"""The culprit search on planted truths, and on what it must refuse."""

from __future__ import annotations

import random
from typing import Any

import pytest

from eval_harness.culprit import Step, step_of

IDS = [str(i) for i in range(6)]


def search(culprits: set[str], seed: int) -> Step:
    noise = random.Random(seed)

    def train(subset: list[str]) -> dict[str, Any]:
        score = 0.8 - 0.5 * bool(culprits & set(subset)) + noise.gauss(0, 0.05)
        return {"subset": subset, "score": score, "seed": 0}

    observed = [train(subset) for subset in (IDS, IDS, [], [])]
    while True:
        found = step_of(case(observed))
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


def test_a_suspect_without_weight_is_refused() -> None:
    suspects = [{"id": "a", "weight": 1.0}, {"id": "b", "weight": 0.0}]
    with pytest.raises(ValueError, match="above 0"):
        step_of(case([], suspects=suspects))
