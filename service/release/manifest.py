"""The manifest of a release: what it is, written from the rows of what really happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from service.db.tables import Batch, Contribution, Release, Repository, Run
from service.lines.bench import digest
from service.lines.rows import withdrawn

NOBODY: Mapping[int, Sequence[str]] = {}
KIND = ("kind", "items", "before", "after")


def manifest(
    repository: Repository,
    release: Release,
    batch: Batch,
    last: Release | None,
    final: list[Run],
    members: list[Contribution],
    beside: Mapping[int, Sequence[str]] = NOBODY,
) -> dict[str, Any]:
    """Everything that release.json says, and where runs lie; `final` are the trainings that ship, the shipped first.

    `beside` are the co-authors of members, by number.
    """
    gate: dict[str, Any] = batch.gates[-1]
    trained = [{"seed": r.seed, "directory": r.directory, "shipped": r is final[0]} for r in final]
    gone = withdrawn(batch.spec, (m.number for m in members if m.number not in batch.held))
    own = {"version": release.version, "runs": trained}
    return {
        **release.manifest,
        "schema": 1,
        "name": repository.id,
        "version": release.version,
        "predecessor": last.version if last else None,
        "kind": repository.visibility,
        "model": repository.model,
        "recipe": batch.spec["recipe"],
        "weights_root": release.weights_root,
        "taxonomy": batch.spec["taxonomy"],
        "members": [_member(m, beside) for m in members if m.number not in batch.held],
        "excluded": [
            {**_member(m, beside), "reason": _why(m), "evidence": m.held}
            for m in members
            if m.number in batch.held
        ],
        "leaves": [_leaf(leaf, gate["result"].get("kinds", []), gone) for leaf in gate["result"]["leaves"]],
        "withdrawn": sorted(gone),
        "corrected": batch.spec.get("corrected", []),
        "gate": {"decision": gate["decision"], "reasons": [r["sentence"] for r in gate["reasons"]]},
        "override": batch.override,
        "spec": digest(batch.spec),
        "seed": final[0].seed,
        "runs": trained,
        "anchor": last.manifest.get("anchor") if last else own,
        "epsilon": last.manifest.get("epsilon") if last else _planned(gate["result"]),
        "start": batch.start or "base",
    }


def _planned(result: dict[str, Any]) -> float | None:
    """The margin that goes with a new anchor, from the runs that made it; None where the gate had no verdict."""
    plan: dict[str, float] | None = result.get("planned")
    return plan["epsilon"] if plan else None


def _member(member: Contribution, beside: Mapping[int, Sequence[str]]) -> dict[str, Any]:
    others = list(beside.get(member.number, ()))
    return {
        "number": member.number,
        "author": member.author_id,
        "name": member.author,
        **({"co_authors": others} if others else {}),
        "title": member.title,
        "leaves": member.leaves,
        "head": member.head,
        "merge": member.merged,
    }


def _why(member: Contribution) -> str:
    held = member.held or {}
    return f"{held.get('leaf')} changed by {100 * held.get('change', 0):+.0f} points with it in the mix"


def _leaf(leaf: dict[str, Any], kinds: list[dict[str, Any]], gone: set[str]) -> dict[str, Any]:
    """A leaf's scores; by kind of question too, where it is asked in more than one."""
    path = leaf["leaf"]
    mine = [{key: one[key] for key in KIND} for one in kinds if one["leaf"] == path]
    contributed = leaf["role"] in ("touched", "both")
    kept = "contributed" if contributed else "guard" if path.startswith("guard/") else "protected"
    role = "withdrawn" if path in gone else kept
    keys = ("items", "clusters", "before", "after", "change", "low", "high")
    told = {"path": path, "role": role, **{k: leaf[k] for k in keys}}
    return {**told, "kinds": mine} if len(mine) > 1 else told
