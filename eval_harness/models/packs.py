"""Packs: several texts in one sequence, none of which sees another.

A row is a stem and branches: a training row has the question as its stem and one branch, the answer; an item
has one branch a choice, so that the question is computed once for all of its choices. Attention is
block-diagonal: a token sees its own stem and its own branch, and positions start again in each row. What a token
can't see is not computed either: a pack is laid out in short lines, rows whole, since attention costs the square of
a line's length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import torch


@dataclass(frozen=True)
class Row:
    """Token ids of a stem and of its branches."""

    stem: tuple[int, ...]
    branches: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.stem) + sum(len(branch) for branch in self.branches)

    def tokens(self) -> list[int]:
        """All ids in the order in which they lie in a pack."""
        return [*self.stem, *(token for branch in self.branches for token in branch)]


LONGEST_LINE = 160  # tokens, where no row is longer


@dataclass(frozen=True)
class Layout:
    """One pack of T tokens on L lines of W places.

    ids, positions: [L, W], zero where a line has no token; mask: [L, 1, W, W]; places: [T], for each token of the
    pack, row after row, its place among the L * W; offsets: where among the T each row starts.
    """

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    places: torch.Tensor
    offsets: tuple[int, ...]

    def spread(self, tokens: torch.Tensor) -> torch.Tensor:
        """[T, width] by token -> [L, W, width] by line."""
        lines, width = self.ids.shape
        empty = tokens.new_zeros(lines * width, tokens.shape[-1])
        return empty.index_copy(0, self.places, tokens).view(lines, width, -1)

    def gather(self, hidden: torch.Tensor) -> torch.Tensor:
        """[L, W, width] by line -> [T, width] by token."""
        return hidden.flatten(0, 1).index_select(0, self.places)


def next_fit(lengths: Sequence[int], size: int) -> list[list[int]]:
    """Indices of rows by pack, in order; a row longer than `size` gets a pack of its own."""
    packs: list[list[int]] = []
    used = size
    for index, length in enumerate(lengths):
        if used + length > size:
            packs.append([])
            used = 0
        packs[-1].append(index)
        used += length
    return packs


def on_lines(lengths: Sequence[int], width: int) -> list[list[int]]:
    """Indices of rows by line: the longest first, each on the first line that has room for it."""
    lines: list[list[int]] = []
    room: list[int] = []
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        line = next((n for n, left in enumerate(room) if left >= lengths[index]), len(lines))
        if line == len(lines):
            lines.append([])
            room.append(width)
        lines[line].append(index)
        room[line] -= lengths[index]
    return lines


def shape(lengths: Sequence[int]) -> tuple[int, list[list[int]]]:
    """The width of the lines, and the rows on each: what costs least, empty places and attention counted."""
    longest, total = max(lengths), sum(lengths)
    widths = range(longest, max(longest, min(LONGEST_LINE, total)) + 1, 4)
    tried = ((width, on_lines(lengths, width)) for width in widths)
    return min(tried, key=lambda found: found[0] * len(found[1]) * (1 + found[0] / 1024))


def layout(rows: Sequence[Row]) -> Layout:
    """The tensors of one pack of rows."""
    lengths = [len(row) for row in rows]
    width, lines = shape(lengths)
    ids = [[0] * width for _ in lines]
    positions = [[0] * width for _ in lines]
    owner = [list(range(-1, -1 - width, -1)) for _ in lines]  # an empty place is alone, and sees itself
    branch_of = [[0] * width for _ in lines]
    starts = [0] * len(rows)
    for number, members in enumerate(lines):
        at = 0
        for index in members:
            end, row = at + lengths[index], rows[index]
            ids[number][at:end] = row.tokens()
            positions[number][at:end], branch_of[number][at:end] = _order(row)
            owner[number][at:end] = [index] * lengths[index]
            starts[index] = number * width + at
            at = end
    places = [start + i for start, length in zip(starts, lengths, strict=True) for i in range(length)]
    return Layout(
        torch.tensor(ids),
        torch.tensor(positions),
        _mask(torch.tensor(owner), torch.tensor(branch_of)),
        torch.tensor(places),
        tuple(accumulate(lengths[:-1], initial=0)),
    )


def _order(row: Row) -> tuple[list[int], list[int]]:
    """Each token's position in its own text, and its branch (0: the stem)."""
    stem = len(row.stem)
    positions, branch_of = list(range(stem)), [0] * stem
    for number, branch in enumerate(row.branches, 1):
        positions += range(stem, stem + len(branch))
        branch_of += [number] * len(branch)
    return positions, branch_of


def _mask(owner: torch.Tensor, branch_of: torch.Tensor) -> torch.Tensor:
    """[L, W] twice -> [L, 1, W, W], true where the token of a row may see the token of a column."""
    same_row = owner[:, :, None] == owner[:, None, :]
    same_branch = (branch_of[:, None, :] == 0) | (branch_of[:, :, None] == branch_of[:, None, :])
    earlier = torch.ones(owner.shape[1], owner.shape[1], dtype=torch.bool).tril()
    return (same_row & same_branch & earlier)[:, None]


def predictions(row: Row, offset: int) -> Iterator[tuple[list[int], list[int]]]:
    """For each branch: the places (in the pack) whose next token is judged, and those tokens."""
    last = offset + len(row.stem) - 1
    start = last + 1
    for branch in row.branches:
        yield [last, *range(start, start + len(branch) - 1)], list(branch)
        start += len(branch)
