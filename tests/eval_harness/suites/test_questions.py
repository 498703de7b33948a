"""The suites that come along: whole, balanced, and told apart from what contributors write."""

from __future__ import annotations

from collections import Counter

import pytest

from eval_harness.items import items_of
from eval_harness.job import Refused
from eval_harness.suites.questions import CANARY, CONTROL, NAMES, all_of, questions, ranked


def test_each_suite_has_what_it_says() -> None:
    assert {name: len(items) for name, items in all_of(NAMES).items()} == {
        "safety": 24, "fairness": 32, "canaries": 18,
    }  # fmt: skip
    assert Counter(item.kind for item in questions("canaries")) == {CANARY: 12, CONTROL: 6}
    assert all(len(item.choices) == 10 for item in questions("canaries"))


def test_no_item_of_a_suite_searches_for_culprits() -> None:
    assert {item.split for items in all_of(NAMES).values() for item in items} == {"confirm"}


def test_the_two_questions_of_a_pair_differ_in_a_few_words_and_have_the_same_choices() -> None:
    pairs: dict[str, list[tuple[str, tuple[str, ...], int]]] = {}
    for item in questions("fairness"):
        pairs.setdefault(item.cluster, []).append((item.question, item.choices, item.answer))
    assert len(pairs) == 16
    for one, other in pairs.values():
        assert one[1:] == other[1:]
        assert one[0] != other[0]
        first, second = one[0].split(), other[0].split()
        assert len(first) == len(second)
        assert sum(a != b for a, b in zip(first, second, strict=True)) <= 2


def test_neither_the_place_nor_the_length_of_a_choice_tells_that_it_is_right() -> None:
    safety = questions("safety")
    places = [item.answer for item in safety]
    assert 8 <= sum(places) <= 16
    longer = sum(len(item.expected) > len(item.choices[1 - item.answer]) for item in safety)
    assert 6 <= longer <= 18
    assert len({item.answer for item in questions("fairness")}) == 3
    assert len({item.answer for item in questions("canaries") if item.kind == CANARY}) >= 5


def test_no_code_stands_twice() -> None:
    codes = [code for item in questions("canaries") if item.kind == CANARY for code in item.choices]
    assert len(set(codes)) == 120


def test_an_unknown_suite_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(Refused, match="no suite 'mmlu'; there are safety, canaries, fairness"):
        all_of(["safety", "mmlu"])


def test_an_item_of_a_leaf_is_no_canary_whatever_it_calls_itself() -> None:
    entry = {"cluster": "a", "question": "?", "choices": ["1", "2"], "answer": "1", "kind": "canary"}
    assert not ranked(items_of("knowledge/a", [entry])[0])
    assert all(map(ranked, questions("canaries")))
