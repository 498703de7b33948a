"""Take one pushed commit as a contribution: check it, give it its number, move its ref.

Runs inside the proc-receive hook, so it imports little. What it refuses, it refuses with a sentence.
"""

from __future__ import annotations

import os
import time
from fcntl import LOCK_EX, flock
from typing import Any, NamedTuple

from webhooks.plain.git import GitFailed, Objects, graft, run, write_object
from webhooks.plain.places import COUNTER, LOCK, PULLS, head_ref, papers, topic_path
from webhooks.plain.ring import encode
from webhooks.plain.talk import ZERO

COMMITS = 1000  # more new commits than this is no contribution but a history


class Refused(Exception):
    """Theirs to mend; the text says how, in one line."""


class Taken(NamedTuple):
    """A revision as it was taken. `old` is zeros where the contribution is new."""

    number: int
    branch: str
    topic: str
    title: str
    old: str
    new: str


class Lock:
    """One writer at a time, over all processes; the system lets go of it when a process dies."""

    def __init__(self, path: str = LOCK) -> None:
        self._path = path

    def __enter__(self) -> None:
        self._file = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
        flock(self._file, LOCK_EX)

    def __exit__(self, *_: object) -> None:
        os.close(self._file)


def take(objects: Objects, person: str, ref: str, new: str, options: dict[str, str]) -> Taken:
    """Make a pushed commit a new contribution or a new revision of one. Raises Refused."""
    if new == ZERO:
        raise Refused("a contribution is not deleted by a push; close it on its page")
    branch, named = _branch_of(objects, ref)
    subject = _check(objects, branch, new)
    topic = clean(options.get("topic", named)) or slug(subject)
    named = clean(options.get("title", ""))
    if len(topic) > 200:
        raise Refused("the topic is longer than 200 characters")
    with Lock():
        known = objects.get(f"{PULLS}:{topic_path(person, branch, topic)}")
        if known is None:
            title, old = named or subject, ZERO
            number = _open(objects, person, branch, topic, title, new, bool(named))
        else:
            number = int(known[2])
            title, old = _revise(objects, number, new, subject, named)
    return Taken(number, branch, topic, title, old, new)


def _branch_of(objects: Objects, ref: str) -> tuple[str, str]:
    """(branch, topic) of refs/for/BRANCH or refs/for/BRANCH/TOPIC: the longest name that is a branch."""
    whole = ref.removeprefix("refs/for/")
    branch, rest = whole, ""
    while branch:
        if objects.get(f"refs/heads/{branch}"):
            return branch, rest
        branch, _, last = branch.rpartition("/")
        rest = f"{last}/{rest}" if rest else last
    if not run("for-each-ref", "--count=1", "refs/heads"):
        raise Refused("this forge is empty yet; its owner makes the branch first: git push origin HEAD:main")
    raise Refused(f"there is no branch {clean(whole)} here to contribute to")


def _check(objects: Objects, branch: str, new: str) -> str:
    """The subject of the oldest new commit. Raises Refused for what can't be a contribution."""
    found = objects.get(new)
    if found is None or found[1] != "commit":
        raise Refused(f"a contribution is a commit, and this is a {found[1] if found else 'missing object'}")
    base = f"refs/heads/{branch}"
    listed = run("rev-list", "--reverse", "--parents", f"--max-count={COMMITS + 1}", new, f"^{base}").split(
        b"\n"
    )
    if not listed[0]:
        raise Refused(f"nothing new: {branch} has this commit already")
    if len(listed) - 1 > COMMITS:
        raise Refused(f"more than {COMMITS} new commits; start from the tip of {branch}")
    if any(b" " not in line for line in listed if line):
        raise Refused(f"this history shares nothing with {branch}; start from a clone of it")
    oldest = objects.get(listed[0].split(b" ")[0].decode())
    message = oldest[2].partition(b"\n\n")[2] if oldest else b""
    return clean(message.decode("utf-8", "replace").lstrip("\n").split("\n", 1)[0]) or "(no subject)"


