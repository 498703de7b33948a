"""What a contribution moved: its own leaves in the last gate that it was part of, and why one did not land."""

from __future__ import annotations

from typing import Any

from service.db.tables import Batch, Contribution
from service.lines.moved import moved


def leaf(name: str, outcome: str | None, **given: Any) -> dict[str, Any]:
    told = {"before": 0.3, "after": 0.3, "change": 0.0, "low": -0.1, "high": 0.1, "items": 32}
    return {"leaf": name, "outcome": outcome, **told, **given}


def gate(members: list[int], *leaves: dict[str, Any], **learned: Any) -> dict[str, Any]:
    return {"members": members, "result": {"leaves": list(leaves), "learned": learned}}


def a_batch(*gates: dict[str, Any]) -> Batch:
    spec = {"leaves": {"1": ["a"], "2": ["b", "bare"]}}
    return Batch(
        repository="t",
        id=1,
        state="passed",
        members=[1, 2],
        spec=spec,
        gates=list(gates),
        created=0,
        updated=0,
    )


def a_member(number: int) -> Contribution:
    return Contribution(
        repository="t", number=number, topic="x", title="x", author_forge="plain", author_id="ada", state="batched",
        head="h", opened=0, updated=0,
    )  # fmt: skip


def test_before_a_gate_nothing_is_said() -> None:
    assert moved(None, a_member(1)) == []
    assert moved(a_batch(), a_member(1)) == []


def test_the_last_gate_with_it_in_the_mix_counts_and_no_later_one() -> None:
    first = gate([1, 2], leaf("a", "landed", after=0.9), leaf("b", "fell"))
    [row] = moved(a_batch(first, gate([2], leaf("b", "landed"))), a_member(1))
    assert (row["after"], row["outcome"], row["why"]) == (0.9, "landed", [])


def test_what_did_not_land_comes_with_its_cause_and_what_nobody_measured_is_said() -> None:
    told = gate([1, 2], leaf("b", "not shown"), b={"rows": 96, "loss": 0.1})
    row, bare = moved(a_batch(told), a_member(2))
    assert row["why"][-1]["step"] == "generalised"
    assert row["why"][-1]["state"] == "fault"
    assert bare == {"leaf": "bare", "measured": False}


def test_an_extended_leaf_is_read_by_its_interval() -> None:
    for low, high, outcome in ((0.1, 0.3, "landed"), (-0.3, -0.1, "fell"), (-0.1, 0.1, "not shown")):
        [row] = moved(a_batch(gate([1], leaf("a", None, low=low, high=high))), a_member(1))
        assert row["outcome"] == outcome


def test_the_new_seeds_of_an_extended_leaf_have_a_row_of_their_own() -> None:
    told = gate(
        [1, 2], leaf("a", None), leaf("a (new seeds)", "landed", after=0.9), a={"rows": 96, "loss": 0.1}
    )
    old, new = moved(a_batch(told), a_member(1))
    assert (old["leaf"], new["leaf"], new["outcome"], new["after"]) == ("a", "a (new seeds)", "landed", 0.9)


def test_answers_in_own_words_that_are_taken_for_wrong_are_named_beside_the_choices() -> None:
    told = gate([1], leaf("a", "not shown", after=0.6, low=0.02, high=0.5), a={"rows": 96, "loss": 0.1})
    told["result"]["kinds"] = [
        {"leaf": "a", "kind": "generated", "after": 0.1, "clusters": 4},
        {"leaf": "a", "kind": "paraphrase", "after": 0.9, "clusters": 6},
        {"leaf": "a", "kind": "unseen", "after": 0.6, "clusters": 3},
        {"leaf": "b", "kind": "generated", "after": 0.9, "clusters": 3},
    ]
    [row] = moved(a_batch(told), a_member(1))
    assert row["why"][-1]["step"] == "judge"
    assert row["why"][-1]["evidence"] == "By choice it scores 0.80, in own words 0.10."
