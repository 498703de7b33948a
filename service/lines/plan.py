"""What a batch needs next: pure, so that a restart asks the same question and gets the same answer.

The story: rows are made from the members' seeds; the release is measured again beside the candidate's
trainings; the gate decides, where two looks were declared with one training more after an inconclusive first.
Where a leaf fell, ordinary runs of subsets search for the contribution that did it (the empty batch first, as a
control); the rest is trained with fresh seeds and judged again on items that the search never saw. What is not
certain goes to a person and releases nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from service.lines import hunt
from service.lines.case import Case, Ends, Measures, Needs, Wish, missing

__all__ = ["Case", "Ends", "Needs", "Wish", "step"]

Gates = tuple[dict[str, Any], ...]


def step(case: Case, measures: Measures, culprit_step: hunt.CulpritStep) -> Needs | Ends:
    """The next thing that this batch needs, or how it ended."""
    rows = Wish("generate", "rows", case.members)
    if not measures.done(rows):
        return Needs("generating", (rows,))
    candidates = tuple(
        Wish("train", "candidate", case.members, seed) for seed in (*case.seeds, *case.further)
    )
    judged = _judged(case, measures, "training", candidates)
    return judged if isinstance(judged, Needs) else _rounds(case, measures, culprit_step, judged)


@dataclass(frozen=True)
class _Judged:
    """A mix that the gate has decided about, by all its runs together."""

    runs: tuple[Wish, ...]
    result: dict[str, Any]
    gates: Gates


def _judged(
    case: Case,
    measures: Measures,
    stage: str,
    runs: tuple[Wish, ...],
    gates: Gates = (),
    search: dict[str, Any] | None = None,
) -> _Judged | Needs:
    """One look by the first k runs; where it could not tell and two were declared, a second by all of them.

    A failed batch gets no second look: what is refused is refused. A flag gets it before anybody is suspected: one
    training may clear the leaf, and what it does not clear is searched for with that training as evidence.
    """
    mix, k = runs[0].mix, len(case.seeds)
    for look, many in enumerate((k, len(runs))[: 1 + bool(case.further)], 1):
        wanted = (*case.release, *runs[:many])
        if missing(measures, wanted):
            return Needs(stage, wanted, gates, search)
        result = measures.gate(mix, runs[:many], look)
        gates = (*gates, gate_entry(mix, result, look))
        if not undecided(result):
            break
    return _Judged(runs[:many], result, gates)


def undecided(result: dict[str, Any]) -> bool:
    """Whether one training more could tell: not where the scores can't be compared, or nothing new has items."""
    could = result.get("valid", True) and result.get("measurable", True)
    return bool(result["decision"] == "inconclusive" and could)


def _rounds(case: Case, measures: Measures, culprit_step: hunt.CulpritStep, judged: _Judged) -> Needs | Ends:
    """Search, leave out who is blamed, gate the rest; again where the rest fell too. Each round blames somebody."""
    suspects = case.members
    search: dict[str, Any] | None = None
    earlier: list[dict[str, Any]] = []
    controls = tuple(Wish("train", "control", (), seed, "search") for seed in case.spare[: len(case.seeds)])
    while True:
        blamed = tuple(n for n in case.members if n not in suspects)
        result, gates = judged.result, judged.gates
        leaf = hunt.fallen(result)
        if result["decision"] == "passed" or leaf is None:
            return Ends(result["decision"], suspects, blamed, gates, search)
        if len(suspects) > case.at_most_suspects:
            unsearched = _with_reason(gates[-1], leaf, len(suspects), case.at_most_suspects)
            return Ends(result["decision"], suspects, blamed, (*gates[:-1], unsearched), search)
        taken = {seed for past in earlier for seed in past["seeds"]}
        trail = hunt.Hunt(suspects, leaf, judged.runs, controls, frozenset(taken))
        if missing(measures, controls) and not case.stopped:
            return Needs("searching", controls, gates, hunt.begun(case, trail))
        if len(earlier) < len(case.settled):
            search, wishes = dict(case.settled[len(earlier)]), tuple[Wish, ...]()
        else:
            search, wishes = hunt.search(case, measures, culprit_step, trail)
            search |= {"earlier": list(earlier)} if earlier else {}
        if wishes:
            return Needs("searching", wishes, gates, search)
        if search["verdict"] != "blame":
            return Ends("inconclusive", suspects, blamed, gates, search)
        suspects = tuple(n for n in suspects if n not in search["blamed"])
        if not suspects:
            return Ends("failed", (), case.members, gates, search)
        fresh = search["seeds"][-hunt.to_confirm(case) :]
        rest = tuple(Wish("train", "confirm", suspects, seed) for seed in fresh)
        found = _judged(case, measures, "confirming", rest, gates, search)
        if isinstance(found, Needs):
            return found
        judged = found
        earlier.append({key: value for key, value in search.items() if key != "earlier"})


def gate_entry(mix: tuple[int, ...], result: dict[str, Any], look: int) -> dict[str, Any]:
    """What a batch keeps of one gate."""
    told = {
        "members": sorted(mix),
        "look": look,
        "decision": result["decision"],
        "reasons": result["reasons"],
    }
    return {**told, "result": result}


def _with_reason(gate: dict[str, Any], leaf: str, many: int, most: int) -> dict[str, Any]:
    """The gate of a batch that is too large to be searched, with a sentence that says so and what to do."""
    said = (
        f"Nobody looked for who harmed {leaf}: {many} contributions are more than the {most} that a search takes. "
        "Give the batch up, and form smaller ones of its members."
    )
    return {**gate, "reasons": [*gate["reasons"], {"test": "search", "leaf": leaf, "sentence": said}]}
