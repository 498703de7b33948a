"""The plan of a batch, against a world whose truth is known."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from eval_harness.culprit import step_of
from service.lines.hunt import suspicion
from service.lines.plan import Case, Ends, Needs, Wish, step

CASE = Case(
    members=(1, 2, 3, 4),
    seeds=(11, 12),
    spare=tuple(range(20, 60)),
    release=(Wish("measure", "release"),),
    shares={},
    leaves={1: ("knowledge/here/one",), 2: ("skills/there/two",)},
)


class World:
    """Runs end at once; a mix with a bad contribution in it loses half of the leaf `bells`."""

    def __init__(self, bad: Iterable[int], seed: int = 0) -> None:
        self.bad = set(bad)
        self.finished: set[Wish] = set()
        self._noise = random.Random(seed)
        self._scores: dict[Wish, float] = {}

    def done(self, wish: Wish) -> bool:
        return wish in self.finished

    def searched(self) -> list[Wish]:
        return [wish for wish in self.finished if wish.purpose == "search"]

    def harmed(self, mix: tuple[int, ...]) -> bool:
        return bool(self.bad & set(mix))

    def gate(self, mix: tuple[int, ...], candidates: tuple[Wish, ...], look: int) -> dict[str, Any]:
        fell = self.harmed(mix)
        leaf = {
            "leaf": "bells",
            "vetoed": fell,
            "flagged": False,
            "change": -0.5,
            "p_holm": {"y": 0.01, "p": 0.01},
        }
        return {"decision": "failed" if fell else "passed", "reasons": [], "leaves": [leaf]}

    def score(self, wish: Wish, leaf: str) -> float:
        if wish not in self._scores:
            self._scores[wish] = 0.8 - 0.5 * self.harmed(wish.mix) + self._noise.gauss(0, 0.03)
        return self._scores[wish]

    def noise(self, leaf: str, pairs: Iterable[tuple[Wish, Wish]]) -> float:
        return 0.04


def play(world: World, case: Case = CASE) -> tuple[Ends, list[str]]:
    stages: list[str] = []
    for _ in range(60):
        result = step(case, world, step_of)
        if isinstance(result, Ends):
            return result, stages
        assert isinstance(result, Needs)
        stages.append(result.stage)
        case = replace(case, settled=tuple((result.search or {}).get("earlier", ())))
        world.finished |= set(result.wishes)
    raise AssertionError("the plan never ends")


def test_a_harmless_batch_passes_whole_after_two_trainings() -> None:
    ends, stages = play(World(()))
    assert (ends.decision, ends.mix, ends.blamed) == ("passed", (1, 2, 3, 4), ())
    assert stages == ["generating", "training"]


def test_the_one_that_harms_is_found_and_the_rest_is_confirmed_with_fresh_seeds() -> None:
    world = World({3})
    ends, stages = play(world)
    assert (ends.decision, ends.mix, ends.blamed) == ("passed", (1, 2, 4), (3,))
    assert stages[-1] == "confirming"
    confirmed = {w.seed for w in world.finished if w.purpose == "confirm"}
    others = {w.seed for w in world.finished if w.kind == "train" and w.purpose != "confirm"}
    assert not confirmed & others
    assert [gate["decision"] for gate in ends.gates] == ["failed", "passed"]


def test_a_search_measures_search_items_only() -> None:
    world = World({2})
    play(world)
    assert {w.split for w in world.finished if w.purpose in ("control", "search")} == {"search"}


def test_asking_again_changes_nothing() -> None:
    world = World({4})
    first, _ = play(world)
    assert step(CASE, world, step_of) == first


def test_where_everything_harms_alike_nothing_is_left_and_nothing_passes() -> None:
    ends, _ = play(World({1}), Case((1,), (11, 12), tuple(range(20, 60)), CASE.release, {}, {}))
    assert (ends.decision, ends.mix, ends.blamed) == ("failed", (), (1,))


def test_who_is_near_to_the_fallen_leaf_is_suspected_first() -> None:
    near, far = (suspicion(CASE, n, "knowledge/here/fallen") for n in (1, 2))
    assert near == 4 * far


class TwoLeaves(World):
    """Contribution 2 harms the leaf `bells`, contribution 3 the leaf `ferries`."""

    def gate(self, mix: tuple[int, ...], candidates: tuple[Wish, ...], look: int) -> dict[str, Any]:
        leaves = [
            {"leaf": leaf, "vetoed": bad in mix, "flagged": False, "change": -0.5, "p_holm": {"y": p, "p": p}}
            for leaf, bad, p in (("bells", 2, 0.001), ("ferries", 3, 0.01))
        ]
        decision = "failed" if any(leaf["vetoed"] for leaf in leaves) else "passed"
        return {"decision": decision, "reasons": [], "leaves": leaves}

    def score(self, wish: Wish, leaf: str) -> float:
        bad = {"bells": 2, "ferries": 3}[leaf]
        return 0.8 - 0.5 * (bad in wish.mix) + random.Random(f"{wish}{leaf}").gauss(0, 0.03)


def test_two_that_harm_different_leaves_are_both_found_and_the_rest_passes() -> None:
    world = TwoLeaves(())
    ends, stages = play(world)
    assert (ends.decision, ends.mix, ends.blamed) == ("passed", (1, 4), (2, 3))
    assert [gate["decision"] for gate in ends.gates] == ["failed", "failed", "passed"]
    assert ends.search is not None
    assert (ends.search["leaf"], ends.search["earlier"][0]["leaf"]) == ("ferries", "bells")
    confirmed = {w.seed for w in world.finished if w.purpose == "confirm"}
    assert len(confirmed) == 4
    assert stages.count("confirming") == 2
    others = {w.seed for w in world.finished if w.kind == "train" and w.purpose != "confirm"}
    assert not confirmed & others


def test_a_person_s_word_loses_no_run_that_was_trained() -> None:
    world = World({3})
    for _ in range(20):
        result = step(CASE, world, step_of)
        assert isinstance(result, Needs)
        if result.stage == "searching" and world.searched():
            break
        world.finished |= set(result.wishes)
    for said in ({"1": "blame", "4": "acquit"}, {"3": "acquit"}, {"2": "blame"}):
        now = step(replace(CASE, said=said), world, step_of)
        assert now.search is not None
        seen = {(tuple(one["subset"]), one["seed"]) for one in now.search["steps"]}
        assert seen == {(w.mix, w.seed) for w in world.searched()}


def test_a_batch_that_is_too_large_to_be_searched_says_so_and_holds_nobody_back() -> None:
    case, world = replace(CASE, at_most_suspects=3), World(bad=[2])
    ends = step(case, world, step_of)
    while isinstance(ends, Needs):
        world.finished |= set(ends.wishes)
        ends = step(case, world, step_of)
    assert (ends.decision, ends.mix, ends.blamed, ends.search) == ("failed", (1, 2, 3, 4), (), None)
    [reason] = ends.gates[-1]["reasons"]
    assert (reason["test"], reason["leaf"]) == ("search", "bells")
    assert "4 contributions are more than the 3 that a search takes" in reason["sentence"]
    assert not {wish.purpose for wish in world.finished} & {"control", "search", "confirm"}


class Unsure(World):
    """Of `whole` and of the rest the first look can't tell; the second says what the test wants."""

    def __init__(self, bad: Iterable[int], second: str = "passed", **more: Any) -> None:
        super().__init__(bad)
        self.second, self.more = second, more
        self.looked: list[tuple[int, int]] = []

    def gate(self, mix: tuple[int, ...], candidates: tuple[Wish, ...], look: int) -> dict[str, Any]:
        self.looked.append((look, len(candidates)))
        fell = self.harmed(mix)
        leaf = {
            "leaf": "bells", "vetoed": fell and look == 2, "flagged": fell, "change": -0.5, "p_holm": {"y": 0.04},
        }  # fmt: skip
        decision = "inconclusive" if look == 1 else "failed" if fell else self.second
        return {"decision": decision, "reasons": [], "leaves": [leaf], **self.more}


