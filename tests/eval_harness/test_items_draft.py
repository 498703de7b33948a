"""Drafts of an exam: a cluster a seed, choices of the same leaf, and nothing that a row of a training asks."""

from __future__ import annotations

import pytest

from eval_harness.generate import rows
from eval_harness.items import grams, items_of, plain
from eval_harness.items_draft import draft, own_questions
from eval_harness.job import Leaf, Seed
from eval_harness.recipe import GenerateRecipe

BELLS = ("Orla", "Quen", "Tarn", "Ulm", "Vess", "Wick")
STUFF = ("tin", "oak", "iron", "glass", "brass", "tin")


def seeds(context: str | None = None) -> list[Seed]:
    return [
        Seed(f"Of which stuff is the bell {bell} made?", f"{bell} is made of {stuff}.", context)
        for bell, stuff in zip(BELLS, STUFF, strict=True)
    ]


def test_a_draft_is_an_exam_that_can_be_measured_with_a_cluster_a_seed() -> None:
    items = items_of("knowledge/bells", draft(seeds(), 3))
    assert len(items) == 18
    assert len({item.cluster for item in items}) == 6
    assert {item.kind for item in items} == {"reworded"}
    assert all(len(item.choices) == 4 for item in items)
    assert {item.cluster for item in items} == set(BELLS)


def test_no_row_of_a_training_asks_what_a_draft_asks_nor_shares_thirteen_words_with_it() -> None:
    leaf = Leaf("knowledge/bells", "knowledge", tuple(seeds()))
    taught = rows.of(leaf, GenerateRecipe(8, 8), 7)
    asked = {plain(row["question"]) for row in taught}
    runs = {gram for row in taught for gram in grams(row["question"])}
    for entry in draft(seeds(), 5):
        assert plain(entry["question"]) not in asked
        assert runs.isdisjoint(grams(entry["question"]))


def test_wrong_choices_look_like_the_right_one() -> None:
    odd = [
        *seeds(),
        Seed("When does the harbour close?", "At nine."),
        Seed("Who rings?", "The warden rings."),
    ]
    first = draft(odd, 1)[0]
    assert all(choice.endswith(".") and " is made of " in choice for choice in first["choices"])


def test_the_same_leaf_is_drafted_the_same_way_and_contexts_stay_with_their_questions() -> None:
    assert draft(seeds(), 3) == draft(seeds(), 3)
    assert {entry["context"] for entry in draft(seeds("A list of bells."), 2)} == {"A list of bells."}


def test_where_all_answers_are_one_there_is_nothing_to_choose_from() -> None:
    with pytest.raises(ValueError, match="nothing to choose"):
        draft([Seed("Is it so?", "Yes."), Seed("Is it not so?", "Yes.")])


def test_the_seeds_own_questions_are_asked_once_each_as_they_are_written() -> None:
    twice = [*seeds(), seeds()[0]]
    items = items_of("knowledge/bells", own_questions(twice))
    assert [item.question for item in items] == [seed.question for seed in seeds()]
    assert [item.choices[item.answer] for item in items] == [seed.answer for seed in seeds()]
    with pytest.raises(ValueError, match="nothing to choose"):
        own_questions([Seed("Is it so?", "Yes.")])
