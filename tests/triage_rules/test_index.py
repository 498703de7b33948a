"""The index of seeds, and the words that it compares."""

from __future__ import annotations

import pytest

from triage_rules.index import Known, SeedsIndex
from triage_rules.keys import shingles
from triage_rules.words import exclude_each_other, jaccard, same_template

LAMP = Known(
    "knowledge/lamps/qna.yaml",
    "In which town does the lamp of Orsay stand?",
    "It stands in the town of Tarn.",
)


def test_a_seed_with_half_of_its_words_shared_is_found() -> None:
    others = [
        Known("x", f"What grows on hill number {n} of the isle?", f"Moss of kind {n * 7}.")
        for n in range(300)
    ]
    index = SeedsIndex([LAMP, *others])
    question, answer = "In which town does the old lamp of Orsay now stand?", "In the town of Tarn."
    share = jaccard(shingles(question, answer), shingles(LAMP.question, LAMP.answer))
    assert [(near.known, near.share) for near in index.near(question, answer)] == [(LAMP, share)]


def test_the_same_question_is_found_whatever_its_layout() -> None:
    assert list(SeedsIndex([LAMP]).asked("in which town does the lamp of Orsay stand")) == [LAMP]


def test_signs_tell_questions_apart() -> None:
    index = SeedsIndex([Known("x", "What is 12 + 5?", "17"), Known("x", "What is '-- .-' in Morse?", "MA")])
    assert [known.answer for known in index.asked("what is 12 + 5")] == ["17"]
    assert not list(index.asked("What is 12 * 5?"))
    assert not list(index.asked("What is '-- -.' in Morse?"))


def test_a_seed_taken_out_is_gone() -> None:
    index = SeedsIndex()
    number = index.add(LAMP)
    index.remove(number)
    assert not list(index.near(LAMP.question, LAMP.answer))
    assert not list(index.asked(LAMP.question))
    assert len(index) == 0


def test_an_index_laid_over_others_answers_for_them() -> None:
    below = SeedsIndex([LAMP])
    over = SeedsIndex.over(below, SeedsIndex())
    below.add(LAMP._replace(pull=7))
    assert [near.known.pull for near in over.near(LAMP.question, LAMP.answer)] == [None, 7]


@pytest.mark.parametrize(
    ("question", "one", "other", "exclude"),
    [
        ("Where does the lamp stand?", "The lamp stands in Tarn.", "The lamp stands in Velden.", True),
        ("How many keepers has the lamp?", "It has 3 keepers.", "It has 5 keepers.", True),
        ("Is the lamp lit?", "Yes, always.", "No, never.", True),
        ("Where does the lamp stand?", "The lamp stands in Tarn.", "In Tarn.", False),
        ("What is the bell made of?", "The bell is made of oak.", "The bell is made of tin.", True),
        ("Where does the lamp stand?", "In Tarn.", "In Tarn, near the quay.", False),
        ("Write a line about a lamp.", "Small light, long night.", "A wick and a wish.", False),
        ("What is the lamp for?", "Guiding ships past the reef.", "For ships that pass at night.", False),
    ],
)
def test_answers_exclude_each_other_only_where_the_words_show_it(
    question: str, one: str, other: str, exclude: bool
) -> None:
    assert exclude_each_other(question, one, other) is exclude
    assert exclude_each_other(question, other, one) is exclude


def test_the_same_template_with_another_entity_is_told_from_a_rewording() -> None:
    assert same_template("Where is the lamp of Orsay? In Tarn.", "Where is the lamp of Merrow? In Velden.")
    assert not same_template(
        "Where is the lamp of Orsay? In Tarn.", "Where does the lamp of Orsay stand? In Tarn."
    )
