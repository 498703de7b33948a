"""The exam of leaves for which nobody wrote one: seeds are held out before any row is made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from eval_harness.items import items_of
from eval_harness.items_made import HELD_OUT, made
from eval_harness.job import Seed

Leaf = dict[str, Any]


@dataclass
class Kept:
    """The batch's leaves without the seeds that are asked, the items made of them, and what people should know."""

    leaves: list[Leaf]
    items: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def hold_out(leaves: list[Leaf], bare: Iterable[str], allowed: bool = True) -> Kept:
    """Make an exam of each leaf in `bare` from the seeds that the batch's members bring for it.

    A leaf that two members bring is split as one. A leaf of which nothing can be asked stays whole, and says so; so do
    all where the policy has not `allowed` it.
    """
    kept = Kept(list(leaves))
    for path in bare:
        seeds = [_seed(seed) for leaf in leaves if leaf["path"] == path for seed in leaf["seeds"]]
        kind = next((leaf["kind"] for leaf in leaves if leaf["path"] == path), "knowledge")
        found = made(path, kind, seeds) if allowed else None
        if not found or not found.entries:
            kept.notes.append(f"{path} has no items under evaluation/: nobody measures it.")
            continue
        kept.items += [item.to_json() for item in items_of(path, found.entries)]
        kept.leaves = [
            _without(leaf, set(found.taught)) if leaf["path"] == path else leaf for leaf in kept.leaves
        ]
        kept.notes.append(_told(path, found.entries))
    return kept


def _seed(seed: dict[str, Any]) -> Seed:
    return Seed(seed["question"], seed["answer"], seed["context"])


def _without(leaf: Leaf, taught: set[Seed]) -> Leaf:
    return {**leaf, "seeds": [seed for seed in leaf["seeds"] if _seed(seed) in taught]}


def _told(path: str, entries: list[dict[str, Any]]) -> str:
    out = sum(entry["kind"] == HELD_OUT for entry in entries)
    what = [f"{out} of its seeds are held out"] if out else []
    what += [f"{len(entries) - out} questions are its seeds in another frame"] if len(entries) > out else []
    return (
        f"{path} has no items under evaluation/: {' and '.join(what)}. That shows less than what a person asks; "
        f"`upweight items new {path}` drafts an exam."
    )