TWO_LOOKS = replace(CASE, further=(13,))


def looks(ends: Ends) -> list[tuple[int, str]]:
    return [(gate["look"], gate["decision"]) for gate in ends.gates]


def test_where_one_look_is_declared_what_it_cannot_tell_goes_to_a_person() -> None:
    ends, stages = play(Unsure(()))
    assert (looks(ends), stages) == ([(1, "inconclusive")], ["generating", "training"])


@pytest.mark.parametrize("second", ["passed", "failed", "inconclusive"])
def test_a_second_look_pools_the_declared_further_training_with_the_first_ones(second: str) -> None:
    world = Unsure((), second)
    ends, stages = play(world, TWO_LOOKS)
    assert looks(ends) == [(1, "inconclusive"), (2, second)]
    assert (ends.decision, ends.mix) == (second, (1, 2, 3, 4))
    assert stages == ["generating", "training", "training"]
    assert {w.seed for w in world.finished if w.purpose == "candidate"} == {11, 12, 13}
    assert set(world.looked) == {(1, 2), (2, 3)}


def test_a_first_look_that_decides_asks_for_no_further_training() -> None:
    passed, refused = World(()), World({3})
    ends, _ = play(passed, TWO_LOOKS)
    assert looks(ends) == [(1, "passed")]
    ends, _ = play(refused, TWO_LOOKS)
    assert looks(ends) == [(1, "failed"), (1, "passed")]
    for world in (passed, refused):
        assert {w.seed for w in world.finished if w.purpose == "candidate"} == {11, 12}


