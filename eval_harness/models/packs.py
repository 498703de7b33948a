"""Packs: several texts in one sequence, none of which sees another.

A row is a stem and branches: a training row has the question as its stem and one branch, the answer; an item
has one branch a choice, so that the question is computed once for all of its choices. Attention is
block-diagonal: a token sees its own stem and its own branch, and positions start again in each row.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

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


@dataclass(frozen=True)
class Layout:
    """One pack as tensors: ids and positions [1, T], mask [1, 1, T, T], where each row starts."""

    ids: torch.Tensor
    positions: torch.Tensor
    mask: torch.Tensor
    offsets: tuple[int, ...]


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


def layout(rows: Sequence[Row]) -> Layout:
    """The tensors of one pack of rows."""
    ids: list[int] = []
    positions: list[int] = []
    owner: list[int] = []
    branch_of: list[int] = []
    offsets: list[int] = []
    for number, row in enumerate(rows):
        offsets.append(len(ids))
        ids += row.tokens()
        positions += range(len(row.stem))
        branch_of += [0] * len(row.stem)
        for place, branch in enumerate(row.branches, 1):
            positions += range(len(row.stem), len(row.stem) + len(branch))
            branch_of += [place] * len(branch)
        owner += [number] * len(row)
    return Layout(torch.tensor([ids]), torch.tensor([positions]), _mask(owner, branch_of), tuple(offsets))


def _mask(owner: list[int], branch_of: list[int]) -> torch.Tensor:
    """True where the token of a line may see the token of a column."""
    rows = torch.tensor(owner)
    branches = torch.tensor(branch_of)
    same_row = rows[:, None] == rows[None, :]
    same_branch = (branches[None, :] == 0) | (branches[:, None] == branches[None, :])
    earlier = torch.ones(len(owner), len(owner), dtype=torch.bool).tril()
    return (same_row & same_branch & earlier)[None, None]


def predictions(row: Row, offset: int) -> Iterator[tuple[list[int], list[int]]]:
    """For each branch: the places (in the pack) whose next token is judged, and those tokens."""
    last = offset + len(row.stem) - 1
    start = last + 1
    for branch in row.branches:
        yield [last, *range(start, start + len(branch) - 1)], list(branch)
        start += len(branch)
