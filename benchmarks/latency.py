"""From a push that the door has taken to its verdict on the forge, check and comment both: seconds of our own time.

A real service on a plain forge in a folder of its own; each push is a revision of a whole leaf, told by a signed
delivery, one after the other. The clock starts when the door has answered 202. Prints one JSON object: `median_ms`,
`p95_ms`, `pushes`. Another forge is measured by a class with the two methods of `Plain`.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pygit2
from pygit2.enums import FileMode

from service.demo.process import start_service, stop_service
from service.settings import plain_secret
from webhooks.event import Person
from webhooks.forge import Pull
from webhooks.plain.forge import PlainForge
from webhooks.plain.places import head_ref
from webhooks.plain.ring import new_id, post
from webhooks.plain.scheme import body_of
from webhooks.plain.setup import init

LEAF = Path(__file__).parent.parent / "service" / "demo" / "data" / "contributions" / "tide-greetings-1"
PATIENCE = 60.0
WHO = pygit2.Signature("Ada", "ada@example.org", 1_700_000_000, 0)
TEXT = "Greetings, take {n}\n\nSigned-off-by: Ada <ada@example.org>\n"


class Pushes(Protocol):
    """A forge to push to, whichever it is."""

    def push(self, number: int) -> tuple[str, bytes]:
        """Push a new revision of a contribution; gives its head, and the body of the delivery that tells of it."""
        ...

    def shows(self, number: int, head: str) -> bool:
        """Whether the verdict on this revision can be seen: a finished check at it, and the comment."""
        ...


class Plain:
    """A bare repository."""

    def __init__(self, bare: Path) -> None:
        self.git, self.forge = pygit2.Repository(str(bare)), PlainForge(bare)
        self.base = self.git.create_commit(
            "refs/heads/main", WHO, WHO, "Begin\n", self.git.TreeBuilder().write(), []
        )
        index = pygit2.Index()
        for file in sorted(each for each in LEAF.rglob("*") if each.is_file()):
            blob = self.git.create_blob(file.read_bytes())
            index.add(pygit2.IndexEntry(str(file.relative_to(LEAF)), blob, FileMode.BLOB))
        self.tree = index.write_tree(self.git)
        self.pushes = 0

    def push(self, number: int) -> tuple[str, bytes]:
        """A commit of the leaf with another message, by ref."""
        self.pushes += 1
        head = self.git.create_commit(None, WHO, WHO, TEXT.format(n=self.pushes), self.tree, [self.base])
        pull = Pull(
            number, str(head), "main", f"tide-{number}", "Greetings", Person("plain", "ada", "ada"), 1.0
        )
        if self.forge.pull(number) is None:
            self.forge.adopt(pull)
        self.git.references.create(head_ref(number), head, force=True)
        return str(head), body_of(self.forge.pushed(pull))

    def shows(self, number: int, head: str) -> bool:
        """By its papers."""
        found = self.forge.found(number)
        check = found.check
        return (
            check is not None and check.head == head and check.status == "completed" and bool(found.comments)
        )


def measure(pushes: int, contributions: int) -> list[float]:
    """Seconds of each push, sorted; the first one, that everything is started for, is left out."""
    took: list[float] = []
    with tempfile.TemporaryDirectory(prefix="upweight-latency-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        secret = plain_secret(home)
        bare = init(Path(folder) / "t.git", "", secret)
        forge: Pushes = Plain(bare)
        server, url, _ = start_service(home, bare, ["--model", "tiny", "--by-hand"])
        try:
            for turn in range(pushes + 1):
                took.append(_one(forge, 1 + turn % contributions, url, secret.read_bytes().strip()))
        finally:
            stop_service(server)
    return sorted(took[1:])


def _one(forge: Pushes, number: int, url: str, secret: bytes) -> float:
    head, body = forge.push(number)
    status = post(url, secret, new_id(), "pushed", body)
    began = time.perf_counter()
    if status != 202:
        raise RuntimeError(f"the door answered {status}")
    while not forge.shows(number, head):
        if time.perf_counter() - began > PATIENCE:
            raise RuntimeError(f"no verdict on {head} within {PATIENCE:.0f} seconds")
        time.sleep(0.002)
    return time.perf_counter() - began


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.latency", description=__doc__)
    parser.add_argument("--pushes", type=int, default=40)
    parser.add_argument("--contributions", type=int, default=8, help="among which the pushes go round")
    options = parser.parse_args(argv)
    took = measure(options.pushes, options.contributions)
    p95 = took[min(len(took) - 1, len(took) * 95 // 100)]
    told = {
        "median_ms": round(1000 * statistics.median(took)),
        "p95_ms": round(1000 * p95),
        "pushes": len(took),
    }
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
