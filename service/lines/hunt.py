"""The search for who harmed a leaf: ordinary runs of subsets, until one is found or nobody can tell.

Pure, as the plan is: its steps are gone through again each time, from the runs that have ended.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from eval_harness.culprit import most_extra
from service.lines.case import Case, Measures, Wish, missing, pairs

CulpritStep = Callable[[dict[str, Any]], Any]
STOPPED = {"verdict": "unresolved", "blamed": [], "stopped": True}


@dataclass(frozen=True)
class Hunt:
    """Who is suspected of having harmed which leaf, and the runs that are known of before anything is tried."""

    suspects: tuple[int, ...]
    leaf: str
    whole: tuple[Wish, ...]  # the trainings of all suspects
    controls: tuple[Wish, ...]
    taken: frozenset[int]  # seeds of earlier rounds


def search(
    case: Case, measures: Measures, culprit_step: CulpritStep, hunt: Hunt
) -> tuple[dict[str, Any], tuple[Wish, ...]]:
    """What is believed, and which runs are wanted next: none, where the search has ended.

    Its steps are gone through again each time. Where a person's word has changed what is wanted since, the runs that
    were trained before still count, in the order of their seeds.
    """
    if case.stopped and missing(measures, hunt.controls):
        return {**begun(case, hunt), **STOPPED}, ()
    left = [w for w in measures.searched() if set(w.mix) <= set(hunt.suspects) and w.seed not in hunt.taken]
    left.sort(key=lambda w: (case.spare.index(w.seed or 0), w.mix))
    observed, steps = [*hunt.whole, *hunt.controls], list[dict[str, Any]]()
    noise = measures.noise(hunt.leaf, pairs(hunt.whole) + pairs(hunt.controls))
    while True:
        found = culprit_step(_evidence(case, measures, hunt, observed, noise))
        told = {**begun(case, hunt), **_told(noise, steps, found)}
        used = hunt.taken | {w.seed for w in observed}
        free = [seed for seed in case.spare if seed not in used]
        told["seeds"] = sorted({*hunt.taken, *(w.seed for w in observed if w.seed in case.spare)})
        subsets = found.next if found.verdict == "go on" else ()
        if len(free) < len(subsets) + to_confirm(case):  # no seeds are left to go on with, nor to confirm
            return told | {"verdict": "unresolved", "blamed": []}, ()
        wishes = (
            tuple[Wish, ...]()
            if case.stopped
            else tuple(
                Wish("train", "search", tuple(sorted(map(int, subset))), seed, "search")
                for subset, seed in zip(subsets, free, strict=False)
            )
        )
        more = list(wishes) if wishes and not missing(measures, wishes) else []
        more = more or [w for w in left if w not in wishes][:1]
        if not more:
            if case.stopped and found.verdict == "go on":
                return told | STOPPED, ()
            if not wishes:
                told["seeds"] += free[: to_confirm(case)]
            return told, wishes
        left = [w for w in left if w not in more]
        observed += more
        steps += [
            {"subset": list(w.mix), "seed": w.seed, "score": measures.score(w, hunt.leaf)} for w in more
        ]


def begun(case: Case, hunt: Hunt) -> dict[str, Any]:
    """A search as it stands before its first step, with what it will cost."""
    many = len(hunt.suspects)
    told = {"leaf": hunt.leaf, "suspects": list(hunt.suspects), "steps": [], "posterior": {}, "blamed": []}
    return {**told, "verdict": "go on", "seeds": sorted(hunt.taken), "estimate": estimate(case, many)}


def estimate(case: Case, suspects: int) -> dict[str, Any]:
    """What a search among so many costs, said before it starts, in trainings and in seconds.

    Usual is what it took in simulation where one contribution cost 30 points at noisy runs (3.9, 5.1 and 6.3 steps
    among 4, 8 and 16; between them by the logarithm). The controls and the trainings of the rest come on top of the
    steps. A training measures less in a search than the candidates did, so the seconds are rather too many.
    """
    steps = {
        "usual": math.ceil(1.5 + 1.2 * math.log2(suspects)),
        "at_most": most_extra(suspects),
    }
    fewest, most = 2 * len(case.seeds), len(case.seeds) + to_confirm(case)
    trainings = {"usual": steps["usual"] + fewest, "at_most": steps["at_most"] + most}
    seconds = {k: None if case.seconds is None else round(n * case.seconds) for k, n in trainings.items()}
    return {"steps": steps, "trainings": trainings, "seconds": seconds}


def to_confirm(case: Case) -> int:
    """How many fresh seeds the rest needs when a search has blamed somebody: one more where two looks were declared."""
    return len(case.seeds) + len(case.further)


def fallen(result: dict[str, Any]) -> str | None:
    """The leaf to search for: vetoed before flagged, the smallest Holm p first; None where nothing fell."""

    def weakest(leaves: list[dict[str, Any]]) -> str | None:
        def p(leaf: dict[str, Any]) -> tuple[float, float]:
            holm = [v for v in (leaf["p_holm"] or {}).values() if v is not None]
            return (min(holm, default=1.0), leaf["change"])

        return min(leaves, key=p)["leaf"] if leaves else None

    leaves = result["leaves"]
    return weakest([x for x in leaves if x["vetoed"]]) or weakest([x for x in leaves if x["flagged"]])


def suspicion(case: Case, member: int, fallen: str) -> float:
    """How likely a member is to have harmed `fallen`, before anything is tried: its part of the rows, doubled for
    each folder that its nearest leaf shares with the fallen one."""
    near = max((_shared(leaf, fallen) for leaf in case.leaves.get(member, ())), default=0)
    return case.shares.get(member, 1.0) * float(2**near)


def _shared(one: str, other: str) -> int:
    """How many folders from the top two paths have in common."""
    same = takewhile(lambda pair: pair[0] == pair[1], zip(one.split("/"), other.split("/"), strict=False))
    return sum(1 for _ in same)


def _evidence(
    case: Case, measures: Measures, hunt: Hunt, observed: list[Wish], noise: float
) -> dict[str, Any]:
    return {
        "suspects": [{"id": str(n), "weight": suspicion(case, n, hunt.leaf)} for n in hunt.suspects],
        "noise_sd": noise,
        "observed": [
            {"subset": [str(n) for n in w.mix], "score": measures.score(w, hunt.leaf), "seed": w.seed}
            for w in observed
        ],
        "said": {n: word for n, word in case.said.items() if int(n) in hunt.suspects},
    }


def _told(noise: float, steps: list[dict[str, Any]], found: Any) -> dict[str, Any]:
    if steps:  # what was believed after the newest observations
        steps[-1] = {**steps[-1], "posterior": dict(found.posterior), "none": found.none}
    return {
        "noise_sd": noise,
        "steps": [dict(s) for s in steps],
        "posterior": dict(found.posterior),
        "none": found.none,
        "verdict": found.verdict,
        "blamed": sorted(int(n) for n in found.blamed),
        "extra": found.extra,
    }
