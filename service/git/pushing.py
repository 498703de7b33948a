"""What a push to a forge came to, ref by ref; and a branch of its that is moved on, never back."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import NamedTuple

import pygit2

from service.git import bounded
from service.git.bounded import Bounds, Place, Ran
from webhooks.forge import Denied, Moved

SAID = 200  # letters of the forge's own words
_MOVED = ("stale info", "cannot lock ref", "incorrect old value")  # before us, or beside us


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
    Raises Moved where the branch is elsewhere or gone, Denied where the forge won't take it, ValueError for a way back.
    """
    ref = f"refs/heads/{branch}"
    if not pygit2.reference_is_valid_name(ref):  # a contributor may have named it
        raise Denied(f"{branch[:100]!r} is no name of a branch.")
    if new != old and not git.descendant_of(pygit2.Oid(hex=new), pygit2.Oid(hex=old)):
        raise ValueError(f"{new[:12]} is not built on {old[:12]}.")
    done = bounded.run(
        Path(git.path), "push", "--porcelain", "--no-progress", "--no-verify", f"--force-with-lease={ref}:{old}",
        "--", place.url, f"{new}:{ref}", bounds=bounds, place=place, stopping=stopping,
    )  # fmt: skip
    answer = told(done.out.decode("utf-8", "replace")).get(ref)
    if answer is None:
        return done
    if not answer.done and any(sign in answer.why or sign in done.said for sign in _MOVED):
        raise Moved(f"{branch} is not at {old[:12]} any more.")
    if not answer.done:
        raise Denied(f"The forge does not move {branch}: {answer.why}.{_words(done.said)}")
    return None


def away(
    folder: Path, ref: str, place: Place, bounds: Bounds, stopping: threading.Event | None
) -> Ran | None:
    """Take a ref of ours away at `place`, where it is; gives what Git said where it answered nothing. Raises Denied."""
    done = bounded.run(
        folder, "push", "--porcelain", "--no-progress", "--no-verify", "--", place.url, f":{ref}",
        bounds=bounds, place=place, stopping=stopping,
    )  # fmt: skip
    answer = told(done.out.decode("utf-8", "replace")).get(ref)
    if answer is not None and not answer.done:
        raise Denied(f"The forge keeps {ref}: {answer.why}.{_words(done.said)}")
    return done if done.code and "remote ref does not exist" not in done.said else None


def _words(said: str) -> str:
    """What the forge itself said beside a refusal, in a few words."""
    words = " ".join(part.strip() for part in said.partition("error: failed to push")[0].split("remote:")[1:])
    return f" It says: {words[:SAID].strip()}" if words.strip() else ""


def told(text: str) -> dict[str, Pushed]:
    """Git's porcelain of a push: a mark, from and to, what became of it."""
    found = {}
    for line in text.splitlines():
        mark, *fields = line.split("\t")
        if len(fields) == 2 and len(mark) == 1:
            ref = fields[0].rpartition(":")[2]
            found[ref] = Pushed(ref, mark != "!", fields[1] if mark == "!" else "")
    return found