def _open(objects: Objects, person: str, branch: str, topic: str, title: str, new: str, named: bool) -> int:
    """Write a new contribution's papers and its ref in one transaction; returns its number."""
    number = _counted() + 1
    try:
        _write(objects, number, person, branch, topic, title, new, named)
    except GitFailed:  # the counter was behind the refs: a crash, or a copied repository
        number = _highest() + 1
        _write(objects, number, person, branch, topic, title, new, named)
    with open(COUNTER + ".tmp", "w") as file:
        file.write(f"{number}\n")
    os.rename(COUNTER + ".tmp", COUNTER)
    return number


def _write(
    objects: Objects, number: int, person: str, branch: str, topic: str, title: str, new: str, named: bool
) -> None:
    pull = {
        "schema": 1,
        "number": number,
        "topic": topic,
        "title": title,
        "author": {"forge": "plain", "id": person, "name": person},
        "base": branch,
        "created": int(time.time()),
        "named": int(named),
    }
    about = {
        f"{papers(number)}/pull.json": _file(encode(pull)),
        topic_path(person, branch, topic): _file(str(number)),
    }
    _move(_papers(objects, f"Contribution {number} opened", about), (head_ref(number), new, ZERO))


def _revise(objects: Objects, number: int, new: str, subject: str, named: str) -> tuple[str, str]:
    """Move a contribution to a new revision; returns its title and the revision before (the same, pushed again).

    A revision brings its title, but what somebody named stays until they name it anew.
    """
    before = objects.get(head_ref(number))
    old = before[0] if before else ZERO
    path = f"{papers(number)}/pull.json"
    pull = _known(objects, path)
    if old == new:
        return str(pull.get("title", subject)), old
    moves = [(head_ref(number), new, old)]
    title = named or (str(pull["title"]) if pull.get("named") else subject)
    if pull and (title != pull["title"] or named):
        told = {**pull, "title": title, "named": 1 if named else pull.get("named", 0)}
        moves.append(_papers(objects, f"Contribution {number} revised", {path: _file(encode(told))}))
    _move(*moves)
    return title, old


def _known(objects: Objects, path: str) -> dict[str, Any]:
    """A contribution's papers; nothing where they are gone."""
    import json  # only a second revision needs it, and a first push shall not wait for it

    found = objects.get(f"{PULLS}:{path}")
    return dict(json.loads(found[2])) if found else {}


def _papers(objects: Objects, message: str, files: dict[str, bytes]) -> tuple[str, str, str]:
    """Commit files on the branch of papers; the move that makes it its tip."""
    tip = objects.get(PULLS)
    tree: str | None = f"{tip[0]}^{{tree}}" if tip else None
    for path, data in files.items():
        tree = graft(objects, tree, path, data)
    parent = f"parent {tip[0]}\n" if tip else ""
    who = f"Upweight <upweight@localhost> {int(time.time())} +0000"
    text = f"tree {tree}\n{parent}author {who}\ncommitter {who}\n\n{message}\n"
    return PULLS, write_object("commit", text.encode()), tip[0] if tip else ZERO


def _move(*moves: tuple[str, str, str]) -> None:
    """Move refs, all or none, each only from where it was seen. Raises GitFailed."""
    run(
        "update-ref",
        "--stdin",
        send="".join(f"update {ref} {new} {old}\n" for ref, new, old in moves).encode(),
    )


def _counted() -> int:
    try:
        with open(COUNTER) as file:
            return int(file.read())
    except (FileNotFoundError, ValueError):
        return _highest()


def _highest() -> int:
    names = run("for-each-ref", "--format=%(refname)", "refs/pull").decode().split()
    return max((int(name.split("/")[2]) for name in names if name.split("/")[2].isdigit()), default=0)


def _file(text: str) -> bytes:
    return text.encode() + b"\n"


def clean(text: str) -> str:
    """One line that is safe on a terminal: what can't be printed is dropped, spaces are folded."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def slug(text: str) -> str:
    """A topic made of a commit's subject."""
    words = "".join(c if c.isalnum() else " " for c in text.lower()).split()
    return "-".join(words)[:60].strip("-") or "contribution"
