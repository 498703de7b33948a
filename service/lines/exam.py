"""The exam of a batch: the items that the last release froze, and what stands under `evaluation/` by now.

It is not the contributor's: maintainers alone change `evaluation/`. So whoever wrote down why an older answer was wrong
(`replaces`, in the entry) had the right to correct it. All of it is fixed, and told, before anything is trained.

Items of seeds that are new to a released leaf stand apart from it in the batch that brings them. Nothing that N had
asks them, so they can show that something was learned; and what the leaf gains by them can't hide what it loses on its
frozen items. From the next release on they are items of the leaf like any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import pygit2
import yaml

from eval_harness.contamination import seen
from eval_harness.items import GUARD, BadItem, Item, items_of
from eval_harness.items_frozen import Change, Joined, join

NEW = " (new seeds)"  # a released leaf and this: how the gate calls the items of the seeds that a batch adds to it


@dataclass
class Exam:
    """Items as jobs read them, what people should know of them, whose answer was corrected and why.

    `fresh` names, by released leaf that the batch brings, the items of its new clusters; `bare` are the new leaves for
    which nobody wrote any.
    """

    items: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    corrected: list[dict[str, str]] = field(default_factory=list)
    fresh: dict[str, list[str]] = field(default_factory=dict)
    bare: list[str] = field(default_factory=list)


def exam(
    git: pygit2.Repository,
    branch: str,
    frozen: Sequence[Mapping[str, Any]],
    brought: Iterable[str],
    trained: Sequence[Mapping[str, Any]] = (),
    guard: str | None = None,
    judge: bool = False,
) -> Exam:
    """The exam of a batch that brings these leaves, known before a minute is spent on training.

    `trained` are the rows of the last release: what it was trained on can't be asked of it now. `guard` is the folder
    of the guard, None for the project's own; `judge`: whether the operator has configured one, for long answers.
    """
    made = Exam()
    groups = _groups(guard, made)
    by_leaf: dict[str, list[Item]] = {}
    for entry in frozen:
        by_leaf.setdefault(entry["leaf"], []).append(Item.from_json(entry))
    known = {item.id: leaf for leaf, items in by_leaf.items() for item in items}
    taught = {row["leaf"] for row in trained}
    mine = set(brought)
    for leaf in [*by_leaf, *sorted(mine - set(by_leaf))]:
        old = by_leaf.get(leaf, [])
        guards = leaf.startswith(GUARD) and bool(old)
        now = groups.get(leaf, []) if guards else _standing(git, branch, leaf, made, bool(old), judge)
        joined = join(old, now)
        out = _left_out(made, leaf, joined, known, trained if leaf in taught else ())
        kept = [item for item in joined.items if item.id not in out]
        known |= {item.id: leaf for item in kept}
        made.items += [item.to_json() for item in kept]
        _tell(made, leaf, joined, {item.id: item for item in old})
        clusters = {item.cluster for item in old}
        new = [i.id for _, i in joined.added if i.cluster not in clusters and i.id not in out]
        if new and old and leaf in mine:
            made.fresh[leaf] = sorted(new)
    return made


def _groups(folder: str | None, made: Exam) -> dict[str, list[Item]]:
    """What stands in the guard's files by now; nothing, with a note, where that can't be used."""
    groups: dict[str, list[Item]] = {}
    try:
        for entry in guard_items(folder):
            groups.setdefault(entry["leaf"], []).append(Item.from_json(entry))
    except (BadItem, yaml.YAMLError, OSError) as error:
        why = " ".join(str(error).split())[:300]
        made.notes.append(
            f"The guard keeps the items that were frozen, since its files can't be used: {why}."
        )
        return {}
    return groups


def _file(leaf: str) -> str:
    return f"{leaf}.yaml" if leaf.startswith(GUARD) else f"evaluation/{leaf}/items.yaml"


def _standing(
    git: pygit2.Repository, branch: str, leaf: str, made: Exam, released: bool, judge: bool
) -> list[Item]:
    """What stands under `evaluation/` for a leaf; nothing, with a note, where that can't be used."""
    try:
        items = leaf_items(git, branch, leaf, judge)
    except (BadItem, yaml.YAMLError) as error:
        why = " ".join(str(error).split())[:300]
        then = "the leaf keeps the items that were frozen" if released else "nobody measures the leaf"
        made.notes.append(f"evaluation/{leaf}/items.yaml can't be used, so {then}: {why}.")
        return []
    if not items and not released:
        made.bare.append(leaf)
    return items


def _left_out(
    made: Exam, leaf: str, joined: Joined, known: Mapping[str, str], trained: Sequence[Mapping[str, Any]]
) -> set[str]:
    """Added items that can't be asked: another leaf asks the same, or the release was trained on the question."""
    why = {i.id: f"asks what {known[i.id]} asks already" for _, i in joined.added if i.id in known}
    told = seen((i for _, i in joined.added if i.id not in why), trained)
    why |= {
        item: f"can't be new to the release: a row of its training {how} this one"
        for item, how in told.items()
    }
    made.notes += [
        f"{_file(leaf)}, entry {entry}, {why[item.id]}. It is left out; ask it in other words."
        for entry, item in joined.added
        if item.id in why
    ]
    return set(why)


def _tell(made: Exam, leaf: str, joined: Joined, old: Mapping[str, Item]) -> None:
    for change in joined.corrected:
        was = old[change.older[0]]
        made.corrected.append(
            {
                "leaf": leaf,
                "question": change.item.question,
                "was": was.expected,
                "now": change.item.expected,
                "reason": change.item.replaces or "",
                "item": change.item.id,
                "replaced": was.id,
            }
        )
    made.notes += [_refusal(leaf, change) for change in joined.refused]


def _refusal(leaf: str, change: Change) -> str:
    where = f"{_file(leaf)}, entry {change.entry}, changes the answer or the choices of a frozen item"
    if change.older:
        return f"{where} and says no reason: the frozen one is kept. Write `replaces: why the older was wrong` there."
    return f"{where} that stands beside it: the frozen one is kept. Take one of the two entries out."


def leaf_items(git: pygit2.Repository, branch: str, leaf: str, judge: bool = False) -> list[Item]:
    """The items of one leaf, from `evaluation/<leaf>/items.yaml` at the tip of a branch or ref. Raises BadItem."""
    try:
        tip = git.references[branch if branch.startswith("refs/") else f"refs/heads/{branch}"]
        entry = tip.peel(pygit2.Commit).tree[f"evaluation/{leaf}/items.yaml"]
    except KeyError:
        return []
    entries = yaml.load(entry.data, Loader=yaml.CSafeLoader) if isinstance(entry, pygit2.Blob) else None
    if entries is None:
        return []
    if not isinstance(entries, list):
        raise BadItem(f"{leaf}: the file is no list of questions; begin each with a dash")
    return items_of(leaf, entries, judge=judge)


def guard_items(folder: str | None) -> list[dict[str, Any]]:
    """The general guard: a group a file, each question a cluster of its own."""
    root = Path(folder) if folder else Path(str(files("service.demo"))) / "data" / "guard"
    found: list[dict[str, Any]] = []
    for file in sorted(root.glob("*.yaml")):
        entries = yaml.load(file.read_bytes(), Loader=yaml.CSafeLoader)
        group = items_of(f"guard/{file.stem}", entries, guard=True)
        found += [item.to_json() for item in group]
    return found
