"""What a gate's report says, from what the batch kept of it: also from a row that kept little."""

from __future__ import annotations

from typing import Any

import pytest

from eval_harness.compare import compare
from service.db.tables import Batch, Release
from service.lines import gates
from tests.eval_harness.test_compare import made


def a_batch(result: dict[str, Any], reasons: list[dict[str, Any]] | None = None, **spec: Any) -> Batch:
    kept = {"members": [1], "look": 1, "decision": result["decision"], "result": result}
    kept["reasons"] = reasons if reasons is not None else result["reasons"]
    declared = {"profile": "gain", "against": "v1", "notes": [], **spec}
    return Batch(
        repository="t", id=1, state="failed", members=[1], spec=declared, gates=[kept], created=0, updated=0
    )


def a_release(anchor: str | None) -> Release:
    manifest = {"anchor": {"version": anchor, "runs": []}} if anchor else {}
    return Release(
        repository="t", version="v1", sequence=1, batch=1, state="announced", directory="/x", manifest=manifest,
        created=0,
    )  # fmt: skip


def told(batch: Batch, before: Release | None = None) -> dict[str, Any]:
    found = gates.report(batch, 1, before)
    assert found is not None
    return found


def marks(found: dict[str, Any]) -> dict[str, str]:
    return {leaf["leaf"]: leaf["mark"] for leaf in found["leaves"]}


def test_every_leaf_has_one_word_for_what_became_of_it() -> None:
    found = told(a_batch(compare(made(broken={"l0": 0.7}))))
    assert marks(found) == {
        "knowledge/b0/l0": "veto",
        **{f"knowledge/b{i // 3}/l{i}": "no fall shown" for i in range(1, 6)},
        "knowledge/new": "landed",
    }
    assert set(marks(found).values()) <= set(gates.MARKS)


def test_a_leaf_of_two_seeds_is_said_to_be_untested_and_why() -> None:
    found = told(a_batch(compare(made(clusters=2))))
    assert set(marks(found).values()) == {"not tested"}
    assert "knowledge/b0/l0 has 2 clusters: too few for a test of its own." in found["untested"]
    assert any("The run that would ship was not looked at alone" in one for one in found["untested"])


@pytest.mark.parametrize(
    ("before", "said"),
    [
        (None, "No anchor was compared with: there is no release yet"),
        (a_release("v1"), "No second comparison was made: v1 is the anchor itself."),
        (a_release(None), "No anchor was compared with: none is frozen."),
    ],
)
def test_without_an_anchor_the_report_says_which_comparison_was_not_made(
    before: Release | None, said: str
) -> None:
    found = told(a_batch(compare(made())), before)
    assert any(one.startswith(said) for one in found["untested"])
    assert found["tests"][0]["name"] == "All protected leaves together, against v1"


def test_with_an_anchor_both_comparisons_are_told() -> None:
    found = told(a_batch(compare(made(anchor=True))), a_release("v0"))
    assert not any("anchor" in one for one in found["untested"])
    assert found["anchor"]["version"] == "v0"
    assert [one["answer"] for one in found["tests"]] == ["passed"] * 4


def test_what_was_left_out_is_said_once() -> None:
    bare = {
        "test": "no_items",
        "leaf": "skills/songs",
        "sentence": "skills/songs has no items: trained, unmeasured.",
    }
    case = made(clusters=20)
    for run in case["scores"][:1]:
        run["items"]["knowledge/b0/l0:00:0"] = None
    result = compare(case)
    silent = told(a_batch(result, [*result["reasons"], bare]))["untested"]
    spoken = told(a_batch(result, [*result["reasons"], bare], notes=["skills/songs has no items."]))[
        "untested"
    ]
    assert silent[0] == bare["sentence"]
    assert spoken[0] == "skills/songs has no items."
    assert bare["sentence"] not in spoken
    assert any(one.startswith("1 questions were left out") for one in spoken)


def test_a_thin_history_and_a_cold_temperature_are_told() -> None:
    case = made()
    case["items"] = {k: v for k, v in case["items"].items() if v["split"] == "confirm"}
    for run in case["scores"]:
        run["items"] = {k: v for k, v in run["items"].items() if k in case["items"]}
    case["scores"] = [run for run in case["scores"] if run["seed"] != 4]
    untested = told(a_batch(compare(case)))["untested"]
    assert any("T = 1" in one for one in untested)
    assert any(one.startswith("The history is thin: 1 pair of runs") for one in untested)


def test_an_invalid_comparison_says_that_nothing_was_tested() -> None:
    found = told(a_batch(compare({"spec": {}})))
    assert found["sentence"].startswith("No verdict: ")
    assert found["untested"] == ["Nothing was tested: the comparison could not be made at all."]
    assert (found["leaves"], found["tests"], found["unseen"]) == ([], [], None)


def test_a_row_that_kept_little_is_told_with_what_it_has() -> None:
    fell = {"leaf": "a", "role": "protected", "clusters": 8, "before": 0.9, "after": 0.4, "change": -0.5, "low": -0.7,
            "high": -0.3}  # fmt: skip
    batch = a_batch({"decision": "failed", "leaves": [fell]}, [])
    found = told(batch)
    assert found["sentence"] == "The gate's decision is “failed”; no reason was kept."
    assert marks(found) == {"a": "no fall shown"}
    assert [gates.report(batch, place, None) for place in (0, 2, -1)] == [None, None, None]


def test_the_leaf_that_hides_most_is_named_with_what_it_can_hide() -> None:
    result = compare(made())
    result["leaves"][2]["detectable"] = {"even": 0.61, "patchy": 1.1}
    assert told(a_batch(result))["unseen"] == {
        "leaf": "knowledge/b0/l2", "clusters": 10, "even": 0.61, "patchy": 1.1,
    }  # fmt: skip
