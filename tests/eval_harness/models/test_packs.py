"""Packs: rows whole on their lines, masks and positions by the word of the docstring."""

from __future__ import annotations

import random

import torch
from hypothesis import given
from hypothesis import strategies as st

from eval_harness.models import packs

TOKEN = st.integers(1, 3)  # few tokens, so that branches often begin alike
BRANCHES = st.lists(st.lists(TOKEN, min_size=1, max_size=6), max_size=4)
ROWS = st.lists(
    st.tuples(st.lists(st.integers(4, 9), min_size=1, max_size=30), BRANCHES), min_size=1, max_size=9
)
Told = list[tuple[list[int], list[list[int]]]]


def rows_of(told: Told) -> list[packs.Row]:
    """Rows of stems and branches."""
    return [packs.Row(tuple(stem), tuple(map(tuple, branches))) for stem, branches in told]


def texts_of(row: packs.Row) -> list[tuple[int, ...]]:
    """For each token of a row, in order, the text that ends with it: the stem's, then each beginning once."""
    stems = [row.stem[: end + 1] for end in range(len(row.stem))]
    ends = [row.stem + branch[: end + 1] for branch in row.branches for end in range(len(branch))]
    return [*stems, *dict.fromkeys(ends)]


@given(ROWS)
def test_every_row_lies_whole_on_one_line_and_what_its_branches_share_lies_there_once(told: Told) -> None:
    rows = rows_of(told)
    place = packs.layout(rows)
    width = place.ids.shape[1]
    flat, where = place.ids.flatten().tolist(), place.places.tolist()
    assert len(where) == len(set(where)) == sum(len(row) for row in rows)
    for row, offset in zip(rows, place.offsets, strict=True):
        mine = where[offset : offset + len(row)]
        assert [flat[i] for i in mine] == row.tokens() == [text[-1] for text in texts_of(row)]
        assert mine == list(range(mine[0], mine[0] + len(row)))
        assert mine[0] // width == mine[-1] // width
    assert sum(token != 0 for token in flat) == len(where)


@given(ROWS)
def test_a_token_sees_the_text_that_ends_with_it_and_nothing_else(told: Told) -> None:
    rows = rows_of(told)
    place = packs.layout(rows)
    lines, width = place.ids.shape
    wanted = torch.eye(width, dtype=torch.bool).repeat(lines, 1, 1, 1)  # an empty place sees itself alone
    for row, offset in zip(rows, place.offsets, strict=True):
        line, at = divmod(int(place.places[offset]), width)
        texts = texts_of(row)
        for i, text in enumerate(texts):
            for j, other in enumerate(texts):
                wanted[line, 0, at + i, at + j] = text[: len(other)] == other
    assert torch.equal(place.mask, wanted)


@given(ROWS)
def test_a_position_is_the_length_of_the_text_before_the_token(told: Told) -> None:
    rows = rows_of(told)
    place = packs.layout(rows)
    found = place.positions.flatten()[place.places].tolist()
    assert found == [len(text) - 1 for row in rows for text in texts_of(row)]


@given(ROWS, st.integers(0, 50))
def test_each_token_of_a_branch_is_judged_where_the_text_before_it_ends(told: Told, offset: int) -> None:
    for row in rows_of(told):
        texts = texts_of(row)
        found = list(row.predictions(offset))
        assert [tuple(tokens) for _, tokens in found] == list(row.branches)
        for branch, (places, _) in zip(row.branches, found, strict=True):
            before = [row.stem + branch[:end] for end in range(len(branch))]
            assert [texts[i - offset] for i in places] == before


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60), st.integers(1, 300))
def test_packs_keep_the_order_and_only_a_row_that_is_too_long_goes_over(
    lengths: list[int], size: int
) -> None:
    found = packs.next_fit(lengths, size)
    assert [index for pack in found for index in pack] == list(range(len(lengths)))
    assert all(len(pack) == 1 or sum(lengths[i] for i in pack) <= size for pack in found)


@given(st.lists(st.integers(1, 300), min_size=1, max_size=40))
def test_a_line_is_as_wide_as_the_longest_row_at_least_and_never_over_full(lengths: list[int]) -> None:
    width, lines = packs.shape(lengths)
    assert max(lengths) <= width <= max(max(lengths), packs.LONGEST_LINE)
    assert sorted(i for line in lines for i in line) == list(range(len(lengths)))
    assert all(sum(lengths[i] for i in line) <= width for line in lines)


def test_short_lines_cost_less_than_one_long_line() -> None:
    lengths = [40] * 12
    width, lines = packs.shape(lengths)
    assert width * width * len(lines) < sum(lengths) ** 2 / 2


def test_spreading_and_gathering_give_the_tokens_back() -> None:
    rng = random.Random(1)
    rows = rows_of([([7] * rng.randint(1, 40), [[1] * rng.randint(1, 9)]) for _ in range(9)])
    place = packs.layout(rows)
    tokens = torch.arange(float(len(place.places) * 3)).view(-1, 3)
    assert torch.equal(place.gather(place.spread(tokens)), tokens)
