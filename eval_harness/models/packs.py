"""Packs: several texts in one sequence, none of which sees another.

A row is a stem and branches: a training row has the question as its stem and one branch, the answer; an item
has one branch a choice. Branches are a tree, so that the question, and what choices have in common from their
start, is computed once. A token sees its own stem and what lies before it on its branch, and positions start
again in each row. What a token
can't see is not computed either: a pack is laid out in short lines, rows whole, since attention costs the square of
a line's length.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

import torch


@dataclass(frozen=True)
class Row:
    """Token ids of a stem and of its branches."""

    stem: tuple[int, ...]
    branches: tuple[tuple[int, ...], ...]

    def __len__(self) -> int:
        return len(self.stem) + len(self._tree[0])

    @cached_property
    def _tree(self) -> tuple[list[tuple[int, int]], list[list[int]]]:
        """The nodes (token, parent; -1 is the stem's end) in order, and the nodes of each branch."""
        nodes: list[tuple[int, int]] = []
        known: dict[tuple[int, int], int] = {}
        paths: list[list[int]] = []
        for branch in self.branches:
            path: list[int] = []
            for token in branch:
                node = (token, path[-1] if path else -1)
                path.append(known.setdefault(node, len(nodes)))
                if path[-1] == len(nodes):
                    nodes.append(node)
            paths.append(path)
        return nodes, paths

    def tokens(self) -> list[int]:
        """All ids in the order in which they lie in a pack."""
        return [*self.stem, *(token for token, _ in self._tree[0])]

    def positions(self) -> list[int]:
        """Each token's position in its own text."""
        found = list(range(len(self.stem)))
        for _, parent in self._tree[0]:
            found.append(1 + found[len(self.stem) + parent] if parent >= 0 else len(self.stem))
        return found

    def sees(self) -> torch.Tensor:
        """[n, n], true where the token of a row may see the token of a column."""
        stem, size = len(self.stem), len(self)
        mask = torch.ones(size, size, dtype=torch.bool).tril()
        for node, (_, parent) in enumerate(self._tree[0], stem):
            mask[node, stem:] = mask[stem + parent, stem:] if parent >= 0 else False
            mask[node, node] = True
        return mask

    def predictions(self, offset: int) -> Iterator[tuple[list[int], list[int]]]:
        """For each branch: the places (in the pack) whose next token is judged, and those tokens."""
        last = offset + len(self.stem) - 1
        for branch, path in zip(self.branches, self._tree[1], strict=True):
            yield [last, *(last + 1 + node for node in path[:-1])], list(branch)


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
    mask = torch.eye(width, dtype=torch.bool).repeat(len(lines), 1, 1, 1)  # an empty place sees itself alone
    starts = [0] * len(rows)
    for number, members in enumerate(lines):
        at = 0
        for index in members:
            end, row = at + lengths[index], rows[index]
            ids[number][at:end] = row.tokens()
            positions[number][at:end] = row.positions()
            mask[number, 0, at:end, at:end] = row.sees()
            starts[index] = number * width + at
            at = end
    places = [start + i for start, length in zip(starts, lengths, strict=True) for i in range(length)]
    return Layout(
        torch.tensor(ids),
        torch.tensor(positions),
        mask,
        torch.tensor(places),
        tuple(accumulate(lengths[:-1], initial=0)),
    )
