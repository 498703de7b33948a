"""The frozen exam of a leaf meets what stands under `evaluation/` by now: what stays, is added, is corrected. Pure.

A frozen item stays as it is, also where its entry is gone: a question that a model failed is not taken out of the
exam. What is new is added. The same question with another answer, or other choices, is a correction: it needs a reason,
since it changes the key by which both models are measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from eval_harness.items import Item, split


@dataclass(frozen=True)
class Change:
    """An entry (counted from 1) that asks what frozen items ask, and the ids of those of them whose entry is gone."""

    entry: int
    item: Item
    older: tuple[str, ...]


@dataclass(frozen=True)
class Joined:
    """The exam as it is from now on, and how it differs from the frozen one; `added` as entry and item."""

    items: list[Item]
    added: list[tuple[int, Item]]
    corrected: list[Change]
    refused: list[Change]


def join(frozen: Sequence[Item], now: Sequence[Item]) -> Joined:
    """One leaf's frozen items and those of its entries, in the order of the entries.

    A correction takes cluster and split of what it replaces. It is refused, and the frozen answer kept, where it gives
    no reason, or where the older entry still stands beside it: one of the two must be wrong.
    """
    known, standing = {item.id for item in frozen}, {item.id for item in now}
    added, corrected, refused = list[tuple[int, Item]](), list[Change](), list[Change]()
    for entry, item in enumerate(now, 1):
        asked = [old for old in frozen if old.prompt_hash == item.prompt_hash]
        older = [old for old in asked if old.id not in standing]
        change = Change(entry, item, tuple(old.id for old in older))
        if item.id in known:
            continue
        if not asked:
            added.append((entry, item))
        elif item.replaces and older:
            place = replace(item, cluster=older[0].cluster, split=older[0].split)
            corrected.append(replace(change, item=place))
        else:
            refused.append(change)
    gone = {old for change in corrected for old in change.older}
    settled = [item for item in frozen if item.id not in gone] + [change.item for change in corrected]
    placed = split((item for _, item in added), frozen)
    entries = [entry for entry, _ in added]
    return Joined(settled + placed, list(zip(entries, placed, strict=True)), corrected, refused)
