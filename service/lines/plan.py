"""What a batch needs next: pure, so that a restart asks the same question and gets the same answer.

The story: rows are made from the members' seeds; the release is measured again beside the candidate's
trainings; the gate decides. Where a leaf fell, ordinary runs of subsets search for the contribution that did
it (the empty batch first, as a control); the rest is trained with fresh seeds and judged again on items that
the search never saw. What is not certain goes to a person and releases nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any, Protocol

Scores = Mapping[str, Any]  # item id -> [right, p of the right choice]


@dataclass(frozen=True)
class Wish:
    """A run that a batch wants: what goes in, and which items are measured (`all` or `search`)."""

    kind: str
    purpose: str
    mix: tuple[int, ...] = ()
    seed: int | None = None
    split: str = "all"


@dataclass(frozen=True)
class Case:
    """Everything that the plan depends on."""

    members: tuple[int, ...]
    seeds: tuple[int, ...]  # training seeds of the candidate; the first one ships
    spare: tuple[int, ...]  # seeds for controls, search and confirmation, in order of use
    release: tuple[Wish, ...]  # how N is measured beside the candidate (and the anchor, where it is another)
    shares: Mapping[int, float]  # each member's part of the rows
    leaves: Mapping[int, tuple[str, ...]]  # and the leaves that it brings
    said: Mapping[str, str] = field(default_factory=dict)  # a person's blame and acquit
    settled: tuple[
        Mapping[str, Any], ...
    ] = ()  # searches whose rest was trained and gated: not decided again
    at_most_suspects: int = 16


@dataclass(frozen=True)
class Needs:
    """Runs to do (those not done yet are to be queued)."""

    stage: str
    wishes: tuple[Wish, ...]
    gates: tuple[dict[str, Any], ...] = ()
    search: dict[str, Any] | None = None


@dataclass(frozen=True)
class Ends:
    """The batch is decided: `passed` with the mix that ships, else `failed` or `inconclusive`."""

    decision: str
    mix: tuple[int, ...]
    blamed: tuple[int, ...]
    gates: tuple[dict[str, Any], ...]
    search: dict[str, Any] | None = None


class Measures(Protocol):
    """How the plan asks for numbers; the service gives it results of finished runs."""

    def done(self, wish: Wish) -> bool:
        """Whether this run has ended well."""

    def searched(self) -> list[Wish]:
        """The search runs that have ended well, whatever is wanted today."""

    def gate(self, mix: tuple[int, ...], candidates: tuple[Wish, ...]) -> dict[str, Any]:
        """The gate's result (the contract of `compare`) for these candidate runs against N."""

    def score(self, wish: Wish, leaf: str) -> float:
        """Mean scaled p on the search items of `leaf`."""

    def noise(self, leaf: str, pairs: Iterable[tuple[Wish, Wish]]) -> float:
        """The sd of one run's score on `leaf`, from pairs of runs of one recipe."""


CulpritStep = Callable[[dict[str, Any]], Any]


def step(case: Case, measures: Measures, culprit_step: CulpritStep) -> Needs | Ends:
    """The next thing that this batch needs, or how it ended."""
    rows = Wish("generate", "rows", case.members)
    if not measures.done(rows):
        return Needs("generating", (rows,))
    candidates = tuple(Wish("train", "candidate", case.members, seed) for seed in case.seeds)
    first = (*case.release, *candidates)
    if missing(measures, first):
        return Needs("training", first)
    result = measures.gate(case.members, candidates)
    gates = (gate_entry(case.members, result),)
    return _rounds(case, measures, culprit_step, candidates, result, gates)


def _rounds(
    case: Case,
    measures: Measures,
    culprit_step: CulpritStep,
    whole: tuple[Wish, ...],
    result: dict[str, Any],
    gates: tuple[dict[str, Any], ...],
) -> Needs | Ends:
    """Search, leave out who is blamed, gate the rest; again where the rest fell too. Each round blames somebody."""
    suspects = case.members
    search: dict[str, Any] | None = None
    earlier: list[dict[str, Any]] = []
    controls = tuple(Wish("train", "control", (), seed, "search") for seed in case.spare[: len(case.seeds)])
    while True:
        blamed = tuple(n for n in case.members if n not in suspects)
        leaf = fallen(result)
        if result["decision"] == "passed" or leaf is None:
            return Ends(result["decision"], suspects, blamed, gates, search)
        if len(suspects) > case.at_most_suspects:
            unsearched = _with_reason(gates[-1], leaf, len(suspects), case.at_most_suspects)
            return Ends(result["decision"], suspects, blamed, (*gates[:-1], unsearched), search)
        taken = {seed for past in earlier for seed in past["seeds"]}
        hunt = _Hunt(suspects, leaf, whole, controls, frozenset(taken))
        if missing(measures, controls):
            return Needs("searching", controls, gates, {"leaf": leaf, "steps": [], "verdict": "go on"})
        if len(earlier) < len(case.settled):
            search, wishes = dict(case.settled[len(earlier)]), tuple[Wish, ...]()
        else:
            search, wishes = _search(case, measures, culprit_step, hunt)
            search |= {"earlier": list(earlier)} if earlier else {}
        if wishes:
            return Needs("searching", wishes, gates, search)
        if search["verdict"] != "blame":
            return Ends("inconclusive", suspects, blamed, gates, search)
        suspects = tuple(n for n in suspects if n not in search["blamed"])
        fresh = search["seeds"][-len(case.seeds) :]
        whole = tuple(Wish("train", "confirm", suspects, seed) for seed in fresh)
        if not suspects:
            return Ends("failed", (), case.members, gates, search)
        if missing(measures, whole):
            return Needs("confirming", whole, gates, search)
        result = measures.gate(suspects, whole)
        gates = (*gates, gate_entry(suspects, result))
        earlier.append({key: value for key, value in search.items() if key != "earlier"})


