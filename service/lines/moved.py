"""What a contribution moved: its own leaves in the last gate that it was part of, and why one did not land.

The change of the own leaf is what can be said of every batch. It is no proof of who moved it: what else was in the mix
moved it too.
"""

from __future__ import annotations

from typing import Any

from eval_harness.diagnosis import diagnose
from eval_harness.items import GENERATED
from service.db.tables import Batch, Contribution
from service.lines.exam import NEW


def moved(batch: Batch | None, member: Contribution) -> list[dict[str, Any]]:
    """A row for each leaf that it brings: scores, interval, `outcome`, and a diagnosis where it did not land.

    The new seeds of a leaf that was released before have a row of their own, where there are items that ask for them.
    Empty before its batch was gated, and where it was in no mix that was.
    """
    gate = _last(batch, member)
    if gate is None or batch is None:
        return []
    result = gate["result"]
    learned, leaves = result.get("learned", {}), {leaf["leaf"]: leaf for leaf in result["leaves"]}
    rows = []
    own = batch.spec.get("leaves", {}).get(str(member.number), [])
    for path, name in ((leaf, f"{leaf}{part}") for leaf in own for part in ("", NEW)):
        leaf = leaves.get(name)
        if leaf is None:
            rows += [{"leaf": path, "measured": False}] if name == path else []
            continue
        outcome = leaf.get("outcome") or (
            "fell" if leaf["high"] < 0 else "landed" if leaf["low"] > 0 else "not shown"
        )
        told = learned.get(path, {})
        words = _in_own_words(result.get("kinds", []), name)
        why = [] if outcome == "landed" else diagnose(told.get("rows"), told.get("loss"), leaf, *words)
        rows.append(
            {**leaf, "measured": True, "outcome": outcome, "why": [finding.to_json() for finding in why]}
        )
    return rows


def _in_own_words(kinds: list[dict[str, Any]], leaf: str) -> tuple[float | None, float | None]:
    """A leaf's score in own words, which a match or a judge gives, and by choice; None without the one or the other."""
    mine = [one for one in kinds if one["leaf"] == leaf]
    spoken = [one["after"] for one in mine if one["kind"] == GENERATED]
    chosen = [(one["after"], one["clusters"]) for one in mine if one["kind"] != GENERATED]
    if not spoken or not chosen:
        return None, None
    return spoken[0], sum(score * many for score, many in chosen) / sum(many for _, many in chosen)


def _last(batch: Batch | None, member: Contribution) -> dict[str, Any] | None:
    """The newest gate on a mix that holds the contribution."""
    gates = batch.gates if batch is not None else []
    return next((gate for gate in reversed(gates) if member.number in gate["members"]), None)
