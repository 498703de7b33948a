"""A bare repository as a forge, seen from the service: ``webhooks.forge`` but for what the service does in Git itself.

Comments, labels, checks and talk are files of one branch, ``refs/upweight/pulls``, written under the
same lock as the hook's. The service writes refs through libgit2, so hooks do not run for it: they guard against people.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import pygit2

from webhooks.event import Commented, Person, Pushed
from webhooks.forge import Found, FoundComment, Moved, Pull, Right
from webhooks.inbox import Delivery, Inbox
from webhooks.known import Where
from webhooks.plain.book import Lock
from webhooks.plain.paper import Papers
from webhooks.plain.places import COUNTER, LOCK, SPOOL, head_ref, papers, topic_path
from webhooks.report import Check

_PURPOSE = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")


class Said(msgspec.Struct, frozen=True):
    """What a person wrote under a contribution."""

    id: str
    author: Person
    text: str
    at: float


class PlainForge:
    """The forge at `path`. Cheap to make and safe in any thread: each call opens the repository anew."""

    name = "plain"

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path)
        self._papers = Papers(self.path)

    @property
    def repository(self) -> str:
        """The repository's id: by its folder, unless ``upweight.repository`` says another."""
        return self._config("repository") or self.path.name.removesuffix(".git")

    # Conversation

    def found(self, number: int, purposes: frozenset[str] = frozenset()) -> Found:
        """What the contribution shows now; `purposes` narrows nothing here, all comments are ours."""
        files = self._papers.read(papers(number))
        comments = tuple(
            FoundComment(Path(path).stem, Path(path).stem, data.decode())
            for path, data in sorted(files.items())
            if path.startswith("comments/")
        )
        labels = frozenset(files.get("labels", b"").decode().splitlines())
        check = files.get("check.json")
        return Found(comments, labels, msgspec.json.decode(check, type=Check) if check else None)

    def write(self, number: int, purpose: str, text: str) -> str:
        """Put a comment there; its purpose is its id."""
        if not _PURPOSE.fullmatch(purpose):
            raise ValueError(f"{purpose!r} can't name a comment")
        self._change(number, f"say {purpose}", {f"comments/{purpose}.md": text.encode()})
        return purpose

    def edit(self, number: int, identity: str, text: str) -> None:
        """Another text for it."""
        self.write(number, identity, text)

    def remove(self, number: int, identity: str) -> None:
        """Take it away."""
        self._change(number, f"take back {identity}", {f"comments/{identity}.md": None})

    def label(self, number: int, add: frozenset[str], remove: frozenset[str]) -> None:
        """Add and take away labels."""
        with self._lock():
            labels = sorted(self.found(number).labels - remove | add)
            text = "".join(f"{label}\n" for label in labels)
            self._papers.write(f"Contribution {number}: label", {f"{papers(number)}/labels": text.encode()})

    def hear(self, number: int, person: Person, text: str) -> Commented:
        """Keep what a person wrote (on a page, by the API) and return the event of it."""
        with self._lock():
            identity = f"{len(self.talk(number)) + 1:04d}"
            said = Said(identity, person, text, time.time())
            path = f"{papers(number)}/talk/{identity}.json"
            self._papers.write(f"Contribution {number}: a person speaks", {path: msgspec.json.encode(said)})
            ref = self._repo().references.get(head_ref(number))
        head = str(ref.target) if ref is not None else ""
        return Commented(self.name, self.repository, number, person, text, f"{number}-{identity}", head)

    def talk(self, number: int) -> list[Said]:
        """What people wrote, in its order."""
        files = self._papers.read(f"{papers(number)}/talk")
        return [msgspec.json.decode(data, type=Said) for _, data in sorted(files.items())]

    # Checks, Rights

    def mark(self, number: int, check: Check) -> None:
        """Set the mark beside the revision."""
        self._change(number, "mark", {"check.json": msgspec.json.encode(check)})

    def right(self, person: Person) -> Right:
        """By ``upweight.owner``, ``.maintainers`` and ``.triagers`` of the forge's git config, else read."""
        if person.forge != self.name or not person.id:
            return Right.none
        if person.id == self.owner():
            return Right.admin
        if person.id in self._names("maintainers"):
            return Right.maintain
        return Right.triage if person.id in self._names("triagers") else Right.read

    def person(self, login: str) -> Person | None:
        """Who goes by this name: here names and ids are one."""
        return Person(self.name, login, login) if login else None

    def owner(self) -> str:
        """Whose forge it is."""
        return self._config("owner")

    # Catching up

    def open_pulls(self) -> list[Pull]:
        """Every open contribution that has papers, by number."""
        repo = self._repo()
        tree = self._papers.tree(repo)
        pulls = []
        for number, head in self._heads(repo):
            pull = self._pull(tree, number, head)
            if pull is not None:
                pulls.append(pull)
        return sorted(pulls, key=lambda pull: pull.number)

    def pull(self, number: int) -> Pull | None:
        """One contribution, or None where it is closed or unknown."""
        repo = self._repo()
        ref = repo.references.get(head_ref(number))
        return self._pull(self._papers.tree(repo), number, str(ref.target)) if ref else None

    def pushed(self, pull: Pull) -> Pushed:
        """The event that a delivery for this head would have told."""
        return Pushed(
            self.name, self.repository, pull.number, pull.head, pull.base, pull.topic, pull.author, pull.title
        )

    def spooled(self) -> list[Delivery]:
        """The deliveries that found no door, oldest first."""
        found: list[tuple[float, Delivery]] = []
        for file in (self.path / SPOOL).iterdir():
            if file.suffix == ".tmp":
                continue
            with suppress(FileNotFoundError):  # the hook rang after all, and took it back
                kept = Delivery(file.stem, self.name, file.suffix[1:], file.read_bytes(), self.repository)
                found.append((file.stat().st_mtime, kept))
        return [delivery for _, delivery in sorted(found, key=lambda pair: pair[0])]

    async def drain(self, inbox: Inbox) -> list[str]:
        """Move what is spooled into the inbox; returns the ids of those that were new."""
        new = []
        for delivery in self.spooled():
            if await inbox.keep(delivery):
                new.append(delivery.id)
            (self.path / SPOOL / f"{delivery.id}.{delivery.event}").unlink(missing_ok=True)
        return new

    def close(self, number: int, how: str) -> None:
        """End a contribution (`how`: merged, rejected ...); its topic is free for a new one."""
        pull = self.pull(number)
        if pull is None:
            return
        with self._lock():
            self._papers.write(
                f"Contribution {number} {how}",
                {
                    f"{papers(number)}/closed.json": msgspec.json.encode(
                        {"how": how, "at": int(time.time())}
                    ),
                    topic_path(pull.author.id, pull.base, pull.topic): None,
                },
            )

    def mend(self, number: int, old: str, new: str) -> None:
        """Make `new` the newest revision of a contribution, as a push of its author would. Raises Moved."""
        with self._lock():
            repo = self._repo()
            ref = repo.references.get(head_ref(number))
            if ref is None or str(ref.target) != old or self.pull(number) is None:
                raise Moved(f"contribution {number} is not at {old[:12]} any more")
            ref.set_target(pygit2.Oid(hex=new))

    def adopt(self, pull: Pull) -> None:
        """Take over a contribution with the number it has elsewhere, whose commits are here already."""
        about = {
            "schema": 1,
            "number": pull.number,
            "topic": pull.topic,
            "title": pull.title,
            "author": {"forge": pull.author.forge, "id": pull.author.id, "name": pull.author.name},
            "base": pull.base,
            "created": int(pull.created),
        }
        with self._lock():
            repo = self._repo()
            self._papers.write(
                f"Contribution {pull.number} taken over",
                {
                    f"{papers(pull.number)}/pull.json": msgspec.json.encode(about) + b"\n",
                    topic_path(pull.author.id, pull.base, pull.topic): b"%d\n" % pull.number,
                },
            )
            repo.references.create(head_ref(pull.number), pygit2.Oid(hex=pull.head), force=True)
            (self.path / COUNTER).unlink(missing_ok=True)  # counted anew from the refs

    # What lies below

    def set_url(self, url: str) -> None:
        """Tell the hooks where the service listens."""
        self._repo().config["upweight.url"] = url.rstrip("/")

    def _change(self, number: int, what: str, files: Mapping[str, bytes | None]) -> None:
        with self._lock():
            changes = {f"{papers(number)}/{path}": data for path, data in files.items()}
            self._papers.write(f"Contribution {number}: {what}", changes)

    def _lock(self) -> Lock:
        return Lock(str(self.path / LOCK))

    def _repo(self) -> pygit2.Repository:
        return pygit2.Repository(str(self.path))

    def _heads(self, repo: pygit2.Repository) -> Iterator[tuple[int, str]]:
        for name in repo.listall_references():
            fields = name.split("/")
            if fields[:2] == ["refs", "pull"] and fields[3:] == ["head"] and fields[2].isdigit():
                yield int(fields[2]), str(repo.references[name].target)

    def _pull(self, tree: pygit2.Tree | None, number: int, head: str) -> Pull | None:
        folder = papers(number)
        if tree is None or f"{folder}/pull.json" not in tree or f"{folder}/closed.json" in tree:
            return None
        blob: Any = tree[f"{folder}/pull.json"]
        return msgspec.json.decode(_with_head(blob.data, head), type=Pull)

    def _config(self, key: str) -> str:
        config = self._repo().config
        return (config[f"upweight.{key}"] or "") if f"upweight.{key}" in config else ""

    def _names(self, key: str) -> set[str]:
        lines = self._repo().config.get_multivar(f"upweight.{key}")
        return {name.strip() for line in lines for name in (line or "").split(",") if name.strip()}


def _with_head(data: bytes, head: str) -> bytes:
    """A contribution's papers with its newest head: the ref is the truth of that."""
    about = msgspec.json.decode(data)
    return msgspec.json.encode({**about, "head": head})


def opened(where: Where) -> PlainForge:
    """The forge that is our own bare repository."""
    return PlainForge(where.git)
