"""A culprit search as it unfolds: who is suspected and why, each training, and what is believed after it.

Pure: the batch's row and its runs tell all of it. Nobody is called anything before the search has ended, and then only
whom it blames.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median
from typing import Any

from eval_harness import culprit
from service.db.tables import Batch, Run
from service.lines.case import Case
from service.lines.hunt import suspicion
from service.lines.standstill import of_members
from service.lines.states import OPEN

Told = dict[str, Any]
GOING = ("queued", "running", "failed", "cancelled")
WORDS = {"go on": "goes-on", "blame": "traced", "none": "nobody", "unresolved": "unresolved"}
BOUND, CLEAR = culprit.SURE, culprit.CLEAR


def told(batch: Batch, runs: Sequence[Run], shares: Mapping[int, float]) -> Told | None:
    """Every round of the search of a batch, the newest first; None where there was none.

    `shares` is each member's part of the rows; without it the weights that suspicion began with are not told.
    """
    if not batch.search:
        return None
    weighed, newest = _weighed(batch, shares), batch.search
    searches: list[Told] = [newest, *reversed(newest.get("earlier", []))]
    rounds = [_round(batch, one, runs, weighed, len(searches) - i) for i, one in enumerate(searches)]
    asked = [run for run in runs if run.purpose in ("control", "search") and run.state in GOING]
    return {
        "repository": batch.repository,
        "batch": batch.id,
        "state": batch.state,
        "going": batch.state in OPEN,
        "bound": BOUND,
        "others": CLEAR,
        "asked": [_training(run.mix, run.seed, None, run) for run in asked],
        "seconds": _seconds(runs),
        "rounds": rounds,
    }


def _seconds(runs: Iterable[Run]) -> float | None:
    """How long one of its trainings takes: the middle one of those that have ended; None before."""
    ended = [run for run in runs if run.purpose in ("control", "search") and run.state == "done"]
    took = [run.ended - run.started for run in ended if run.ended is not None and run.started is not None]
    return median(took) if took else None


def _weighed(batch: Batch, shares: Mapping[int, float]) -> Case | None:
    """What a suspect's weight depends on; None for a batch that was kept without it."""
    if not shares or "leaves" not in batch.spec:
        return None
    leaves = {int(number): tuple(paths) for number, paths in batch.spec["leaves"].items()}
    return Case(members=tuple(batch.members), seeds=(), spare=(), release=(), shares=shares, leaves=leaves)


def _round(
    batch: Batch, search: Mapping[str, Any], runs: Sequence[Run], weighed: Case | None, number: int
) -> Told:
    suspects = search.get("suspects") or list(batch.members)
    weights = _weights(weighed, suspects, search.get("leaf", ""))
    said = {n: word for n, word in of_members(batch).items() if int(n) in suspects}
    first = _first(weights, said)
    posterior, verdict = search.get("posterior", {}), search.get("verdict", "go on")
    still = verdict == "go on" and batch.state not in OPEN
    blamed = search.get("blamed", []) if verdict == "blame" else []
    steps = _steps(search, runs)
    return {
        "number": number,
        "leaf": search.get("leaf", ""),
        "gate": _gate(batch, suspects),
        "verdict": verdict,
        "word": "stands-still" if still else WORDS[verdict],
        "sentence": _sentence(search, suspects, verdict, blamed)
        + (f" The batch is {batch.state}." if still else ""),
        "suspects": [
            {
                "number": n,
                "weight": weights.get(n),
                "before": first.get(str(n)),
                "posterior": posterior.get(str(n)),
                "said": said.get(str(n)),
                "blamed": n in blamed,
            }
            for n in suspects
        ],
        "none_before": first.get("none"),
        "none": search.get("none"),
        "extra": search.get("extra", 0),
        "most": culprit.most_extra(len(suspects)),
        "noise_sd": search.get("noise_sd"),
        "start": [_training(run.mix, run.seed, None, run) for run in _start(runs, suspects, number)],
        "steps": steps,
    }


