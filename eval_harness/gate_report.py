"""A verdict of the gate as the JSON that people and pages read: the sentence first, then a table by leaf."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from eval_harness import gate_words as words
from eval_harness.gate import ENOUGH_CLUSTERS, FAILED, FEWEST_CLUSTERS, INCONCLUSIVE, Comparison, Verdict
from eval_harness.gate_case import Case, Scores
from eval_harness.gate_clusters import Array, item_variance, spread
from eval_harness.gate_leaves import detectable_even, detectable_patchy
from eval_harness.gate_plan import planned
from eval_harness.gate_whole import FEWEST_LEAVES, MeanTest

DECISIONS = ("passed", "inconclusive", "failed")
NOTHING = {"change": None, "low": None, "high": None}
Reason = tuple[int, str, str | None, str]


def number(value: Any) -> float | None:
    """A plain float, None for what is not a number."""
    return None if value is None or not math.isfinite(value) else float(value)


def invalid(sentence: str, dropped: int = 0) -> dict[str, Any]:
    """The result of a comparison that can't be made: inconclusive, with the cause first among the reasons."""
    return {
        "valid": False,
        "dropped": dropped,
        "decision": "inconclusive",
        "reasons": [{"test": "invalid", "leaf": None, "sentence": sentence}],
        "leaves": [],
        "global": {**NOTHING, "epsilon": None, "passed": None},
        "gain": None,
        "anchor": None,
        "as_shipped": None,
        "planned": None,
        "notes": [],
    }


def report(case: Case, verdict: Verdict, dropped: int = 0, notes: Iterable[str] = ()) -> dict[str, Any]:
    """The verdict on one case (no leading axes) as `result.json`."""
    to_release, to_anchor = verdict.against_release, verdict.against_anchor
    reasons = _reasons(verdict, to_release, "", "the release")
    if to_anchor:
        reasons += _reasons(verdict, to_anchor, "anchor_", "the anchor")
    reasons += _batch_reasons(case, verdict)
    reasons.sort(key=lambda reason: -reason[0])
    return {
        "valid": True,
        "dropped": dropped,
        "decision": DECISIONS[int(verdict.decision)],
        "reasons": [{"test": test, "leaf": leaf, "sentence": said} for _, test, leaf, said in reasons],
        "leaves": _leaves(case, verdict, to_release, case.release),
        "global": _whole(to_release),
        "gain": _gain(verdict.batch),
        "anchor": _anchor(case, verdict),
        "as_shipped": _shipped(verdict),
        "planned": dict(zip(("epsilon", "coarse"), planned(case, verdict), strict=True)),
        "notes": [*notes, *_notes(case, verdict)],
    }


def _anchor(case: Case, verdict: Verdict) -> dict[str, Any] | None:
    if verdict.against_anchor is None or case.anchor is None:
        return None
    return {
        "leaves": _leaves(case, verdict, verdict.against_anchor, case.anchor),
        "global": _whole(verdict.against_anchor),
    }


def _leaves(case: Case, verdict: Verdict, found: Comparison, other: Scores) -> list[dict[str, Any]]:
    where, spec = verdict.where, case.spec
    before = spread(where, other.y.mean(axis=-2)).mean
    after = spread(where, case.candidate.y.mean(axis=-2)).mean
    single = item_variance(where, case.candidate.y.mean(axis=-2) - other.y.mean(axis=-2))
    with np.errstate(invalid="ignore", divide="ignore"):
        effect = np.where(single > 0, (found.y.s2 / where.clusters) / (single / where.items), np.nan)
    alpha = found.alpha / max(1, int(found.family.sum()))
    even = detectable_even(found.y, alpha)
    patchy = detectable_patchy(found.y, where, found.noise, alpha)
    low, high = found.y.low, found.y.high
    rows = []
    for i, leaf in enumerate(where.leaves):
        big, has_p = bool(where.clusters[i] >= FEWEST_CLUSTERS), bool(case.has_p[i])
        touched = leaf in spec.touched
        outcome = "landed" if found.landed[i] else "fell" if found.fell[i] else "not shown"
        rows.append(
            {
                "leaf": leaf,
                "role": "both"
                if touched and leaf in spec.protected
                else "touched"
                if touched
                else "protected",
                "clusters": int(where.clusters[i]),
                "items": int(where.items[i]),
                "before": float(before[i]),
                "after": float(after[i]),
                "change": float(found.y.change[i]),
                "low": float(low[i]),
                "high": float(high[i]),
                "p_raw": {
                    "y": float(found.y.p[i]) if big else None,
                    "p": float(found.p.p[i]) if big and has_p else None,
                },
                "p_holm": {"y": number(found.holm_y[i]), "p": number(found.holm_p[i])},
                "vetoed": bool(found.vetoed[i]),
                "flagged": bool(found.flagged[i]),
                "outcome": outcome if touched else None,
                "design_effect": number(effect[i]),
                "run_sd": math.sqrt(found.noise.v[i]),
                "pairs": _count(found.noise.pairs[i]),
                "detectable": {
                    "even": number(even[i]) if big else None,
                    "patchy": number(patchy[i]) if big else None,
                },
            }
        )
    return rows


def _count(pairs: Array | float) -> int | float:
    value = float(pairs)
    return int(value) if value.is_integer() else value


def _interval(found: MeanTest) -> dict[str, Any]:
    return {"change": float(found.change), "low": float(found.low), "high": float(found.high)}


