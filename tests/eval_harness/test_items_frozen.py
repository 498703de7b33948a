"""A frozen exam and its entries of today: nothing frozen moves, what is new is added, a correction needs a reason."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval_harness.items import BadItem, Item, items_of, split
from eval_harness.items_frozen import join

LEAF = "knowledge/moons"
REASON = "The second survey counted again."


def entry(number: int, wording: int = 0, **more: Any) -> dict[str, Any]:
    told = {"cluster": f"c{number}", "question": f"What is {number} in wording {wording}?"}
    return {**told, "choices": [f"{number}.", f"{number + 1}."], "answer": f"{number}.", **more}


def exam(*entries: dict[str, Any]) -> list[Item]:
    return items_of(LEAF, entries)


PLACES = st.lists(st.tuples(st.integers(0, 15), st.integers(0, 3)), unique=True, max_size=24)


@given(PLACES, PLACES, st.randoms(use_true_random=False))
def test_no_frozen_item_moves_or_goes_and_the_order_of_entries_is_nothing(
    then: list[tuple[int, int]], now: list[tuple[int, int]], chance: Any
) -> None:
    frozen, today = exam(*(entry(*place) for place in then)), exam(*(entry(*place) for place in now))
    joined = join(frozen, today)
    after = {item.id: item for item in joined.items}
    assert [after[item.id] for item in frozen] == frozen
    assert set(after) == {item.id for item in [*frozen, *today]}
    shuffled = list(today)
    chance.shuffle(shuffled)
    assert {i.id: i for i in join(frozen, shuffled).items} == after


@given(PLACES, PLACES)
def test_no_cluster_is_torn_between_search_and_confirm_and_what_is_new_is_seen_by_the_gate(
    then: list[tuple[int, int]], now: list[tuple[int, int]]
) -> None:
    frozen, today = exam(*(entry(*place) for place in then)), exam(*(entry(*place) for place in now))
    joined = join(frozen, today)
    splits: dict[str, set[str]] = {}
    for item in joined.items:
        splits.setdefault(item.cluster, set()).add(item.split)
    assert all(len(found) == 1 for found in splits.values())
    new = splits.keys() - {item.cluster for item in frozen}
    assert not new or {"confirm"} in [splits[cluster] for cluster in new]
    searching = sum(found == {"search"} for found in splits.values())
    before = len({item.cluster for item in frozen if item.split == "search"})
    assert searching <= max(before, len(splits) // 3)


def test_without_frozen_items_the_split_is_what_it_always_was() -> None:
    today = exam(*(entry(c) for c in range(12)))
    assert join([], today).items == today
    assert sum(item.split == "search" for item in today) == 4


def test_an_item_in_reserve_stays_there_but_in_a_cluster_that_searches_look_at() -> None:
    frozen = exam(*(entry(c) for c in range(6)))
    home = {item.split: int(item.cluster[1:]) for item in frozen}
    more = exam(*(entry(home[name], 1, split="reserve") for name in ("search", "confirm")))
    assert [item.split for item in split(more, frozen)] == ["search", "reserve"]


def test_another_answer_without_a_reason_is_refused_with_its_place_and_the_frozen_one_is_kept() -> None:
    frozen = exam(entry(0), entry(1))
    joined = join(frozen, exam(entry(0), entry(1, answer="2.")))
    assert joined.items == frozen
    [refused] = joined.refused
    assert (refused.entry, refused.older) == (2, (frozen[1].id,))


@pytest.mark.parametrize("change", [{"answer": "2."}, {"choices": ["1.", "7."]}])
def test_with_a_reason_it_takes_the_place_of_the_frozen_one_in_its_cluster_and_split(
    change: dict[str, Any],
) -> None:
    frozen = exam(*(entry(c) for c in range(6)))
    was = next(item for item in frozen if item.cluster == "c1")
    today = [entry(c) for c in range(6) if c != 1]
    joined = join(frozen, exam(*today, entry(1, cluster="elsewhere", replaces=f" {REASON}\n", **change)))
    [corrected] = joined.corrected
    assert (corrected.older, corrected.item.replaces) == ((was.id,), REASON)
    assert (corrected.item.cluster, corrected.item.split) == (was.cluster, was.split)
    assert {i.id for i in joined.items} == {i.id for i in frozen} - {was.id} | {corrected.item.id}
    assert not joined.added + joined.refused
    again = join(joined.items, exam(*today, entry(1, cluster="elsewhere", replaces=REASON, **change)))
    assert (again.items, again.corrected) == (joined.items, [])
    assert Item.from_json(corrected.item.to_json()) == corrected.item


def test_a_correction_beside_the_entry_that_it_corrects_is_refused() -> None:
    frozen = exam(entry(0))
    joined = join(frozen, exam(entry(0), entry(0, answer="1.", replaces=REASON)))
    assert joined.items == frozen
    assert [change.older for change in joined.refused] == [()]


@pytest.mark.parametrize("reason", ["", "  ", "?!", None, True, 7, "why " * 126])
def test_what_is_no_reason_is_refused_with_leaf_and_entry(reason: object) -> None:
    with pytest.raises(BadItem, match=r"^knowledge/moons: entry 2: `replaces` is no reason; say in 1 to 500"):
        exam(entry(0), entry(1, replaces=reason))


def test_an_item_that_replaces_nothing_is_frozen_as_it_always_was() -> None:
    [item] = exam(entry(0))
    assert "replaces" not in item.to_json()
