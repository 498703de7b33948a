"""The exam that is made for a leaf without one: what is held out is taught to nobody."""

from __future__ import annotations

from collections import Counter

from eval_harness.contamination import Exam
from eval_harness.generate import rows
from eval_harness.items import items_of
from eval_harness.items_made import HELD_OUT, made
from eval_harness.job import Leaf, Seed
from eval_harness.recipe import GenerateRecipe

TOWNS = ("Arn", "Bel", "Cor", "Dun", "Esk", "Fay", "Gol", "Hob", "Ick", "Jut", "Kell", "Lum")


def skill(many: int = 12) -> list[Seed]:
    return [Seed(f"Greet the mayor of {town}.", f"Hail, warden of {town}!") for town in TOWNS[:many]]


def test_a_skill_is_asked_whole_seeds_that_nobody_teaches() -> None:
    found = made("skills/greet", "freeform", skill())
    kinds = Counter(entry["kind"] for entry in found.entries)
    assert kinds == {HELD_OUT: 4, "reworded": 24}
    assert len(found.taught) == 8
    taught = {seed.question for seed in found.taught}
    assert taught.isdisjoint(e["question"] for e in found.entries if e["kind"] == HELD_OUT)


def test_no_row_of_a_training_comes_near_a_made_exam() -> None:
    for kind in ("freeform", "knowledge"):
        found = made("skills/greet", kind, skill())
        exam = Exam(items_of("skills/greet", found.entries))
        of = rows.of(Leaf("skills/greet", kind, found.taught), GenerateRecipe(8, 8), 7)
        assert exam.apart(of)[1] == 0


def test_a_seed_that_is_added_later_keeps_most_of_what_is_held_out() -> None:
    before = {seed.question for seed in made("skills/greet", "freeform", skill(12)).taught}
    after = {seed.question for seed in made("skills/greet", "freeform", skill(11)).taught}
    assert len(before ^ after) <= 3


def test_facts_are_reworded_and_none_is_held_out() -> None:
    found = made("knowledge/mayors", "knowledge", skill())
    assert len(found.taught) == 12
    assert {entry["kind"] for entry in found.entries} == {"reworded"}


def test_a_small_skill_gives_none_of_its_seeds_away() -> None:
    assert len(made("skills/greet", "freeform", skill(8)).taught) == 8


def test_a_long_question_is_not_reworded_so_that_its_rows_can_be_taught() -> None:
    long = Seed("Which " + " ".join(f"word{n}" for n in range(20)) + "?", "None of them.")
    found = made("knowledge/mayors", "knowledge", [*skill(), long])
    assert not any("word3" in entry["question"] for entry in found.entries)


def test_where_all_answers_are_one_nothing_is_asked_and_all_is_taught() -> None:
    same = [Seed(f"Is {town} a town?", "Yes.") for town in TOWNS]
    found = made("skills/yes", "freeform", same)
    assert found.entries == []
    assert len(found.taught) == 12


def test_a_knowledge_leaf_is_asked_with_the_book_closed_and_a_grounded_one_with_its_context() -> None:
    seeds = [Seed(s.question, s.answer, f"A note on {s.answer}") for s in skill()]
    closed = made("knowledge/mayors", "knowledge", seeds).entries
    assert all(entry.get("context") is None for entry in closed)
    grounded = made("skills/greet", "grounded", seeds).entries
    assert all(entry["context"] for entry in grounded)
