"""A bare repository that is written to tree by tree, leaves for it, and what an index says of them."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import pygit2

from service.facts.lookup import Lookup
from service.facts.seeds import Seeds
from service.git.read import commit_at
from triage_rules.index import SeedsIndex

WHO = pygit2.Signature("Ada Brandt", "ada@example.org", 1_700_000_000, 0)
LAMPS = [
    ("Where does the old lamp of Orsay stand today?", "It stands on the quay of Tarn."),
    ("Where does the old lamp of Orsay stand now?", "It stands on the quay of Tarn today."),
    ("Where does the old lamp of Merrow stand today?", "It stands on the hill of Velden."),
    ("What do keepers burn in winter nights?", "They burn oil of the small fish."),
    ("What do keepers burn in summer nights?", "They burn oil, and little of it."),
    ("Who paints the bells of the harbour?", "Nobody has done it for years."),
]
Files = dict[str, bytes]


class Before(NamedTuple):
    number: int
    head: str
    author_id: str | None = "ada"


def leaf(*lamps: int, context: str = "") -> bytes:
    lines = ["version: 3", "seed_examples:"]
    for lamp in lamps:
        question, answer = LAMPS[lamp]
        lines += [f"  - question: {question}", f"    answer: {answer}"]
        lines += [f"    context: {context}"] if context else []
    return ("\n".join(lines) + "\n").encode()


class Taxonomy:
    """A bare repository that is written to tree by tree."""

    def __init__(self, folder: Path) -> None:
        self.git = pygit2.init_repository(str(folder / "taxonomy.git"), bare=True)

    def commit(self, files: Files, *parents: str) -> str:
        index = pygit2.Index()
        for path, data in files.items():
            mode = pygit2.enums.FileMode.BLOB
            index.add(pygit2.IndexEntry(path, self.git.create_blob(data), mode))
        tree = index.write_tree(self.git)
        made = self.git.create_commit(None, WHO, WHO, "m", tree, [pygit2.Oid(hex=p) for p in parents])
        return str(made)

    def at(self, name: str) -> pygit2.Commit:
        return commit_at(self.git, name)


def told(index: Lookup | SeedsIndex) -> list[object]:
    answers: list[object] = []
    for question, answer in LAMPS:
        answers += [list(index.near(question, answer, least)) for least in (0.3, 0.6)]
        answers += [list(index.asked(question, context)) for context in (None, "A quay")]
    return answers


def answers(seeds: Seeds, taxonomy: Taxonomy, tip: str, before: Iterable[Before] = ()) -> list[object]:
    with seeds.index(taxonomy.git, taxonomy.at(tip), before) as index:
        return told(index)


def wheres(seeds: Seeds, taxonomy: Taxonomy, tip: str, before: Iterable[Before] = ()) -> list[object]:
    with seeds.index(taxonomy.git, taxonomy.at(tip), before) as index:
        return [(known.where, known.pull, known.author) for known in index.asked(LAMPS[0][0])]
