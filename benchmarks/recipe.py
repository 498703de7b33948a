"""The recipe, on the story's own leaves: do they learn, does the guard hold, does the bad leaf hurt?

Trains v1 from the base on the first batch, and v2 from v1 with replay, with and without the bad leaf, all with one
seed. Prints one JSON object: `guard_change_v1` and `guard_change_v2` (of the guard's mean, search split, as a
fraction), `gain` (the smallest of the contributed leaves, confirm split) and `bad_leaf_cost` (on its neighbour's
confirm items).
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import yaml

from eval_harness.contamination import Exam
from eval_harness.items import items_of
from service.demo import story as stories
from service.settings import read as read_settings
from triage_rules.taxonomy import read_leaf


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recipe", description=__doc__)
    parser.add_argument("--model", default="smollm2")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--story", type=Path, default=stories.OWN, help="somebody else's story")
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="upweight-recipe-") as folder:
        print(json.dumps(Bench(Path(folder), options.model, options.seed, options.story).measure()))
    return 0


class Bench:
    """The jobs of one seed, in one folder."""

    def __init__(self, folder: Path, model: str, seed: int, story: Path = stories.OWN) -> None:
        self.folder, self.model, self.seed = folder, model, seed
        self.story = stories.load(story)
        self.cache = str(read_settings().cache)
        self.bad = {leaf for c in self.story.culprit for leaf in self._leaves_of([c.topic])}

    def measure(self) -> dict[str, Any]:
        """Everything that this benchmark prints."""
        began = time.monotonic()
        first, second = (
            self._leaves_of(c.topic for c in self.story.in_batch(n)) for n in self.story.batches[:2]
        )
        good = [leaf for leaf in second if leaf not in self.bad]
        self._items([*first, *second])
        rows = self._rows([*first, *second])
        with ThreadPoolExecutor(2) as both:  # two jobs side by side, one thread each, as the service does
            measured = both.submit(self._job, "base", "measure", items=self._path("items.jsonl"), threads=1)
            v1 = both.submit(self._train, "v1", rows, first, [], None).result()
            base, start = measured.result(), self.folder / "v1"
            cleanly = both.submit(self._train, "clean", rows, good, first, start)
            badly = both.submit(self._train, "harmed", rows, [*good, *sorted(self.bad)], first, start)
            clean, harmed = cleanly.result(), badly.result()
        hurt = self.story.harmed()[0]
        guard = [self._mean(run, "search", _guard) for run in (base, v1, clean)]
        learned = {x: self._mean(v1, "confirm", of_leaf(x)) for x in first}
        learned |= {x: self._mean(clean, "confirm", of_leaf(x)) for x in good}
        gains = {x: after - self._mean(base, "confirm", of_leaf(x)) for x, after in learned.items()}
        return {
            "model": self.model,
            "seed": self.seed,
            "guard": guard,
            "guard_change_v1": guard[1] - guard[0],
            "guard_change_v2": guard[2] - guard[1],
            "gain": min(gains.values()),
            "gains": gains,
            "bad_leaf_cost": self._mean(clean, "confirm", of_leaf(hurt))
            - self._mean(harmed, "confirm", of_leaf(hurt)),
            "seconds": round(time.monotonic() - began, 1),
        }

    def _leaves_of(self, topics: Iterable[str]) -> list[str]:
        found = [self.story.by_topic(topic) for topic in topics]
        return [leaf for it in found if it for leaf in self.story.leaves(it)]

    def _path(self, name: str) -> str:
        return str(self.folder / name)

    def _items(self, leaves: list[str]) -> None:
        items = []
        for leaf in leaves:
            file = self.story.taxonomy / "evaluation" / leaf / "items.yaml"
            if file.exists() and leaf not in self.bad:
                items += items_of(leaf, yaml.safe_load(file.read_bytes()))
        for file in sorted(self.story.guard.glob("*.yaml")):
            items += items_of(f"guard/{file.stem}", yaml.safe_load(file.read_bytes()), guard=True)
        text = "".join(json.dumps(item.to_json()) + "\n" for item in items)
        (self.folder / "items.jsonl").write_text(text)
        self.items = {item.id: item for item in items}

    def _rows(self, leaves: list[str]) -> str:
        told = []
        for it in self.story.contribution:
            for path, data in self.story.files(it, len(it.commits) - 1).items():
                if path.endswith("qna.yaml") and path.removesuffix("/qna.yaml") in leaves and it.batch:
                    leaf = read_leaf(path, data)[0]
                    if leaf is not None:
                        seeds = [
                            {"question": s.question, "answer": s.answer, "context": s.context}
                            for s in leaf.seeds
                        ]
                        told.append({"path": leaf.path, "kind": leaf.kind, "seeds": seeds, "pull": 1})
        self._job("rows", "generate", leaves=told, seed=7)
        rows = [json.loads(line) for line in Path(self._path("rows/rows.jsonl")).read_text().splitlines()]
        kept, _ = Exam(self.items.values()).apart(rows)
        Path(self._path("rows.jsonl")).write_text("".join(json.dumps(row) + "\n" for row in kept))
        return self._path("rows.jsonl")

    def _train(
        self, name: str, rows: str, new: list[str], old: list[str], start: Path | None
    ) -> dict[str, Any]:
        begin: dict[str, Any] = {"adapter": None, "weights": None}
        if start is not None:
            made = json.loads((start / "result.json").read_text())
            kind = "adapter" if made.get("adapter") else "weights"
            begin[kind] = str(start / made[kind])
        mix = {"leaves": sorted(new), "replay": sorted(old), "hash": name}
        return self._job(
            name, "train", rows=[rows], mix=mix, start=begin, seed=self.seed, threads=1,
            measure={"items": self._path("items.jsonl")},
        )  # fmt: skip

    def _job(self, name: str, kind: str, **given: Any) -> dict[str, Any]:
        folder = self.folder / name
        folder.mkdir()
        job = {"schema": 1, "kind": kind, "model": self.model, "cache": self.cache, **given}
        (folder / "job.json").write_text(json.dumps(job))
        command = [sys.executable, "-m", "eval_harness", kind, str(folder)]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        result: dict[str, Any] = json.loads((folder / "result.json").read_text())
        return result

    def _mean(self, result: dict[str, Any], split: str, chosen: Callable[[str], bool]) -> float:
        right: list[float] = [
            result["scores"][key][0]
            for key, item in self.items.items()
            if item.split == split and chosen(item.leaf)
        ]
        return sum(right) / len(right)


def _guard(leaf: str) -> bool:
    return leaf.startswith("guard/")


def of_leaf(wanted: str) -> Callable[[str], bool]:
    return lambda leaf: leaf == wanted


if __name__ == "__main__":
    raise SystemExit(main())
