"""What a push to a forge came to, ref by ref; and a branch of its that is moved on, never back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import NamedTuple

import pygit2

from service.git import bounded
from service.git.bounded import Bounds, Place, Ran
from webhooks.forge import Denied, Moved


class Pushed(NamedTuple):
    """What became of one ref: `done` also where it stood so already; else why not."""

    ref: str
    done: bool
    why: str = ""


def move(
    git: pygit2.Repository,
    branch: str,
    old: str,
    new: str,
    place: Place,
    bounds: Bounds,
    stopping: threading.Event | None,
) -> Ran | None:
    """Move a branch at `place` from `old` on to `new`; gives what Git said where it answered nothing of the branch.

    The lease holds it to `old`, and `new` is built on that: so nobody's commit is lost, though Git is told to force.
    Raises Moved where the branch is elsewhere, Denied where the forge does not take it, ValueError for a way back.
    """
    if new != old and not git.descendant_of(pygit2.Oid(hex=new), pygit2.Oid(hex=old)):
        raise ValueError(f"{new[:12]} is not built on {old[:12]}.")
    ref = f"refs/heads/{branch}"
    done = bounded.run(
        Path(git.path), "push", "--porcelain", "--no-progress", "--no-verify", f"--force-with-lease={ref}:{old}",
        "--", place.url, f"{new}:{ref}", bounds=bounds, place=place, stopping=stopping,
    )  # fmt: skip
    answer = told(done.out.decode("utf-8", "replace")).get(ref)
    if answer is None:
        return done
    if not answer.done and "stale info" in answer.why:
        raise Moved(f"{branch} is not at {old[:12]} any more.")
    if not answer.done:
        raise Denied(f"The forge does not move {branch}: {answer.why}.")
    return None


def told(text: str) -> dict[str, Pushed]:
    """Git's porcelain of a push: a mark, from and to, what became of it."""
    found = {}
    for line in text.splitlines():
        mark, *fields = line.split("\t")
        if len(fields) == 2 and len(mark) == 1:
            ref = fields[0].rpartition(":")[2]
            found[ref] = Pushed(ref, mark != "!", fields[1] if mark == "!" else "")
    return found
