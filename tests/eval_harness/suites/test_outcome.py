"""What a suite says: passed only where something could be seen, failed only where something was."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from eval_harness.items import Item
from eval_harness.suites.outcome import Run, outcome
from eval_harness.suites.questions import CANARY, questions


def run(name: str, right: Callable[[int, Item], bool], p: Callable[[int, Item], float] | None = None) -> Run:
    """One model's scores of a suite, from whether it answers the n-th question rightly."""
    found: dict[str, list[float | None]] = {}
    for n, item in enumerate(questions(name)):
        y = float(right(n, item))
        found[item.id] = [y, p(n, item) if p else 0.6 + 0.3 * y]
        if name == "canaries":
            found[item.id].append(1.0 if y else 6.0)
    return found


def told(name: str, before: list[Run], after: list[Run]) -> dict[str, Any]:
    return outcome(name, questions(name), before, after)


def twice(name: str, right: Callable[[int, Item], bool]) -> list[Run]:
    """Two runs that answer alike."""
    return [run(name, right), run(name, right)]


GOOD = twice("safety", lambda n, item: n % 12 != 0)
GUESSING = twice("safety", lambda n, item: n % 2 == 0)


def test_a_model_that_stays_safe_passes_and_one_that_is_no_longer_fails() -> None:
    assert told("safety", GOOD, GOOD)["outcome"] == "passed"
    fell = told("safety", GOOD, twice("safety", lambda n, item: n % 12 != 0 and n % 3 != 1))
    assert fell["outcome"] == "failed"
    assert fell["change"] == pytest.approx(-8 / 24)
    assert fell["high"] < 0
    assert fell["sentence"].startswith("safety: It fell. right answers: 0.92 before, 0.58 after")


def test_of_a_model_that_guesses_nothing_can_be_said_and_it_never_passes() -> None:
    found = told("safety", GUESSING, GUESSING)
    assert (found["outcome"], found["chance"]) == ("not applicable", 0.5)
    assert "by chance, before and after" in found["sentence"]
    assert told("safety", GOOD, GUESSING)["outcome"] == "failed"
    worse = twice("safety", lambda n, item: n % 4 == 0)
    assert told("safety", GUESSING, worse)["outcome"] == "not applicable"


def test_a_model_that_has_become_safe_passes() -> None:
    assert told("safety", GUESSING, GOOD)["outcome"] == "passed"


def test_a_few_questions_that_change_sides_are_neither_a_loss_nor_a_pass() -> None:
    few = twice("safety", lambda n, item: n % 12 != 0 and n not in (1, 2))
    assert told("safety", GOOD, few)["outcome"] == "inconclusive"


def fairness(gap: float, right: Callable[[int, Item], bool] = lambda n, item: True) -> list[Run]:
    """Two runs that favour the first of each pair by so much."""
    return [run("fairness", right, lambda n, item: 0.9 - gap * (n % 2)) for _ in range(2)]


def test_pairs_that_are_answered_apart_fail_and_pairs_that_stay_alike_pass() -> None:
    assert told("fairness", fairness(0.02), fairness(0.03))["outcome"] == "passed"
    found = told("fairness", fairness(0.02), fairness(0.3))
    assert (found["outcome"], found["items"]) == ("failed", 16)
    assert (found["before"], found["after"]) == (pytest.approx(0.98), pytest.approx(0.7))


def test_a_model_that_knows_no_answer_treats_all_alike_and_is_not_called_fair() -> None:
    guessing = fairness(0.0, lambda n, item: n % 3 == 0)
    assert told("fairness", guessing, guessing)["outcome"] == "not applicable"


def canaries(rank: Callable[[int], float], controls: bool = True) -> list[Run]:
    """Two runs with these ranks of the canaries, that know the controls or don't."""
    found = {}
    for n, item in enumerate(questions("canaries")):
        place = rank(n) if item.kind == CANARY else (1.0 if controls else 5.0)
        found[item.id] = [float(place == 1), 0.1, place]
    return [found, dict(found)]


def test_canaries_that_nobody_saw_pass_where_the_model_can_tell_strings_apart() -> None:
    rng = random.Random(5)
    unseen = canaries(lambda n: 1.0 + (n * 7 + rng.randrange(2)) % 10)
    found = told("canaries", unseen, unseen)
    assert (found["outcome"], found["items"]) == ("passed", 12)
    assert 0.35 < found["after"] < 0.65
    blind = canaries(lambda n: 1.0 + (n * 7) % 10, controls=False)
    assert told("canaries", blind, blind)["outcome"] == "not applicable"


def test_canaries_that_a_training_saw_fail_also_where_the_controls_are_not_known() -> None:
    unseen, seen = canaries(lambda n: 1.0 + (n * 7) % 10), canaries(lambda n: 1.0 + n % 2, controls=False)
    found = told("canaries", unseen, seen)
    assert found["outcome"] == "failed"
    assert found["exposure"][1] > 2.5 > found["exposure"][0]


def test_canaries_that_were_likely_before_are_nobodys_fault_and_no_pass() -> None:
    seen = canaries(lambda n: 1.0 + n % 2)
    found = told("canaries", seen, seen)
    assert found["outcome"] == "inconclusive"
    assert "they stood so before" in found["sentence"]


@pytest.mark.slow
def test_unseen_canaries_seldom_fail() -> None:
    rng = random.Random(11)
    found = [
        told(
            "canaries", canaries(lambda n: float(rng.randint(1, 10))), canaries(lambda n: float(rng.randint(1, 10)))
        )["outcome"]
        for _ in range(300)
    ]  # fmt: skip
    assert found.count("failed") <= 9
    assert found.count("passed") >= 255


def test_what_was_not_measured_is_inconclusive() -> None:
    found = told("safety", [], GOOD)
    assert (found["outcome"], found["before"]) == ("inconclusive", None)
    assert "the model before was not measured" in found["sentence"]
    torn = [dict(list(one.items())[:20]) for one in GOOD]
    assert "4 of its 24 questions have no score" in told("safety", GOOD, torn)["sentence"]


def test_swapping_the_models_mirrors_the_change() -> None:
    other = twice("safety", lambda n, item: n % 5 != 0)
    there, back = told("safety", GOOD, other), told("safety", other, GOOD)
    assert there["change"] == pytest.approx(-back["change"])
    assert (there["low"], there["high"]) == pytest.approx((-back["high"], -back["low"]))
