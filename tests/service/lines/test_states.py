"""The table of states holds together."""

from __future__ import annotations

import pytest

from service.lines.states import MOVES, VERDICT_MOVES, Move, NoSuchMove, State, after, diagram


def test_every_state_can_be_reached_and_every_move_is_used() -> None:
    assert set(MOVES.values()) == set(State)
    assert {move for _, move in MOVES} == set(Move)


def test_every_verdict_moves_an_opened_contribution() -> None:
    for move in VERDICT_MOVES.values():
        assert (State.opened, move) in MOVES


def test_a_move_that_the_table_has_not_says_where_it_could_happen() -> None:
    with pytest.raises(NoSuchMove, match="needs-human or needs-review"):
        after("merged", Move.approve)


def test_what_is_merged_takes_no_new_head_held_back_or_not() -> None:
    for state in (State.merged, State.batched, State.held_back, State.released, State.superseded):
        with pytest.raises(NoSuchMove):
            after(state, Move.pushed)


def test_the_diagram_shows_every_arrow() -> None:
    drawn = diagram()
    for start, _ in MOVES:
        assert start.value.replace("-", "_") in drawn
