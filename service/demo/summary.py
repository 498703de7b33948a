"""What a play came to: read from the rows, in the form that `upweight demo --json` promises."""

from __future__ import annotations

from typing import Any

from sqlmodel import select

from service.db.engine import Database
from service.db.tables import Batch, Contribution, Release, Run


def of(database: Database, expected: list[int]) -> dict[str, Any]:
    """Contributions, batches, culprit and releases; `expected` are the culprits that the story hides."""
    if database.revision() is None:  # the play ended before the service had made its tables
        culprit = {"expected": expected, "found": [], "runs": 0}
        return {"contributions": [], "batches": [], "culprit": culprit, "releases": []}
    with database.read() as session:
        rows = sorted(session.exec(select(Contribution)), key=lambda c: c.number)
        batches = sorted(session.exec(select(Batch)), key=lambda b: b.id)
        runs = sorted(session.exec(select(Run)), key=lambda r: r.id or 0)
        releases = sorted(session.exec(select(Release)), key=lambda r: r.sequence)
    found = sorted(n for b in batches for n in b.held)
    searched = sum(1 for r in runs if r.purpose in ("control", "search"))
    return {
        "contributions": [_contribution(row) for row in rows],
        "batches": [_batch(b, [r for r in runs if r.batch == b.id]) for b in batches],
        "culprit": {"expected": expected, "found": found, "runs": searched},
        "releases": [_release(r) for r in releases if r.state in ("published", "announced")],
    }


def _contribution(row: Contribution) -> dict[str, Any]:
    verdict = (row.verdict or {}).get("verdict")
    kept = {"number": row.number, "author": row.author_id, "title": row.title, "state": row.state}
    return {**kept, "verdict": verdict, "release": row.release}


def _batch(row: Batch, runs: list[Run]) -> dict[str, Any]:
    gates = [
        {
            "members": sorted(g["members"]),
            "decision": g["decision"],
            "reasons": [r["sentence"] for r in g["reasons"]],
            "look": g["look"],
        }
        for g in row.gates
    ]
    ran = [
        {
            "kind": r.kind,
            "seed": r.seed,
            "state": r.state,
            "seconds": round((r.ended or 0) - (r.started or 0), 1),
        }
        for r in runs
    ]
    return {"id": row.id, "members": sorted(row.members), "gates": gates, "runs": ran}


def _release(row: Release) -> dict[str, Any]:
    manifest = row.manifest
    return {
        "version": row.version,
        "dir": row.directory,
        "weights_root": row.weights_root,
        "tag": row.tag,
        "members": sorted(m["number"] for m in manifest["members"]),
        "excluded": [{"number": x["number"], "reason": x["reason"]} for x in manifest["excluded"]],
        "leaves": manifest["leaves"],
        "answers": manifest.get("answers", []),
    }
