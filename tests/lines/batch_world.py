"""A house with one repository, whose runs end by a word of the test: the lines of a batch without any training."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Any

import pygit2
from pygit2.enums import FileMode
from sqlmodel import select

from service import settings
from service.db.engine import Database, sqlite_url
from service.db.tables import Batch, Contribution, Event, Release, Repository, Run
from service.house import House, open_house
from service.lines import batch
from webhooks.plain.setup import init

LEAF = """version: 3
created_by: ada-brandt
domain: {name}
task_description: About {name}.
seed_examples:
"""
SEED = "  - question: What is {name} number {n}?\n    answer: It is {name} {n}.\n"
ITEMS = """- cluster: c{n}
  question: Which {name} is number {n}?
  choices: ["{name} {n}", "no {name}", "another", "none"]
  answer: "{name} {n}"
  kind: paraphrase
"""


@cache
def _empty() -> Path:
    """A home and a forge with nothing in them: made once, then copied, since the tables take a second."""
    folder = Path(tempfile.mkdtemp(prefix="upweight-tests-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    house = open_house(settings.read({}, home=folder / "home"))
    house.database.close()
    init(folder / "t.git", "http://127.0.0.1:9", settings.plain_secret(house.home))
    return folder


class World:
    """Contributions are merged at once; `end` ends a run as the test wants it."""

    def __init__(self, folder: Path, policy: str = "") -> None:
        self.bare = folder / "t.git"
        shutil.copytree(_empty(), folder, dirs_exist_ok=True)
        chosen = settings.read({}, home=folder / "home", cache=folder / "cache")
        self.house = House(chosen, Database(sqlite_url(chosen.home / "upweight.db")))
        self.git, self._index = pygit2.Repository(str(self.bare)), pygit2.Index()
        self.write(".upweight/policy.toml", policy)
        self.commit("Begin")
        row = Repository(
            id="t", forge="plain", address=str(self.bare), model="tiny", recipe="tiny", created=1.0
        )
        with self.house.database.write() as session:
            session.add(row)
        self.owner = str(self.git.config["upweight.owner"])

    def write(self, path: str, text: str) -> None:
        """A file of the next commit."""
        blob = self.git.create_blob(text.encode())
        self._index.add(pygit2.IndexEntry(path, blob, FileMode.BLOB))

    def commit(self, message: str) -> str:
        """Commit what was written to `main`; no push: its hooks guard the branch."""
        name = "refs/heads/main"
        parents = [self.git.references[name].target] if name in self.git.references else []
        who = pygit2.Signature("Ada", "ada@example.org", 1, 0)
        tree = self._index.write_tree(self.git)
        return str(self.git.create_commit(name, who, who, f"{message}\n", tree, parents))

    def merged(self, number: int, leaf: str, seeds: int = 5) -> None:
        """A contribution with one leaf that is in `main`, with items to measure it by."""
        name = leaf.rpartition("/")[2]
        self.write(f"evaluation/{leaf}/items.yaml", "".join(ITEMS.format(name=name, n=n) for n in range(8)))
        self.commit(f"Items of {name}")
        self.write(
            f"{leaf}/qna.yaml",
            LEAF.format(name=name) + "".join(SEED.format(name=name, n=n) for n in range(seeds)),
        )
        self.waits(number, leaf, self.commit(f"Add {name}"))

    def waits(self, number: int, leaf: str, head: str, author: str = "ada") -> None:
        """A contribution whose commit is in `main`, and that waits for a batch."""
        name = leaf.rpartition("/")[2]
        with self.house.database.write() as session:
            session.add(
                Contribution(
                    repository="t", number=number, topic=name, title=name, author_forge="plain", author_id=author,
                    state="merged", head=head, merged=head, leaves=[leaf], opened=1.0, updated=1.0,
                )
            )  # fmt: skip

    def released(self, version: str, rows: list[dict[str, Any]], start: str = "base") -> Path:
        """A release that is out, with its rows and one run whose weights it ships."""
        folder = self.house.home / "releases" / "t" / version
        run = folder / "run"
        run.mkdir(parents=True)
        (run / "result.json").write_text(json.dumps({"adapter": "adapter", "weights": None}))
        for name, lines in (("data/rows.jsonl", rows), ("eval/items.jsonl", [])):
            (folder / name).parent.mkdir(exist_ok=True)
            (folder / name).write_text("".join(json.dumps(line) + "\n" for line in lines))
        manifest = {"seed": 1, "start": start, "runs": [{"seed": 1, "directory": str(run), "shipped": True}]}
        sequence = int(version.removeprefix("v"))
        with self.house.database.write() as session:
            session.add(
                Release(
                    repository="t", version=version, sequence=sequence, batch=-sequence, state="announced",
                    directory=str(folder), manifest=manifest, created=1.0,
                )
            )  # fmt: skip
        return run

    @property
    def repository(self) -> Repository:
        return self.house.repository("t")

    def batch(self, number: int = 1) -> Batch:
        with self.house.database.read() as session:
            return session.get_one(Batch, ("t", number))

    def member(self, number: int) -> Contribution:
        with self.house.database.read() as session:
            return session.get_one(Contribution, ("t", number))

    def runs(self, state: str = "") -> list[Run]:
        with self.house.database.read() as session:
            return [r for r in session.exec(select(Run).order_by(Run.id)) if state in ("", r.state)]

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        with self.house.database.read() as session:
            return [(e.kind, json.loads(e.body)) for e in session.exec(select(Event).order_by(Event.id))]

    def end(self, run: Run, state: str = "done", **result: Any) -> None:
        """A run ends in this state, with this result."""
        if state == "done":
            (Path(run.directory) / "result.json").write_text(json.dumps(result))
        with self.house.database.write() as session:
            row = session.get_one(Run, run.id)
            row.state, row.ended = state, time.time()
            session.add(row)

    def advance(self, number: int = 1) -> None:
        batch.advance(self.house, "t", number)

    def generated(self, number: int = 1) -> None:
        """The batch's rows are there: two of each seed; then it goes on."""
        self.advance(number)
        (run,) = self.runs("queued")
        job = json.loads((Path(run.directory) / "job.json").read_text())
        rows = [
            row(leaf["path"], seed["question"], seed["answer"], index, leaf["pull"])
            for leaf in job["leaves"] for index, seed in enumerate(leaf["seeds"])
        ]  # fmt: skip
        (Path(run.directory) / "rows.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows))
        self.end(run, rows="rows.jsonl")
        self.advance(number)


def row(leaf: str, question: str, answer: str, index: int, pull: int) -> dict[str, Any]:
    """A row to train on, as the generator writes a seed."""
    return {
        "id": f"{leaf}-{pull}-{index}", "leaf": leaf, "kind": "knowledge", "question": question, "answer": answer,
        "context": None, "seed_index": index, "by": "seed", "provenance": {"pull": pull},
    }  # fmt: skip
