"""How far a leaf moves when nothing but the training seed changes: what is known of it, and what that rests on.

Two runs of one recipe are a pair of placebos: whatever differs between them is noise. A candidate's own seeds are such
a pair for nothing; `placebo.py` asks for more.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from sqlmodel import Session, col, select

from eval_harness.gate_history import history_rows, merged
from service.db import batches
from service.db.tables import Run
from service.lines import jobs
from service.lines.bench import read_lines
from service.lines.exam import NEW

WHOLE = ("candidate", "confirm", "placebo")  # trainings that are measured on all items
Rows = list[dict[str, Any]]


def pairs_of(session: Session, home: Path, repository: str, without: Iterable[str] = ()) -> Rows:
    """What every pair at hand says, by leaf and metric; `without`: directories of runs that are measured again."""
    left_out = set(without)
    found = _groups(session, repository).items()
    kept = [(key[0], runs) for key, runs in found if not left_out & {run.directory for run in runs}]
    return merged(*(_rows(home, repository, batch, runs) for batch, runs in kept))


def _groups(session: Session, repository: str) -> dict[tuple[int, str, tuple[int, ...]], list[Run]]:
    """Runs of one recipe, two or more, by batch, purpose and mix."""
    query = select(Run).where(Run.repository == repository, Run.kind == "train", Run.state == "done")
    groups: dict[tuple[int, str, tuple[int, ...]], list[Run]] = {}
    for run in session.exec(query.where(col(Run.purpose).in_(WHOLE)).order_by(col(Run.id))):
        groups.setdefault((run.batch, run.purpose, tuple(run.mix)), []).append(run)
    return {key: runs for key, runs in groups.items() if len(runs) >= 2}


def _rows(home: Path, repository: str, batch: int, runs: list[Run]) -> Rows:
    file = jobs.folder_in(home, repository, batch) / "items.jsonl"
    items = {item["id"]: item for item in read_lines(file)}
    scores = [json.loads((Path(run.directory) / "result.json").read_text())["scores"] or {} for run in runs]
    return history_rows(items, scores)


def known(session: Session, repository: str) -> int:
    """How many pairs there are; counted from the rows alone, since every sweep of an idle house asks."""
    return sum(len(runs) - 1 for runs in _groups(session, repository).values())


def table(session: Session, home: Path, repository: str) -> Rows:
    """By leaf: the newest gate's view of its noise and of what can be seen, and all pairs known by now."""
    pairs = {row["leaf"]: row for row in pairs_of(session, home, repository) if row["metric"] == "y"}
    found: dict[str, dict[str, Any]] = {}
    for batch in batches.listed(session, repository):
        for gate in reversed(batch.gates):
            for leaf in gate.get("result", {}).get("leaves", []):
                if leaf["leaf"].endswith(NEW):
                    continue  # part of its leaf from the next release on
                found.setdefault(leaf["leaf"], _told(leaf, batch.id, pairs.get(leaf["leaf"])))
    return [found[leaf] for leaf in sorted(found)]


def _told(leaf: dict[str, Any], batch: int, seen: dict[str, Any] | None) -> dict[str, Any]:
    return {
        "leaf": leaf["leaf"],
        "clusters": leaf["clusters"],
        "items": leaf["items"],
        "run_sd": leaf["run_sd"],
        "seen_sd": max(0.0, seen["r"]) ** 0.5 if seen else None,
        "pairs": seen["pairs"] if seen else 0,
        "design_effect": leaf["design_effect"],
        "detectable": leaf["detectable"],
        "batch": batch,
    }
