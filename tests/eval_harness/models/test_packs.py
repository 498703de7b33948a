"""Packs: rows whole on their lines, masks and positions by the word of the docstring."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from eval_harness.models import packs

SIZES = st.lists(
    st.tuples(st.integers(1, 30), st.lists(st.integers(1, 9), max_size=4)), min_size=1, max_size=9
)


def rows_of(sizes: list[tuple[int, list[int]]]) -> list[packs.Row]:
    """Rows whose tokens are all different, so that none can be taken for another."""
    number = iter(range(1, 10_000))

    def take(count: int) -> tuple[int, ...]:
        return tuple(next(number) for _ in range(count))

    return [packs.Row(take(stem), tuple(take(size) for size in branches)) for stem, branches in sizes]


@given(SIZES)
def test_every_row_lies_whole_on_one_line_and_none_is_lost(sizes: list[tuple[int, list[int]]]) -> None:
    rows = rows_of(sizes)
    place = packs.layout(rows)
    width = place.ids.shape[1]
    flat = place.ids.flatten().tolist()
    where = place.places.tolist()
    assert len(where) == len(set(where)) == sum(len(row) for row in rows)
    for row, offset in zip(rows, place.offsets, strict=True):
        mine = where[offset : offset + len(row)]
        assert [flat[i] for i in mine] == row.tokens()
        assert mine == list(range(mine[0], mine[0] + len(row)))
        assert mine[0] // width == mine[-1] // width
    assert sum(token != 0 for token in flat) == len(where)


def may_see(rows: list[packs.Row]) -> dict[int, set[int]]:
    """By token: what it may see. Its stem up to itself; in a branch also the branch up to itself."""
    seen: dict[int, set[int]] = {}
    for row in rows:
        for number, token in enumerate(row.stem):
            seen[token] = set(row.stem[: number + 1])
        for branch in row.branches:
            for number, token in enumerate(branch):
                seen[token] = {*row.stem, *branch[: number + 1]}
    return seen


@given(SIZES)
def test_a_token_sees_its_own_stem_and_branch_up_to_itself_and_nothing_else(
    sizes: list[tuple[int, list[int]]],
) -> None:
    rows = rows_of(sizes)
    place = packs.layout(rows)
    wanted = may_see(rows)
    lines, width = place.ids.shape
    assert place.mask.shape == (lines, 1, width, width)
    for line in range(lines):
        ids = place.ids[line].tolist()
        for at, token in enumerate(ids):
            columns = place.mask[line, 0, at].nonzero().flatten().tolist()
            if token:
                assert {ids[c] for c in columns} == wanted[token]
            else:
                assert columns == [
                    at
                ]  # an empty place sees itself: a softmax over nothing would be no number


@given(SIZES)
def test_positions_count_from_zero_in_each_text_and_a_branch_goes_on_after_its_stem(
    sizes: list[tuple[int, list[int]]],
) -> None:
    rows = rows_of(sizes)
    place = packs.layout(rows)
    found = place.positions.flatten()[place.places].tolist()
    wanted: list[int] = []
    for row in rows:
        wanted += range(len(row.stem))
        for branch in row.branches:
            wanted += range(len(row.stem), len(row.stem) + len(branch))
    assert found == wanted


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
    import torch

    rng = random.Random(1)
    rows = rows_of([(rng.randint(1, 40), [rng.randint(1, 9)]) for _ in range(9)])
    place = packs.layout(rows)
    tokens = torch.arange(float(len(place.places) * 3)).view(-1, 3)
    assert torch.equal(place.gather(place.spread(tokens)), tokens)


def test_what_is_judged_is_the_next_token_of_each_branch_after_the_stems_last() -> None:
    row = packs.Row((1, 2, 3), ((4, 5), (6,)))
    assert list(packs.predictions(row, 10)) == [([12, 13], [4, 5]), ([12], [6])]
