"""What a batch puts to the gate: new leaves for their gain, released ones for their loss, and what nobody measures."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval_harness.suites.questions import questions
from service.lines import batch
from service.lines.bench import Bench
from service.lines.plan import Wish
from tests.lines.batch_world import World

OLD, NEW, BARE = "knowledge/old", "knowledge/new", "knowledge/bare"
RELEASE = Wish("measure", "release", (), 1)


def items(leaf: str) -> list[dict[str, Any]]:
    """Twelve clusters of three questions, a third of them to search by."""
    return [
        {
            "id": f"{leaf}-{c}-{n}", "leaf": leaf, "cluster": f"c{c}", "parent": "knowledge",
            "split": "search" if c < 4 else "confirm",
        }
        for c in range(12) for n in range(3)
    ]  # fmt: skip


def gate(
    folder: Path, brings: list[str], learned: float = 0.2, suites: tuple[dict[str, Any], ...] = ()
) -> dict[str, Any]:
    """The gate on one member that brings these leaves; NEW goes from `learned` to 0.9, all else stands still.

    `suites`: what the runs of the release and of the candidate say of safety, where the batch declared that.
    """
    bench, candidates = on_bench(folder, brings, learned, suites=suites)
    return bench.gate((1,), candidates)


def on_bench(
    folder: Path,
    brings: list[str],
    learned: float = 0.2,
    seeds: tuple[int, ...] = (11, 12),
    old: float = 0.8,
    suites: tuple[dict[str, Any], ...] = (),
    **declared: Any,
) -> tuple[Bench, tuple[Wish, ...]]:
    kept = [*items(OLD), *[i for n in range(3) for i in items(f"guard/g{n}")]]
    kept += items(NEW) if NEW in brings else []
    spec = {
        "profile": "gain", "alpha": {"release": 0.03, "anchor": 0.02}, "epsilon": {"release": 0.08, "anchor": 0.05},
        "protected": sorted({OLD, *[f"guard/g{n}" for n in range(3)]}), "leaves": {"1": brings}, "shipped": [1],
        **({"suites": ["safety"]} if suites else {}),
        **declared,
    }  # fmt: skip
    results = {}
    runs = [(RELEASE, False), (Wish("measure", "release", (), 2), False)]
    runs += [(Wish("train", "candidate", (1,), seed), True) for seed in seeds]
    for number, (wish, after) in enumerate(runs):
        right = {NEW: 0.9 if after else learned, OLD: old if after else 0.8}
        scores = {}
        for place, item in enumerate(kept):
            y = (place * 7 % 10) / 10 < right.get(item["leaf"], 0.8)
            scores[item["id"]] = [int(y), 0.8 - 0.001 * number if y else 0.1 + 0.001 * number]
        results[wish] = folder / str(number)
        results[wish].mkdir()
        told = {"suites": suites[after]} if suites else {}
        (results[wish] / "result.json").write_text(json.dumps({"scores": scores, **told}))
    candidates = tuple(wish for wish, after in runs if after)
    return Bench(spec, kept, results), candidates


def sentences(result: dict[str, Any]) -> str:
    return " ".join(reason["sentence"] for reason in result["reasons"])


def roles(result: dict[str, Any]) -> dict[str, str]:
    return {leaf["leaf"]: leaf["role"] for leaf in result["leaves"] if not leaf["leaf"].startswith("guard/")}


def test_a_batch_that_only_extends_what_is_released_is_asked_for_no_gain(tmp_path: Path) -> None:
    result = gate(tmp_path, [OLD])
    assert (result["valid"], result["decision"], result["gain"]) == (True, "passed", None)
    assert sentences(result) == "No leaf is new here: no gain is asked for, only that nothing is lost."
    assert roles(result) == {OLD: "both"}


def test_a_new_leaf_must_show_its_gain(tmp_path: Path) -> None:
    result = gate(tmp_path, [NEW])
    assert (result["decision"], result["reasons"]) == ("passed", [])
    assert result["gain"]["change"] > 0.5
    assert roles(result) == {NEW: "touched", OLD: "protected"}


def safety(right: float, spec: str = "s") -> dict[str, Any]:
    """A run's part on safety: so many of its questions are answered rightly."""
    asked = questions("safety")
    scores = {item.id: [float(n < right * len(asked)), 0.8] for n, item in enumerate(asked)}
    return {"safety": {"scores": scores, "spec_hash": spec}}


@pytest.mark.parametrize(
    ("before", "after", "decision", "sentence"),
    [
        (safety(0.9), safety(0.9), "passed", ""),
        (safety(0.9), safety(0.4), "failed", "safety: It fell."),
        (safety(0.9), safety(0.8), "inconclusive", "safety: A loss can't be excluded."),
        (
            safety(0.5),
            safety(0.5),
            "passed",
            "safety: not applicable: the model answers these questions by chance",
        ),
        (
            safety(0.9),
            safety(0.9, "other"),
            "inconclusive",
            "safety: The two models were measured in different ways",
        ),
        ({}, safety(0.9), "inconclusive", "safety: the model before was not measured on it."),
    ],
)
def test_the_gate_passes_what_the_declared_suites_let_pass(
    tmp_path: Path, before: dict[str, Any], after: dict[str, Any], decision: str, sentence: str
) -> None:
    result = gate(tmp_path, [NEW], suites=(before, after))
    assert result["decision"] == decision
    assert sentences(result).startswith(sentence)
    assert bool(result["reasons"]) == bool(sentence)
    (one,) = result["suites"]
    assert one["suite"] == "safety"


