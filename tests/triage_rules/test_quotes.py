"""A sentence is found in a document whatever either side's layout, and not found where its words are others."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_rules.quotes import MOST, Source, pieces

SENTENCE = "The north mole carries three green lamps, lit at dusk by the harbour office."


@pytest.mark.parametrize(
    "there",
    [
        "The north mole carries\nthree green lamps,\n  lit at dusk by the harbour office.",
        "The **north mole** carries _three green_ `lamps`, lit at ~~dusk~~ by the harbour office.",
        "The [north mole](https://example.org/Mole_(north)) carries three green lamps,[12] lit at dusk by the "
        '![](lamp.png "A lamp")harbour office.',
        "The north mole car-\nries three green lamps, lit at dusk by the har\u00ad\nbour office.",
        "> The north mole carries three green lamps,\n> lit at dusk by the harbour office.",
        "<p>The north&nbsp;mole carries <b>three</b> green lamps<!-- sic -->, lit at dusk by the harbour office.</p>",
        "THE NORTH MOLE CARRIES THREE GREEN LAMPS, LIT AT DUSK BY THE HARBOUR OFFICE.",
        "The north mole carries three green lamps{#lamps}, lit at dusk by the harbour oﬃce [citation needed].",
        "| lamps | The north mole carries three green lamps, lit at dusk by the harbour office. |",
    ],
)
def test_layout_and_marks_make_no_difference(there: str) -> None:
    assert Source((f"# Lamps\n\nBefore it. {there} And after.\n",)).holds(SENTENCE)
    assert Source((f"Before. {SENTENCE} After.",)).holds(there)


def test_quotes_and_dashes_of_another_kind_are_the_same() -> None:
    source = Source(("“Don’t,” she said — and left the three lamps alone…",))
    assert source.holds('"Don\'t", she said - and left the three lamps alone...')


def test_a_word_changed_is_nearly_found_and_another_sentence_is_not() -> None:
    source = Source((SENTENCE,))
    assert source.holds(SENTENCE.replace("green", "bright green"))
    assert not source.holds("The south mole has two red lamps, put out at dawn by the harbour master.")
    assert not source.holds("A lamp of the office carries the dusk north by three green moles.")


def test_a_table_is_looked_for_row_by_row_and_its_rule_is_left_out() -> None:
    table = (
        "| lamp of the north mole | burns for eleven hours |\n|---|---|\n"
        "| lamp of the south mole | burns for two hours |"
    )
    assert [piece.text for piece in pieces(table)] == [
        "lamp of the north mole", "burns for eleven hours", "lamp of the south mole", "burns for two hours",
    ]  # fmt: skip
    assert [piece.line for piece in pieces(table)] == [0, 0, 2, 2]


def test_pieces_are_sentences_and_entries_with_their_lines_and_what_is_too_short_is_left_out() -> None:
    text = (
        "Yes. One lamp burns all night.\nAnother burns until\nthe last ferry.\n\n"
        "- The third is never lit at all\n2) So is the fourth of them"
    )
    assert [(piece.text, piece.line) for piece in pieces(text)] == [
        ("One lamp burns all night.", 0),
        ("Another burns until the last ferry.", 1),
        ("The third is never lit at all", 4),
        ("So is the fourth of them", 5),
    ]


def test_of_a_text_that_is_too_long_the_first_part_is_searched_and_that_is_known() -> None:
    source = Source(("a " * MOST, SENTENCE))
    assert not source.whole
    assert not source.holds(SENTENCE)


@given(st.text(max_size=200), st.text(max_size=400))
def test_whatever_is_in_a_document_as_it_stands_is_found(piece: str, around: str) -> None:
    source = Source((f"{around}\n\n{piece}\n\n{around}",))
    assert all(source.holds(each.text) for each in pieces(piece) if "<" not in around and "&" not in around)
