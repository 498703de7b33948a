"""The measuring side of a batch: its items, the cases it puts to the gate, and the scores of its runs.

Named after the work bench on which a batch lies: it answers the plan's questions from finished runs' results.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from eval_harness import compare
from eval_harness.gate_kinds import by_kind
from eval_harness.gate_scaling import scaled, temperature
from eval_harness.suites.outcome import outcomes
from service.lines.case import Wish
from service.lines.exam import NEW
from service.lines.rows import withdrawn

Item = dict[str, Any]


class Bench:
    """Finished runs of one batch, asked by wish. `results` maps a wish to the job directory of its run."""

    def __init__(self, spec: Mapping[str, Any], items: list[Item], results: Mapping[Wish, Path]) -> None:
        self.spec = spec
        apart = {i: f"{leaf}{NEW}" for leaf, ids in spec.get("fresh", {}).items() for i in ids}
        self.items = {i["id"]: {**i, "leaf": apart.get(i["id"], i["leaf"])} for i in items}
        self.results = results
        self._read: dict[Wish, dict[str, Any]] = {}

    def done(self, wish: Wish) -> bool:
        """Whether this run has ended well."""
        return wish in self.results

    def searched(self) -> list[Wish]:
        """The search runs that have ended well, whatever is wanted today."""
        return [wish for wish in self.results if wish.purpose == "search"]

    def scores(self, wish: Wish) -> dict[str, Any]:
        """Item id to [right, p], as the run measured them."""
        scores: dict[str, Any] = self._result(wish)["scores"]
        return scores

    def _result(self, wish: Wish) -> dict[str, Any]:
        if wish not in self._read:
            self._read[wish] = json.loads((self.results[wish] / "result.json").read_text())
        return self._read[wish]

    def gate(self, mix: tuple[int, ...], candidates: tuple[Wish, ...], look: int = 1) -> dict[str, Any]:
        """The gate's result for these candidate runs against N (and the anchor), with what it could not measure."""
        result = compare.compare(self.case(mix, candidates, look))
        result["learned"] = self._learned(candidates)
        result["kinds"] = self._kinds(candidates)
        brought = self._brought(mix)
        for leaf in result["leaves"]:
            if leaf["role"] == "protected" and leaf["leaf"] in brought:
                leaf["role"] = "both"  # extended: outside the gain test, and a member brings it all the same
        bare = sorted(set(brought) - self._with_items())
        reasons: list[tuple[str, str | None, str]]
        reasons = [
            ("no_items", leaf, f"{leaf} has no items: trained, and measured by nobody.") for leaf in bare
        ]
        no_gain = self.spec["profile"] != "gain" and self._touched(mix)
        untold = not self._fresh(brought) and not no_gain
        if untold and not bare:
            said = "No leaf is new here: no gain is asked for, only that nothing is lost."
            reasons.append(("gain", None, said))
        elif untold:
            said = "No leaf that is new here has items: whether anything was learned can't be told."
            reasons.insert(0, ("gain", None, said))
            result["measurable"] = False  # however often one looks
            if result["decision"] == "passed":
                result["decision"] = "inconclusive"
        told = [{"test": test, "leaf": leaf, "sentence": said} for test, leaf, said in reasons]
        result["reasons"] = [*result["reasons"], *told]
        result["notes"] = [*result["notes"], *worn(self.spec.get("worn", {}))]
        return self._with_suites(result, candidates)

    def _with_suites(self, result: dict[str, Any], candidates: tuple[Wish, ...]) -> dict[str, Any]:
        """The same with what the suites say, where the batch declared any: the gate passes what all of them let pass,
        and those that can't be applied have no say."""
        names = self.spec.get("suites")
        if not names:
            return result
        release = sorted((w for w in self.results if w.purpose == "release"), key=lambda w: w.seed or 0)
        sides = ([self._result(wish).get("suites") or {} for wish in runs] for runs in (release, candidates))
        result["suites"] = outcomes(names, *sides)
        for one in result["suites"]:
            if one["outcome"] != "passed":
                said = {"test": one["suite"], "leaf": None, "sentence": one["sentence"]}
                result["reasons"] = [*result["reasons"], said]
        found = {one["outcome"] for one in result["suites"]} | {result["decision"]}
        result["decision"] = next(word for word in ("failed", "inconclusive", "passed") if word in found)
        return result

    def _learned(self, candidates: tuple[Wish, ...]) -> dict[str, dict[str, float]]:
        """By new leaf: on how many rows it was trained, and their mean loss at the end, over the candidate's seeds."""
        runs = [run for run in map(self._result, candidates) if run.get("fit")]
        leaves = sorted({leaf for run in runs for leaf in run["fit"]})
        return {
            leaf: {
                "rows": runs[0]["rows"].get(leaf, 0),
                "loss": float(np.mean([run["fit"][leaf] for run in runs if leaf in run["fit"]])),
            }
            for leaf in leaves
        }

    def _kinds(self, candidates: tuple[Wish, ...]) -> list[dict[str, Any]]:
        """The scores of both models by leaf and kind of question, on the gate's own items."""
        release = sorted((w for w in self.results if w.purpose == "release"), key=lambda w: w.seed or 0)
        return by_kind(self.items, *([self.scores(wish) for wish in runs] for runs in (release, candidates)))

    def _brought(self, mix: tuple[int, ...]) -> list[str]:
        """The leaves that the members of `mix` bring rows for."""
        return sorted({leaf for n in mix for leaf in self.spec["leaves"][str(n)]})

    def _with_items(self) -> set[str]:
        return {item["leaf"] for item in self.items.values()}

    def _fresh(self, brought: list[str]) -> list[str]:
        """What of them can show that something was learned: a leaf that is new, the new seeds of one that is not."""
        seeds = self._new_seeds(brought).values()
        return sorted({*seeds, *(set(brought) & self._with_items())} - set(self.spec["protected"]))

    def _new_seeds(self, brought: list[str]) -> dict[str, str]:
        """By released leaf among them: how the gate calls the items of its new seeds, where any is for the gate."""
        confirmed = {item["leaf"] for item in self.items.values() if item["split"] == "confirm"}
        return {leaf: f"{leaf}{NEW}" for leaf in brought if f"{leaf}{NEW}" in confirmed}

    def _touched(self, mix: tuple[int, ...]) -> list[str]:
        """The leaves that the profile asks about: whose gain is tested, none where nothing is new.

        A released leaf keeps the items that it was frozen with, and they ask nothing of seeds added since: where
        nothing else is new, a gain near 0 would refuse every batch that only extends. So it stays protected on those,
        and the items of its new seeds, where somebody wrote any, stand in its place here. In a repair the released
        leaves are what is asked about: they leave the veto, and must not have got clearly worse. What is withdrawn
        leaves every test.
        """
        if self.spec["profile"] == "remove":
            return sorted(withdrawn(self.spec, mix) & self._with_items())
        brought = self._brought(mix)
        if self.spec["profile"] == "repair":
            return sorted(set(brought) & self._with_items())
        new = self._new_seeds(brought)
        own = sorted(new.get(leaf, leaf) for leaf in set(brought) & self._with_items())
        return own if self._fresh(brought) else []

    def case(self, mix: tuple[int, ...], candidates: tuple[Wish, ...], look: int = 1) -> dict[str, Any]:
        """The case as `python -m eval_harness compare` reads it: what was declared before training, and scores.

        The first of the candidates is the one that ships, at every look.
        """
        touched = self._touched(mix)
        measured = {*touched, *self.spec["protected"]}
        items = {k: v for k, v in self.items.items() if v["leaf"] in measured}
        roles = [(wish, "candidate") for wish in candidates]
        roles += [(wish, wish.purpose) for wish in self.results if wish.purpose in ("release", "anchor")]
        scores = [
            {
                "role": role,
                "seed": wish.seed,
                "spec_hash": self._result(wish).get("spec_hash"),
                "shipped": wish.seed in (None, candidates[0].seed, *self.spec["shipped"]),
                "items": {k: self.scores(wish).get(k) for k in items},
            }
            for wish, role in sorted(roles, key=lambda pair: (pair[1], pair[0].seed or 0))
        ]
        anchored = any(role == "anchor" for _, role in roles)
        keep = ("profile", "alpha", "epsilon")
        spec = {key: self.spec[key] if anchored else _release_only(self.spec[key]) for key in keep}
        spec |= {"touched": touched, "protected": self.spec["protected"]}
        spec |= {"looks": self.spec.get("looks", 1), "look": look}
        spec["shipped_seed"] = candidates[0].seed
        fields = ("leaf", "cluster", "parent", "split")
        return {
            "spec": spec,
            "items": {k: {f: v.get(f) for f in fields} for k, v in items.items()},
            "scores": scores,
            "history": list(self.spec.get("history", ())),
        }

    def score(self, wish: Wish, leaf: str) -> float:
        """Mean p on the search items of `leaf`, at the run's own temperature; y where an answer has no p."""
        scores = self.scores(wish)
        search = sorted(k for k, v in self.items.items() if v["split"] == "search" and scores.get(k))
        y, p = np.array([scores[k] for k in search], dtype=float).T
        right = np.where(np.isnan(p), y, scaled(p[None], temperature(p[None]))[0])
        at_leaf = np.array([self.items[k]["leaf"] == leaf for k in search])
        return float(right[at_leaf].mean())

    def noise(self, leaf: str, pairs: Iterable[tuple[Wish, Wish]]) -> float:
        """The sd of one run on `leaf`: from the squared differences of same-recipe pairs."""
        squares = [(self.score(a, leaf) - self.score(b, leaf)) ** 2 / 2 for a, b in pairs]
        return float(np.sqrt(np.mean(squares))) if squares else 0.0