@dataclass(frozen=True)
class _Hunt:
    suspects: tuple[int, ...]
    leaf: str
    whole: tuple[Wish, ...]  # the trainings of all suspects
    controls: tuple[Wish, ...]
    taken: frozenset[int]  # seeds of earlier rounds


def _search(
    case: Case, measures: Measures, culprit_step: CulpritStep, hunt: _Hunt
) -> tuple[dict[str, Any], tuple[Wish, ...]]:
    """What is believed, and which runs are wanted next: none, where the search has ended.

    Its steps are gone through again each time. Where a person's word has changed what is wanted since, the runs that
    were trained before still count, in the order of their seeds.
    """
    left = [w for w in measures.searched() if set(w.mix) <= set(hunt.suspects) and w.seed not in hunt.taken]
    left.sort(key=lambda w: (case.spare.index(w.seed or 0), w.mix))
    observed, steps = [*hunt.whole, *hunt.controls], list[dict[str, Any]]()
    noise = measures.noise(hunt.leaf, pairs(hunt.whole) + pairs(hunt.controls))
    while True:
        found = culprit_step(_evidence(case, measures, hunt, observed, noise))
        search = _told(hunt, noise, steps, found)
        used = hunt.taken | {w.seed for w in observed}
        free = [seed for seed in case.spare if seed not in used]
        search["seeds"] = sorted({*hunt.taken, *(w.seed for w in observed if w.seed in case.spare)})
        subsets = found.next if found.verdict == "go on" else ()
        if len(free) < len(subsets) + len(case.seeds):  # no seeds are left to go on with, nor to confirm
            return search | {"verdict": "unresolved", "blamed": []}, ()
        wishes = tuple(
            Wish("train", "search", tuple(sorted(map(int, subset))), seed, "search")
            for subset, seed in zip(subsets, free, strict=False)
        )
        more = list(wishes) if wishes and not missing(measures, wishes) else []
        more = more or [w for w in left if w not in wishes][:1]
        if not more:
            if not wishes:
                search["seeds"] += free[: len(case.seeds)]
            return search, wishes
        left = [w for w in left if w not in more]
        observed += more
        steps += [
            {"subset": list(w.mix), "seed": w.seed, "score": measures.score(w, hunt.leaf)} for w in more
        ]


def missing(measures: Measures, wishes: Iterable[Wish]) -> list[Wish]:
    """The wishes that no finished run answers yet."""
    return [wish for wish in wishes if not measures.done(wish)]


def pairs(wishes: tuple[Wish, ...]) -> list[tuple[Wish, Wish]]:
    """Runs of one recipe, two by two: they differ by their seed alone, so they measure the noise."""
    return [(a, b) for i, a in enumerate(wishes) for b in wishes[i + 1 :]]


def gate_entry(mix: tuple[int, ...], result: dict[str, Any]) -> dict[str, Any]:
    """What a batch keeps of one gate."""
    look = {"members": sorted(mix), "look": 1, "decision": result["decision"], "reasons": result["reasons"]}
    return {**look, "result": result}


def _with_reason(gate: dict[str, Any], leaf: str, many: int, most: int) -> dict[str, Any]:
    """The gate of a batch that is too large to be searched, with a sentence that says so and what to do."""
    said = (
        f"Nobody looked for who harmed {leaf}: {many} contributions are more than the {most} that a search takes. "
        "Give the batch up, and form smaller ones of its members."
    )
    return {**gate, "reasons": [*gate["reasons"], {"test": "search", "leaf": leaf, "sentence": said}]}


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
    case: Case, measures: Measures, hunt: _Hunt, observed: list[Wish], noise: float
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


def _told(hunt: _Hunt, noise: float, steps: list[dict[str, Any]], found: Any) -> dict[str, Any]:
    if steps:  # what was believed after the newest observations
        steps[-1] = {**steps[-1], "posterior": dict(found.posterior), "none": found.none}
    return {
        "leaf": hunt.leaf,
        "suspects": list(hunt.suspects),
        "noise_sd": noise,
        "steps": [dict(s) for s in steps],
        "posterior": dict(found.posterior),
        "none": found.none,
        "verdict": found.verdict,
        "blamed": sorted(int(n) for n in found.blamed),
        "extra": found.extra,
    }