def _gate(batch: Batch, suspects: Sequence[int]) -> int | None:
    """The gate that these failed, by its place from 1: the last look at exactly them."""
    looks = [i for i, gate in enumerate(batch.gates, 1) if sorted(gate["members"]) == sorted(suspects)]
    return looks[-1] if looks else None


def _weights(weighed: Case | None, suspects: Sequence[int], leaf: str) -> dict[int, float]:
    """Each suspect's part of all suspicion, before anything is tried."""
    if weighed is None:
        return {}
    raw = {n: suspicion(weighed, n, leaf) for n in suspects}
    return {n: value / sum(raw.values()) for n, value in raw.items()}


def _first(weights: Mapping[int, float], said: Mapping[str, str]) -> dict[str, float]:
    """What is believed of each suspect, and of `none`, before a single training is looked at."""
    if not 1 <= len(weights) <= culprit.AT_MOST:
        return {}
    who = [{"id": str(n), "weight": weight} for n, weight in weights.items()]
    step = culprit.step_of({"suspects": who, "noise_sd": 0.0, "observed": [], "said": said})
    return {**step.posterior, "none": step.none}


def _start(runs: Sequence[Run], suspects: Sequence[int], number: int) -> list[Run]:
    """The trainings that a round starts from: all its suspects together, and the empty batch."""
    whole = "candidate" if number == 1 else "confirm"
    return [
        run
        for run in runs
        if run.purpose == "control" or (run.purpose == whole and sorted(run.mix) == sorted(suspects))
    ]


def _steps(search: Mapping[str, Any], runs: Iterable[Run]) -> list[Told]:
    """Trainings that were looked at together, with what was believed after them; None where that was not kept."""
    ran = {(tuple(run.mix), run.seed): run for run in runs if run.purpose == "search"}
    steps: list[Told] = []
    together: list[Told] = []
    kept = search.get("steps", [])
    for place, one in enumerate(kept):
        run = ran.get((tuple(one["subset"]), one["seed"]))
        together.append(_training(one["subset"], one["seed"], one["score"], run))
        last = place == len(kept) - 1
        if "posterior" in one or last:
            believed = one if "posterior" in one else search
            steps.append(
                {
                    "number": len(steps) + 1,
                    "trainings": together,
                    "posterior": believed.get("posterior", {}),
                    "none": believed.get("none"),
                }
            )
            together = []
    return steps


def _training(mix: Sequence[int], seed: int | None, score: float | None, run: Run | None) -> Told:
    return {
        "mix": list(mix),
        "seed": seed,
        "score": score,
        "run": run.id if run else None,
        "state": run.state if run else None,
    }


def _sentence(search: Mapping[str, Any], suspects: Sequence[int], verdict: str, blamed: Sequence[int]) -> str:
    """Where the search stands, in plain words."""
    leaf, extra, most = search.get("leaf", ""), search.get("extra", 0), culprit.most_extra(len(suspects))
    if verdict == "blame":
        names = " and ".join(f"#{n}" for n in blamed)
        return f"The fall of {leaf} is traced to {names}, by {_runs(extra)} beyond those it began with."
    if verdict == "none":
        return (
            f"No contribution made {leaf} fall: chance, or training itself, explains it. Nobody is held back."
        )
    if verdict == "unresolved":
        return (
            f"It can't be told who made {leaf} fall: after {_runs(extra)} nobody stands out. Nobody is held back, and "
            "a person decides."
        )
    if "posterior" not in search:
        return f"{leaf} fell. The empty batch is trained first, to know how the leaf does with nothing new in the mix."
    return f"It is not known yet who made {leaf} fall: {_runs(extra)} so far, at most {most}."


def _runs(count: int) -> str:
    return f"{count} extra training" + ("" if count == 1 else "s")
