"""What a training may not see: an item's question, thirteen of its words in a row, its words in another order."""

from __future__ import annotations

from typing import Any

import pytest

from eval_harness.contamination import Exam
from eval_harness.items import items_of

LONG = "one two three four five six seven eight nine ten eleven twelve thirteen"
ITEM = {
    "cluster": "c",
    "question": "What is the bell Orla made of?",
    "choices": ["Tin.", "Oak."],
    "answer": "Tin.",
}


def why(
    question: str, answer: str = "Tin.", context: str | None = None, item: dict[str, Any] | None = None
) -> str | None:
    """What the exam says of a row."""
    exam = Exam(items_of("a/b", [{**ITEM, **(item or {})}]))
    return exam.why({"question": question, "answer": answer, "context": context})


@pytest.mark.parametrize("answer", ["Tin.", "Oak."])
def test_an_items_very_question_is_found_however_it_is_written_and_answered(answer: str) -> None:
    found = why("what is the bell ORLA made of", answer)
    assert found is not None
    assert "very question of the item" in found
    assert "a/b ('What is the bell Orla made of?')" in found


def test_thirteen_words_in_a_row_are_found_and_twelve_are_not() -> None:
    assert "13 words in a row" in (why(f"so {LONG} fourteen", item={"question": LONG}) or "")
    assert why(LONG.replace("seven", "and"), "Oak.", item={"question": LONG}) is None


def test_the_same_words_in_another_order_are_found() -> None:
    assert "another order" in (why("Of what is the bell Orla made?", "Oak.") or "")


def test_nearly_the_question_with_the_same_answer_is_found_and_with_another_answer_is_not() -> None:
    item = {"question": "What is the old bell Orla in the north tower made of?"}
    near = "What is the bell Orla in the north tower made of?"
    assert "nearly the question, with the same answer" in (why(near, item=item) or "")
    assert why(near, "Oak.", item=item) is None
    assert why("Which stuff makes the bell Orla?", item=item) is None


def test_another_things_question_is_another_question() -> None:
    assert why("What is the bell Quen made of?") is None


def test_what_is_asked_about_another_context_is_another_question() -> None:
    question = str(ITEM["question"])
    assert why(question, context="Of the first page.", item={"context": "Of the second page."}) is None
    assert why(question, context="Of a page.", item={"context": "Of a page."}) is not None


def test_rows_are_told_apart_and_those_held_out_are_counted() -> None:
    exam = Exam(items_of("a/b", [ITEM]))
    rows = [{"question": ITEM["question"], "answer": "Tin."}, {"question": "Who rings?", "answer": "She."}]
    assert exam.apart(rows) == ([rows[1]], 1)