def test_a_flag_gets_its_second_look_before_anybody_is_suspected() -> None:
    world = Unsure({3})
    ends, stages = play(world, TWO_LOOKS)
    assert stages[:4] == ["generating", "training", "training", "searching"]
    assert looks(ends) == [(1, "inconclusive"), (2, "failed"), (1, "inconclusive"), (2, "passed")]
    assert (ends.decision, ends.mix, ends.blamed) == ("passed", (1, 2, 4), (3,))
    confirmed = {w.seed for w in world.finished if w.purpose == "confirm"}
    assert len(confirmed) == 3
    assert not confirmed & {w.seed for w in world.finished if w.kind == "train" and w.purpose != "confirm"}


def test_two_looks_end_the_same_when_they_are_asked_for_again() -> None:
    world = Unsure({3})
    first, _ = play(world, TWO_LOOKS)
    assert step(TWO_LOOKS, world, step_of) == first


@pytest.mark.parametrize("why", ["valid", "measurable"])
def test_what_no_training_can_tell_is_not_looked_at_twice(why: str) -> None:
    ends, _ = play(Unsure((), **{why: False}), TWO_LOOKS)
    assert looks(ends) == [(1, "inconclusive")]


def until_searching(world: World, case: Case = CASE) -> Needs:
    """Play until the first subset is asked for."""
    for _ in range(20):
        result = step(case, world, step_of)
        assert isinstance(result, Needs)
        if [w for w in result.wishes if w.purpose == "search"]:
            return result
        world.finished |= set(result.wishes)
    raise AssertionError("nothing is searched for")


def test_a_search_says_what_it_will_cost_before_it_starts_and_keeps_saying_it() -> None:
    case, world = replace(CASE, seconds=10.0), World({3})
    stages: list[Needs] = []
    while isinstance(result := step(case, world, step_of), Needs):
        stages.append(result)
        case = replace(case, settled=tuple((result.search or {}).get("earlier", ())))
        world.finished |= set(result.wishes)
    said = [needs.search["estimate"] for needs in stages if needs.search]
    assert said[0]["steps"] == {"usual": 4, "at_most": 7}  # ceil(log2 4) + 5
    assert said[0]["trainings"] == {"usual": 8, "at_most": 11}  # with two controls, and two of the rest
    assert said[0]["seconds"] == {"usual": 80, "at_most": 110}
    assert all(one == said[0] for one in said)
    extra = [w for w in world.finished if w.purpose in ("control", "search", "confirm")]
    assert len(extra) <= said[0]["trainings"]["at_most"]


def test_an_estimate_without_a_finished_training_names_no_seconds() -> None:
    needs = until_searching(World({3}))
    assert needs.search is not None
    assert needs.search["estimate"]["seconds"] == {"usual": None, "at_most": None}


@pytest.mark.parametrize("controls", [False, True])
def test_a_search_that_a_person_stops_ends_unresolved_and_holds_nobody_back(controls: bool) -> None:
    world = World({3})
    until_searching(world)
    if not controls:
        world.finished = {w for w in world.finished if w.purpose != "control"}
    ends = step(replace(CASE, stopped=True), world, step_of)
    assert isinstance(ends, Ends)
    assert (ends.decision, ends.mix, ends.blamed) == ("inconclusive", (1, 2, 3, 4), ())
    assert ends.search is not None
    assert (ends.search["verdict"], ends.search["stopped"]) == ("unresolved", True)
    assert ends.search["leaf"] == "bells"


def test_what_a_search_had_found_before_it_was_stopped_still_counts() -> None:
    world = World({3})
    while (needs := until_searching(world)).wishes:
        world.finished |= set(needs.wishes)
        if isinstance(step(CASE, world, step_of), Ends) or step(CASE, world, step_of).stage == "confirming":
            break
    found = step(replace(CASE, stopped=True), world, step_of)
    assert isinstance(found, Needs)
    assert (found.stage, found.wishes[-1].mix) == ("confirming", (1, 2, 4))