def test_suites_change_no_decision_of_the_leaves(tmp_path: Path) -> None:
    assert gate(tmp_path, [NEW], 0.9, (safety(0.9), safety(0.9)))["decision"] != "passed"


def test_a_gate_keeps_the_scores_of_each_kind_of_question_apart(tmp_path: Path) -> None:
    kinds = {(one["leaf"], one["kind"]): one for one in gate(tmp_path, [NEW])["kinds"]}
    assert kinds[NEW, "unsaid"]["items"] == 24
    assert kinds[NEW, "unsaid"]["change"] > 0.5
    assert kinds[OLD, "unsaid"]["change"] == 0


def test_a_new_leaf_that_was_not_learned_is_refused(tmp_path: Path) -> None:
    assert gate(tmp_path, [NEW], learned=0.9)["decision"] != "passed"


def test_a_leaf_without_items_is_said_and_does_not_undo_the_measuring_of_the_others(tmp_path: Path) -> None:
    result = gate(tmp_path, [NEW, BARE])
    assert (result["valid"], result["decision"]) == (True, "passed")
    assert sentences(result) == f"{BARE} has no items: trained, and measured by nobody."


@pytest.mark.parametrize("brings", [[BARE], [BARE, OLD]])
def test_where_nothing_new_can_be_measured_a_person_decides(tmp_path: Path, brings: list[str]) -> None:
    result = gate(tmp_path, brings)
    assert (result["valid"], result["decision"]) == (True, "inconclusive")
    assert "whether anything was learned can't be told" in sentences(result)


def test_a_leaf_without_items_is_told_of_before_anything_is_trained(tmp_path: Path) -> None:
    world = World(tmp_path, "[batch]\nat_least = 1\n\n[measure]\nmake_items = false\n")
    world.merged(1, "knowledge/new")
    world._index.remove("evaluation/knowledge/new/items.yaml")
    world.commit("Nobody examines this leaf")
    made = batch.form(world.house, world.repository)
    assert made is not None
    said = "knowledge/new has no items under evaluation/: nobody measures it."
    assert made.spec["notes"] == [said]
    (told,) = [body for kind, body in world.events() if kind == "batch.formed"]
    assert told["notes"] == [said]


def test_an_answer_in_own_words_counts_by_being_right_and_one_that_nobody_judged_counts_for_nothing(
    tmp_path: Path,
) -> None:
    kept = [item for item in items(NEW) if item["split"] == "search"]
    written = {item["id"]: [float(n % 4 == 0), None] for n, item in enumerate(kept)}
    alike = {
        item["id"]: [float(n % 4 == 0), 1.0 - 1e-9 if n % 4 == 0 else 1e-9] for n, item in enumerate(kept)
    }
    lost = {**written, kept[1]["id"]: None}
    found = []
    for name, scores in (("written", written), ("alike", alike), ("lost", lost)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "result.json").write_text(json.dumps({"scores": scores}))
        found.append(Bench({}, kept, {RELEASE: tmp_path / name}).score(RELEASE, NEW))
    assert found[0] == pytest.approx(3 / 12)
    assert found[1] == pytest.approx(found[0], abs=0.02)  # at the run's temperature
    assert found[2] == pytest.approx(3 / 11)


def test_an_old_batch_that_declared_no_looks_has_one(tmp_path: Path) -> None:
    bench, candidates = on_bench(tmp_path, [NEW])
    spec = bench.case((1,), candidates)["spec"]
    assert (spec["looks"], spec["look"]) == (1, 1)


def test_a_second_look_takes_all_runs_and_ships_the_seed_that_was_declared_first(tmp_path: Path) -> None:
    bench, candidates = on_bench(tmp_path, [NEW], seeds=(11, 12, 13), looks=2)
    case = bench.case((1,), candidates, 2)
    spec = case["spec"]
    assert (spec["looks"], spec["look"], spec["shipped_seed"]) == (2, 2, 11)
    seeds = [score["seed"] for score in case["scores"] if score["role"] == "candidate"]
    assert seeds == [11, 12, 13]
    assert bench.gate((1,), candidates, 2)["leaves"][0]["pairs"] == 3  # N's pair, and three runs count as two


def test_the_reserve_is_read_at_the_second_look_alone(tmp_path: Path) -> None:
    bench, candidates = on_bench(tmp_path, [NEW], seeds=(11, 12, 13), looks=2)
    for item in bench.items.values():
        if (item["leaf"], item["cluster"]) == (NEW, "c11"):
            item["split"] = "reserve"
    clusters = []
    for look, runs in ((1, candidates[:2]), (2, candidates)):
        (leaf,) = [x for x in bench.gate((1,), runs, look)["leaves"] if x["leaf"] == NEW]
        clusters.append(leaf["clusters"])
    assert clusters == [7, 8]


@pytest.mark.parametrize(("old", "decision"), [(0.8, "passed"), (0.1, "failed")])
def test_a_repair_asks_whether_the_corrected_leaf_stands_and_for_no_gain(
    tmp_path: Path, old: float, decision: str
) -> None:
    bench, candidates = on_bench(tmp_path, [OLD], old=old, profile="repair")
    result = bench.gate((1,), candidates)
    assert (result["valid"], result["decision"], roles(result)) == (True, decision, {OLD: "both"})
    assert not [leaf for leaf in result["leaves"] if leaf["vetoed"]]
    assert "No leaf is new" not in sentences(result)


def test_a_repair_that_nobody_measures_goes_to_a_person(tmp_path: Path) -> None:
    bench, candidates = on_bench(tmp_path, [BARE], profile="repair")
    assert bench.gate((1,), candidates)["decision"] == "inconclusive"
