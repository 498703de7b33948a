"""The gate and the culprit search on real trainings: placebos, planted bad leaves, clean batches, planted culprits.

    python -m benchmarks.trainings placebo --model tiny --seed 1     one pair of one recipe: is it vetoed?
    python -m benchmarks.trainings batch --model tiny --seed 1       a clean batch and one with a planted bad leaf
    python -m benchmarks.trainings culprits --model tiny --seeds 10  planted culprits among six, one after the other

A planted leaf asks what a released knowledge leaf asks, and answers each question with another one's answer. A fact
that is told otherwise is lost; a skill whose cases are told otherwise keeps its other cases. A leaf that does no harm
is no culprit, and harm is what the exam can see: where hardly two items of a seed offer the same wrong answer, a
planted one goes by most of them unseen, and nothing is planted against such a leaf. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from benchmarks.planted import Seeds, planted
from benchmarks.recipe import Bench, of_leaf
from eval_harness.compare import compare
from eval_harness.contamination import Exam
from eval_harness.culprit import step_of
from service.lines import bench as scoring
from service.lines.plan import Wish
from triage_rules.taxonomy import read_leaf

SUSPECTS = 6
ROWS_SEED = 7
Told = dict[str, Any]


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.trainings", description=__doc__)
    parser.add_argument("part", choices=["placebo", "batch", "culprits"])
    parser.add_argument("--model", default="tiny")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seeds", type=int, default=10, help="how many culprits are planted")
    options = parser.parse_args(argv)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="upweight-trainings-") as folder:
        lab = Lab(Path(folder), options.model, options.seed)
        found = {"placebo": lab.placebo, "batch": lab.batch}.get(options.part)
        told = found() if found else lab.culprits(options.seeds)
    print(json.dumps({"model": options.model, **told, "seconds": round(time.monotonic() - began, 1)}))
    return 0


class Lab(Bench):
    """Trainings of the story's own leaves, and of leaves that are planted, in one folder."""

    def __init__(self, folder: Path, model: str, seed: int) -> None:
        super().__init__(folder, model, seed)
        first, second = (
            self._leaves_of(c.topic for c in self.story.in_batch(n)) for n in self.story.batches[:2]
        )
        self.first, self.good = first, [leaf for leaf in second if leaf not in self.bad]
        self._items([*first, *second])
        self._seeds = self._seeds_of([*first, *self.good])
        self._made = 0

    def placebo(self) -> Told:
        """Two trainings of one recipe, held against one another: whatever the gate finds is noise."""
        runs = self._side_by_side(
            [(self._rows_of(self.first), self.first, [], None, 2 * self.seed + n) for n in (0, 1)]
        )
        case = self._case([(runs[0], "candidate"), (runs[1], "release")], [])
        found = compare(case)
        vetoed = [leaf["leaf"] for leaf in found["leaves"] if leaf["vetoed"]]
        return {
            "seed": self.seed,
            "vetoed": int(bool(vetoed)),
            "leaves": vetoed,
            "change": found["global"]["change"],
        }

    def batch(self) -> Told:
        """A release, then a clean batch and the same batch with a planted bad leaf, each through the whole gate."""
        release = self._released()
        learned = self._learned(release)
        victim = learned[self.seed % len(learned)]
        bad = f"knowledge/planted/leaf_{self.seed}"
        self._seeds[bad] = planted(self._seeds[victim], self.seed)
        start = self.folder / str(release[0]["name"])
        wanted = [
            (self._rows_of([*self.first, *leaves]), leaves, self.first, start, 1000 + 10 * self.seed + n)
            for leaves in (self.good, [*self.good, bad]) for n in (0, 1)
        ]  # fmt: skip
        runs = self._side_by_side(wanted)
        clean, harmed = (
            compare(
                self._case(
                    [*((run, "candidate") for run in pair), *((run, "release") for run in release)], self.good
                )
            )
            for pair in (runs[:2], runs[2:])
        )
        fell = next(leaf["change"] for leaf in harmed["leaves"] if leaf["leaf"] == victim)
        return {
            "seed": self.seed, "victim": victim, "fell": fell, "gain": clean["gain"]["change"],
            "clean_passed": int(clean["decision"] == "passed"), "bad_refused": int(harmed["decision"] != "passed"),
            "clean": clean["decision"], "bad": harmed["decision"],
            "why": [reason["sentence"] for reason in clean["reasons"]],
        }  # fmt: skip

    def culprits(self, many: int) -> Told:
        """Planted culprits among six, searched for from one released model; it and the empty mix are shared."""
        release = self._released()
        start, learned = self.folder / str(release[0]["name"]), self._learned(release)
        innocent = self._halves()
        empty = self._side_by_side(
            [(self._rows_of(self.first), [], self.first, start, 2000 + n) for n in (0, 1)], "search"
        )
        found = []
        for number in range(many):
            victim = learned[number % len(learned)]
            suspects = dict(random.Random(number).sample(sorted(innocent.items()), SUSPECTS - 1))
            suspects["culprit"] = {f"knowledge/planted/leaf_{number}": planted(self._seeds[victim], number)}
            found.append(
                {"victim": victim, **self._search(suspects, victim, start, empty, 3000 + 100 * number)}
            )
            print(json.dumps(found[-1]), file=sys.stderr, flush=True)
        extra = [one["extra"] for one in found]
        return {
            "searches": found,
            "found": sum(one["blamed"] == ["culprit"] for one in found),
            "innocents_blamed": sum(len(set(one["blamed"]) - {"culprit"}) for one in found),
            "extra_on_average": sum(extra) / len(extra),
        }

    def _search(
        self, suspects: dict[str, dict[str, Seeds]], victim: str, start: Path, empty: list[Told], seed: int
    ) -> Told:
        """One search to its end; two trainings at a time."""
        every = sorted(suspects)
        observed: list[tuple[list[str], Told]] = [([], run) for run in empty]
        observed += self._mixes(suspects, [every, every], start, seed)
        while True:
            case = {
                "suspects": [{"id": name, "weight": 1.0} for name in every],
                "noise_sd": self._noise([run for mix, run in observed if mix == every], empty, victim),
                "observed": [
                    {"subset": mix, "score": self._score(run, victim), "seed": run["seed"]}
                    for mix, run in observed
                ],
            }
            step = step_of(case)
            if step.verdict != "go on":
                return {"verdict": step.verdict, "blamed": list(step.blamed), "extra": step.extra}
            observed += self._mixes(suspects, [list(mix) for mix in step.next], start, seed + len(observed))

    def _mixes(
        self, suspects: dict[str, dict[str, Seeds]], mixes: list[list[str]], start: Path, seed: int
    ) -> list[tuple[list[str], Told]]:
        wanted = []
        for number, mix in enumerate(mixes):
            leaves: dict[str, Seeds] = {}
            for name in mix:
                for leaf, seeds in suspects[name].items():
                    leaves[leaf] = [*leaves.get(leaf, []), *seeds]
            rows = self._rows_of(self.first, leaves)
            wanted.append((rows, sorted(leaves), self.first, start, seed + number))
        return list(zip(mixes, self._side_by_side(wanted, "search"), strict=True))

    def _score(self, run: Told, leaf: str) -> float:
        return self._scorer([run]).score(_wish(run), leaf)

    def _noise(self, whole: list[Told], empty: list[Told], leaf: str) -> float:
        pairs = [(_wish(a), _wish(b)) for a, b in (tuple(whole[:2]), tuple(empty[:2]))]
        return self._scorer([*whole, *empty]).noise(leaf, pairs)

    def _scorer(self, runs: Iterable[Told]) -> scoring.Bench:
        items = [item.to_json() for item in self.items.values()]
        return scoring.Bench({}, items, {_wish(run): self.folder / run["name"] for run in runs})

    def _released(self) -> list[Told]:
        """v1 in two seeds; the first one ships."""
        rows = self._rows_of(self.first)
        return self._side_by_side([(rows, self.first, [], None, 10 * self.seed + n) for n in (1, 2)])

    def _learned(self, release: list[Told]) -> list[str]:
        """The released knowledge leaves that can be seen to fall: half of their confirm items are right at least."""
        facts = [leaf for leaf in self.first if leaf.startswith("knowledge/") and self._watched(leaf)]
        right = {leaf: self._mean(release[0], "confirm", of_leaf(leaf)) for leaf in facts}
        return [leaf for leaf in facts if right[leaf] >= 0.5] or facts

    def _watched(self, leaf: str) -> bool:
        """Whether one wrong answer to a seed is offered by half of the seed's items, on average."""
        offered: dict[str, Counter[str]] = defaultdict(Counter)
        items = [item for item in self.items.values() if item.leaf == leaf]
        for item in items:
            offered[item.cluster].update(set(item.choices) - {item.expected})
        most = sum(max(counted.values(), default=0) for counted in offered.values())
        return 2 * most >= len(items) > 0

    def _halves(self) -> dict[str, dict[str, Seeds]]:
        """Innocent contributions: every good leaf of the second batch in two halves."""
        halves = {}
        for leaf in self.good:
            seeds = self._seeds[leaf]
            for n in (0, 1):
                halves[f"{leaf.rpartition('/')[2]}-{n + 1}"] = {leaf: seeds[n::2]}
        return halves

    def _seeds_of(self, leaves: list[str]) -> dict[str, Seeds]:
        found: dict[str, Seeds] = {}
        self._kinds: dict[str, str] = {}
        for it in self.story.contribution:
            files = self.story.files(it, len(it.commits) - 1) if it.batch else {}
            for path, data in files.items():
                leaf = read_leaf(path, data)[0] if path.endswith("/qna.yaml") else None
                if leaf is not None and leaf.path in leaves:
                    self._kinds[leaf.path] = leaf.kind
                    found[leaf.path] = [
                        {"question": s.question, "answer": s.answer, "context": s.context} for s in leaf.seeds
                    ]
        return found

    def _rows_of(self, leaves: list[str], more: dict[str, Seeds] | None = None) -> str:
        """The rows of these leaves and of `more`, without what comes near the exam."""
        self._made += 1
        seeds = {**{leaf: self._seeds[leaf] for leaf in leaves}, **(more or {})}
        told = [
            {"path": leaf, "kind": self._kinds.get(leaf, "knowledge"), "seeds": given, "pull": 1}
            for leaf, given in sorted(seeds.items())
        ]
        self._job(f"rows-{self._made}", "generate", leaves=told, seed=ROWS_SEED)
        made = Path(self._path(f"rows-{self._made}/rows.jsonl"))
        kept, _ = Exam(self.items.values()).apart(json.loads(line) for line in made.read_text().splitlines())
        file = made.with_name("kept.jsonl")
        file.write_text("".join(json.dumps(row) + "\n" for row in kept))
        return str(file)

    def _side_by_side(
        self, wanted: Sequence[tuple[str, list[str], list[str], Path | None, int]], split: str = "all"
    ) -> list[Told]:
        """Trainings (rows, new leaves, old leaves, start, seed), two at a time; their results by name."""
        items = self._path("items.jsonl")
        if split == "search":
            items = self._path("search.jsonl")
            chosen = [item.to_json() for item in self.items.values() if item.split == "search"]
            Path(items).write_text("".join(json.dumps(item) + "\n" for item in chosen))

        def one(number: int, what: tuple[str, list[str], list[str], Path | None, int]) -> Told:
            rows, new, old, start, seed = what
            name = f"train-{number}"
            begin: Told = {"adapter": None, "weights": None}
            if start is not None:
                made = json.loads((start / "result.json").read_text())
                kind = "adapter" if made.get("adapter") else "weights"
                begin[kind] = str(start / made[kind])
            mix = {"leaves": sorted(new), "replay": sorted(old), "hash": name}
            measure = {"items": items, "exam": self._path("items.jsonl")}
            done = self._job(
                name, "train", rows=[rows], mix=mix, start=begin, seed=seed, threads=1, measure=measure
            )
            return {"name": name, "seed": seed, "scores": done["scores"]}

        first = self._made + 1
        self._made += len(wanted)
        with ThreadPoolExecutor(2) as both:
            return list(both.map(one, range(first, first + len(wanted)), wanted))

    def _case(self, runs: Sequence[tuple[Told, str]], touched: list[str]) -> Told:
        guard = sorted({item.leaf for item in self.items.values() if item.leaf.startswith("guard/")})
        leaves = {*guard, *self.first, *touched}
        items = {
            key: {"leaf": i.leaf, "cluster": i.cluster, "parent": i.parent, "split": i.split}
            for key, i in self.items.items() if i.leaf in leaves
        }  # fmt: skip
        spec = {
            "profile": "gain", "alpha": 0.03, "epsilon": 0.08, "touched": touched, "protected": [*guard, *self.first],
            "shipped_seed": next(run["seed"] for run, role in runs if role == "candidate"),
        }  # fmt: skip
        firsts = {role: run["name"] for run, role in reversed(runs)}
        scores = [
            {
                "role": role, "seed": run["seed"], "shipped": firsts[role] == run["name"],
                "items": {key: run["scores"].get(key) for key in items},
            }
            for run, role in runs
        ]  # fmt: skip
        return {"spec": spec, "items": items, "scores": scores}


def _wish(run: Told) -> Wish:
    return Wish("train", "search", (), run["seed"], "search")


if __name__ == "__main__":
    raise SystemExit(main())