def _whole(found: Comparison) -> dict[str, Any]:
    if found.whole is None:
        return {**NOTHING, "epsilon": found.epsilon, "passed": None}
    outcome = int(found.whole.outcome)
    passed = None if outcome == INCONCLUSIVE else outcome != FAILED
    return {**_interval(found.whole), "epsilon": found.epsilon, "passed": passed}


def _gain(batch: MeanTest | None) -> dict[str, Any] | None:
    if batch is None:
        return None
    return {**_interval(batch), "p": float(batch.p), "outcome": DECISIONS[int(batch.outcome)]}


def _shipped(verdict: Verdict) -> dict[str, Any] | None:
    """The leaf that stands out: a flagged one before others, then the smallest p, then the largest drop."""
    shipped = verdict.shipped
    if shipped is None:
        return None
    inside = [i for i in range(len(verdict.where.leaves)) if math.isfinite(shipped.holm[i])]
    i = min(inside, key=lambda i: (not shipped.flagged[i], shipped.holm[i], shipped.change[i]))
    return {
        "leaf": verdict.where.leaves[i],
        "change": float(shipped.change[i]),
        "p_holm": float(shipped.holm[i]),
        "flagged": bool(shipped.flagged[i]),
    }


def _reasons(verdict: Verdict, found: Comparison, prefix: str, against: str) -> list[Reason]:
    """What keeps the candidate back in one comparison: vetoes by size, branches, soft flags, the mean."""
    low, high = found.y.low, found.y.high
    reasons: list[Reason] = []
    by_drop = sorted(range(len(verdict.where.leaves)), key=lambda i: float(found.y.change[i]))
    for i in by_drop:
        told = (verdict.where.leaves[i], float(found.y.change[i]), float(low[i]), float(high[i]), against)
        if found.vetoed[i]:
            reasons.append((FAILED, f"{prefix}veto", told[0], words.veto(*told)))
        elif found.flagged[i]:
            reasons.append((INCONCLUSIVE, f"{prefix}soft_flag", told[0], words.soft_flag(*told)))
    if found.branches:
        test = found.branches.test
        for i, branch in enumerate(found.branches.names):
            if found.branches.vetoed[i]:
                said = words.veto_branch(
                    branch, float(test.change[i]), float(test.low[i]), float(test.high[i]), against
                )
                reasons.append((FAILED, f"{prefix}veto_branch", branch, said))
    whole = _whole(found)
    if whole["passed"] is not True:
        count = found.tested
        failed = whole["passed"] is False
        said = words.global_(
            whole["change"] or 0.0,
            whole["low"] or 0.0,
            whole["high"] or 0.0,
            found.epsilon,
            failed,
            count,
            against,
        )
        reasons.append((FAILED if failed else INCONCLUSIVE, f"{prefix}global", None, said))
    return reasons


def _batch_reasons(case: Case, verdict: Verdict) -> list[Reason]:
    reasons: list[Reason] = []
    batch, shipped = verdict.batch, verdict.shipped
    if batch is not None and int(batch.outcome):
        code, moved = int(batch.outcome), (float(batch.change), float(batch.low), float(batch.high))
        if case.spec.profile == "gain":
            said = words.gain(*moved, code == FAILED, bool(verdict.identical))
        else:
            said = words.repair(*moved, code == FAILED)
        reasons.append((code, case.spec.profile, None, said))
    if shipped is not None:
        for i in np.argsort(shipped.change, kind="stable"):
            if shipped.flagged[i]:
                leaf = verdict.where.leaves[i]
                reasons.append(
                    (INCONCLUSIVE, "as_shipped", leaf, words.as_shipped(leaf, float(shipped.change[i])))
                )
    return reasons


def _notes(case: Case, verdict: Verdict) -> list[str]:
    """What was not tested, and why; what a person should know before trusting the table."""
    where, found = verdict.where, verdict.against_release
    notes = []
    if verdict.identical:
        notes.append(
            "The candidate answers as the release does, run by run: it seems a copy, and no copy is failed."
        )
    for i, leaf in enumerate(where.leaves):
        if leaf in case.spec.tested and where.clusters[i] < FEWEST_CLUSTERS:
            notes.append(f"{leaf} has {int(where.clusters[i])} clusters: too few for a test of its own.")
        if not case.has_p[i] and leaf in case.spec.tested:
            notes.append(f"{leaf} has no probabilities: its veto rests on right and wrong alone.")
    small = [
        leaf
        for i, leaf in enumerate(where.leaves)
        if leaf in case.spec.tested and where.clusters[i] < ENOUGH_CLUSTERS
    ]
    if small:
        notes.append(
            f"{len(small)} protected leaves have fewer than {ENOUGH_CLUSTERS} clusters: only a collapse can "
            "be seen in them, and no veto is no proof of safety."
        )
    if not found.noise.pairs.any():
        notes.append("No pair of runs of one recipe was at hand: 3 points of training noise are assumed.")
    if found.tested < FEWEST_LEAVES:
        notes.append(f"Fewer than {FEWEST_LEAVES} protected leaves: the mean over them decides nothing.")
    if found.epsilon > 0.05:
        notes.append(f"Coarse: losses under {words.points(found.epsilon)} points can't be excluded.")
    if case.spec.profile != "remove" and not case.spec.touched:
        notes.append(f"Nothing is touched: there was no {case.spec.profile} to test.")
    return notes