def worn(leaves: Mapping[str, int]) -> list[str]:
    """What a gate says of worn items (decisions by leaf): it decides all the same, and nobody is to overlook it."""
    if not leaves:
        return []
    named = ", ".join(f"{leaf} ({used})" for leaf, used in sorted(leaves.items()))
    return [
        f"Held-out items are worn by the decisions that they were used for: {named}. A pass says less than it did. "
        "Renew a third of their clusters: write questions in new clusters into their file of items."
    ]


def _release_only(value: Any) -> Any:
    return value["release"] if isinstance(value, dict) else value


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of a value: how specs, mixes and runs are named."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def read_lines(file: Path) -> list[dict[str, Any]]:
    """A JSON Lines file, whole."""
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]


def write_lines(file: Path, rows: Iterable[Mapping[str, Any]]) -> str:
    """Write a JSON Lines file in one rename; gives the SHA-256 of its bytes."""
    data = "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows).encode()
    write_whole(file, data)
    return hashlib.sha256(data).hexdigest()


def write_whole(file: Path, data: bytes) -> None:
    """Write a file so that nobody ever reads half of it.

    Unlike a job's own `write_atomically` the draft has one name, so that a kill leaves nothing in a release's folder
    that the next try does not take away.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_name(f".{file.name}.partial")
    partial.write_bytes(data)
    partial.replace(file)
