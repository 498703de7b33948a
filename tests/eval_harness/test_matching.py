"""A short reference and a written answer: what counts for nothing, and what makes an answer wrong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval_harness.matching import matches, short, words


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("The bell is made of TIN!", "tin"),
        ("tin", "The tin."),
        ("It takes  eleven\nmetres.", "eleven metres"),
        ("It was 1,000 metres.", "1000 metres"),
        ("3.5 m", "3.5 m"),
        ("It’s Ilven’s boat.", "Ilven's boat"),
        ("ﬁve", "five"),
        ("It does not float.", "It doesn't float, it does not float."[20:]),
        ("no", "No."),
    ],
)
def test_case_punctuation_articles_and_white_space_count_for_nothing(answer: str, reference: str) -> None:
    assert matches(answer, reference)


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ("The bell is made of tinsel.", "tin"),
        ("It is not tin.", "tin"),
        ("It isn't tin, it is oak.", "tin"),
        ("metres eleven", "eleven metres"),
        ("eleven long metres", "eleven metres"),
        ("35 m", "3.5 m"),
        ("5", "-5"),
        ("-5", "5"),
        ("10,5", "105"),
        ("", "tin"),
        ("anything", "the"),
    ],
)
def test_another_word_order_number_or_a_denial_is_another_answer(answer: str, reference: str) -> None:
    assert not matches(answer, reference)


@given(st.text(max_size=60))
def test_every_text_says_itself_in_any_case_and_spacing(text: str) -> None:
    assert matches(text, text)
    assert words(f"  {text}\n") == words(text)


def test_eight_words_are_short_and_articles_are_no_words() -> None:
    assert short("one two three four five six seven eight")
    assert short("the one two three four five six seven a eight.")
    assert not short("one two three four five six seven eight nine")
