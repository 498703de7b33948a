"""The ledger of the held-out items: which decision used which, and how worn the items of each leaf are by now.

It is read out of the record of events. A decision's event is appended in the transaction that decides, can't be
altered unseen and outlives the database in Git; a table beside it could say nothing more, and could disagree.

Each decision tells a little of what lies in the exam, and after enough of them a model that passes may owe it to that.
What wears is a cluster; a leaf is as worn as the most used two thirds of its clusters and one more, so that a third of
new ones makes it new. The gate's decisions count: searches read other items, attribution and noise decide nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from service.db import batches, releases, runs
from service.db.tables import Batch, Event, Release
from service.lines import jobs
from service.lines.bench import digest, read_lines
from service.record.chain import append

PURPOSES = {
    "batch.gated": "gate",
    "batch.searched": "search",
    "attribution.asked": "attribution",
    "noise.asked": "noise",
    "contribution.tried-again": "again",
}
MEASURED = ("candidate", "confirm", "release", "anchor")
LOOKED = ("control", "search")
Cluster = tuple[str, str]  # leaf, name


@dataclass(frozen=True)
class Use:
    """One row: what was decided with the items of which batch, by the hash of their file, from which runs."""

    at: float
    purpose: str
    batch: int
    decision: str
    items: str
    runs: tuple[int, ...]


@dataclass(frozen=True)
class Wear:
    """How worn a leaf is: `version` names its confirm items, `used` counts decisions, `last` is the newest one."""

    leaf: str
    version: str
    clusters: int
    used: int
    last: float | None


def tell_gates(session: Session, batch: Batch, gates: tuple[dict[str, Any], ...]) -> None:
    """Put down the decisions that are new since `batch` was kept."""
    for gate in gates[len(batch.gates) :]:
        body = {"batch": batch.id, "members": gate["members"], "decision": gate["decision"]}
        body |= {"look": gate.get("look", 1), "reasons": [r["sentence"] for r in gate["reasons"]]}
        read = _read(session, batch, MEASURED, gate["members"])
        append(session, batch.repository, "batch.gated", {**body, **read})


def tell_searches(session: Session, batch: Batch, search: dict[str, Any] | None) -> None:
    """Put down the searches that came to an end, or to another one, since `batch` was kept."""
    former = _ended(batch.search)
    for place, found in enumerate(_ended(search)):
        if former[place : place + 1] != [found]:
            body = {"batch": batch.id, **found, **_read(session, batch, LOOKED)}
            append(session, batch.repository, "batch.searched", body)


def _ended(search: dict[str, Any] | None) -> list[dict[str, Any]]:
    every = [*search.get("earlier", ()), search] if search else []
    keys = ("leaf", "verdict", "blamed", "extra")
    return [{key: one.get(key) for key in keys} for one in every if one["verdict"] != "go on"]


def _read(
    session: Session, batch: Batch, purposes: tuple[str, ...], mix: list[int] | None = None
) -> dict[str, Any]:
    """What a decision was made from: the items, and the runs of these purposes (of this mix, or of no contribution)."""
    found = runs.of_batch(session, batch.repository, batch.id)
    used = [r for r in found if r.state == "done" and r.purpose in purposes]
    chosen = [r.id for r in used if mix is None or not r.mix or sorted(r.mix) == sorted(mix)]
    return {"items": batch.spec.get("items"), "runs": chosen}


def uses(session: Session, repository: str) -> list[Use]:
    """Every row, oldest first."""
    query = select(Event).where(Event.stream == repository, col(Event.kind).in_(PURPOSES))
    items = {row.id: str(row.spec.get("items") or "") for row in batches.listed(session, repository)}
    of = {row.version: row.batch for row in releases.listed(session, repository)}
    found = []
    for event in session.exec(query.order_by(col(Event.sequence))):
        body = json.loads(event.body)
        number = body.get("batch") or of.get(body.get("release"), 0)
        said = str(body.get("decision") or body.get("verdict") or "")
        hashed = body.get("items") or items.get(number, "")  # an event of an older home does not name them
        purpose, ran = PURPOSES[event.kind], tuple(body.get("runs", ()))
        found.append(Use(event.at, purpose, number, said, hashed, ran))
    return found


def wear(session: Session, home: Path, repository: str, items: Iterable[Mapping[str, Any]]) -> list[Wear]:
    """How worn these items are, by leaf, the most worn first."""
    counts: Counter[Cluster] = Counter()
    last: dict[Cluster, float] = {}
    ids: dict[Cluster, list[str]] = {}
    for item in items:
        if item["split"] == "confirm":
            ids.setdefault((item["leaf"], str(item["cluster"])), []).append(item["id"])
    read: dict[tuple[int, str], set[Cluster] | None] = {}
    for use in uses(session, repository):
        if use.purpose != "gate":
            continue
        if (use.batch, use.items) not in read:
            read[use.batch, use.items] = _clusters(home, repository, use)
        shown = read[use.batch, use.items]
        for cluster in ids if shown is None else ids.keys() & shown:
            counts[cluster] += 1
            last[cluster] = use.at
    leaves: dict[str, list[Cluster]] = {}
    for cluster in ids:
        leaves.setdefault(cluster[0], []).append(cluster)
    found = [
        Wear(
            leaf,
            digest(sorted(i for cluster in clusters for i in ids[cluster]))[:12],
            len(clusters),
            sorted((counts[cluster] for cluster in clusters), reverse=True)[2 * len(clusters) // 3],
            max((last[cluster] for cluster in clusters if cluster in last), default=None),
        )
        for leaf, clusters in leaves.items()
    ]
    return sorted(found, key=lambda one: (-one.used, one.leaf))


def worn(wears: Iterable[Wear], after: int) -> dict[str, int]:
    """The leaves whose items were used for so many decisions, and for how many."""
    return {one.leaf: one.used for one in wears if one.used >= after}


def frozen(release: Release | None) -> list[dict[str, Any]]:
    """The items that a release froze; none where there is none."""
    return read_lines(Path(release.directory) / "eval" / "items.jsonl") if release else []


def of_newest(session: Session, home: Path, repository: str) -> list[Wear]:
    """How worn the newest release's items are; nothing where its folder was moved away."""
    try:
        return wear(session, home, repository, frozen(releases.latest(session, repository)))
    except FileNotFoundError:
        return []


def _clusters(home: Path, repository: str, use: Use) -> set[Cluster] | None:
    """The clusters that a gate was shown; None, counted as all of them, where its items are gone or were altered."""
    try:
        data = (jobs.folder_in(home, repository, use.batch) / "items.jsonl").read_bytes()
    except FileNotFoundError:
        return None
    if hashlib.sha256(data).hexdigest() != use.items:
        return None
    items = map(json.loads, data.splitlines())
    return {(item["leaf"], str(item["cluster"])) for item in items if item["split"] == "confirm"}
