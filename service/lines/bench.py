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
from eval_harness.gate_scaling import scaled, temperature
from service.lines.case import Wish

Item = dict[str, Any]


class Bench:
    """Finished runs of one batch, asked by wish. `results` maps a wish to the job directory of its run."""

    def __init__(self, spec: Mapping[str, Any], items: list[Item], results: Mapping[Wish, Path]) -> None:
        self.spec = spec
        self.items = {item["id"]: item for item in items}
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
        brought = self._brought(mix)
        for leaf in result["leaves"]:
            if leaf["role"] == "protected" and leaf["leaf"] in brought:
                leaf["role"] = "both"  # extended: outside the gain test, and a member brings it all the same
        bare = sorted(set(brought) - self._with_items())
        reasons: list[tuple[str, str | None, str]]
        reasons = [
            ("no_items", leaf, f"{leaf} has no items: trained, and measured by nobody.") for leaf in bare
        ]
        repaired = self.spec["profile"] == "repair" and self._touched(brought)
        untold = not self._fresh(brought) and not repaired
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

    def _brought(self, mix: tuple[int, ...]) -> list[str]:
        """The leaves that the members of `mix` bring rows for."""
        return sorted({leaf for n in mix for leaf in self.spec["leaves"][str(n)]})

    def _with_items(self) -> set[str]:
        return {item["leaf"] for item in self.items.values()}

    def _fresh(self, brought: list[str]) -> list[str]:
        """Those of them that are new, and have items that can show what was learned."""
        return sorted((set(brought) & self._with_items()) - set(self.spec["protected"]))

    def _touched(self, brought: list[str]) -> list[str]:
        """The leaves that the profile asks about: whose gain is tested, none where all are released already.

        A released leaf keeps the items that it was frozen with, and they ask nothing of seeds added since. It stays
        protected; where nothing is new, a gain near 0 would refuse every batch that only extends. In a repair the
        released leaves are what is asked about: they leave the veto, and must not have got clearly worse.
        """
        if self.spec["profile"] == "repair":
            return sorted(set(brought) & self._with_items())
        return sorted(set(brought) & self._with_items()) if self._fresh(brought) else []

    def case(self, mix: tuple[int, ...], candidates: tuple[Wish, ...], look: int = 1) -> dict[str, Any]:
        """The case as `python -m eval_harness compare` reads it: what was declared before training, and scores.

        The first of the candidates is the one that ships, at every look.
        """
        touched = self._touched(self._brought(mix))
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
        """Mean p on the search items of `leaf`, at the run's own temperature."""
        scores = self.scores(wish)
        search = sorted(k for k, v in self.items.items() if v["split"] == "search" and k in scores)
        p = np.array([[scores[k][1] for k in search]], dtype=float)
        at_leaf = np.array([self.items[k]["leaf"] == leaf for k in search])
        return float(scaled(p, temperature(p))[0, at_leaf].mean())

    def noise(self, leaf: str, pairs: Iterable[tuple[Wish, Wish]]) -> float:
        """The sd of one run on `leaf`: from the squared differences of same-recipe pairs."""
        squares = [(self.score(a, leaf) - self.score(b, leaf)) ** 2 / 2 for a, b in pairs]
        return float(np.sqrt(np.mean(squares))) if squares else 0.0


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
