"""One run: claimed with a lease, started as a process, watched, and written down."""

from __future__ import annotations

import json
import os
import re
import time
from pathlib import Path
from typing import Any

from sqlmodel import select

from service import logs
from service.db import leases
from service.db.tables import Run
from service.house import House
from service.lines.precheck import PURPOSE
from service.placement.subprocess import Process

log = logs.named("run")
LEASE = 30.0  # seconds without a heartbeat after which a run is somebody else's
BEAT = 1.0
NOTICE = re.compile(r"^\w+: Custom kwargs can be passed to `--metadata`|^For example --metadata='")
AT_MOST = 6 * 3600.0  # seconds that a run may take


def work(house: House, worker: str) -> bool:
    """Do the next queued run, where there is one and a slot is free; gives whether one was done."""
    with house.database.write() as session:
        run = leases.claim(session, worker, time.time(), LEASE, house.settings.slots)
        if run is not None:
            session.expunge(run)
    if run is None or run.id is None:
        return False
    try:
        state, error = _watch(house, run)
    except OSError as problem:
        state, error = "failed", str(problem)
    with house.database.write() as session:
        if state == "queued":
            leases.give_back(session, run.id, run.fence)
        elif state == "killed":
            leases.died(session, run.id, run.fence, error or "", time.time())
        else:
            leases.finish(session, run.id, run.fence, state, error, time.time())
    if state != "queued":
        house.ring("advance", run.repository, run.batch)
    if state == "done" and (run.purpose, run.kind) == (PURPOSE, "measure"):
        house.ring(
            "judge", run.repository, run.mix[0]
        )  # what a model knows of it is a fact that a rule asks for
    return state != "queued"


def _watch(house: House, run: Run) -> tuple[str, str | None]:
    """Run the job to its end; gives the state to write down. `queued`: we are stopping, somebody goes on."""
    directory = Path(run.directory)
    if (directory / "result.json").exists():
        return "done", None
    process = Process(run.kind, directory, 1, dict(os.environ))
    try:
        return _watched(house, run, directory, process)
    finally:
        if process.ended() is None:  # nobody would watch it: not after a fault of ours either
            process.stop()


def _watched(house: House, run: Run, directory: Path, process: Process) -> tuple[str, str | None]:
    begun, told = time.time(), 0.0
    while (code := process.ended()) is None:
        if house.stopping.wait(0.1):
            return "queued", None
        if time.time() - begun > AT_MOST:
            return "failed", f"It took longer than {AT_MOST / 3600:.0f} hours."
        if time.time() - told >= BEAT:
            told = time.time()
            if not _beat(house, run, directory):
                return "cancelled", "Cancelled."
    _beat(house, run, directory)
    if code < 0:  # by a person or for want of memory: what it saved is there to go on from
        return "killed", f"The job was ended by signal {-code}, again and again: {last_words(directory)}"
    if code == 0 and (directory / "result.json").exists():
        return "done", None
    return "failed", f"The job ended with {code}: {last_words(directory)}"


def _beat(house: House, run: Run, directory: Path) -> bool:
    with house.database.write() as session:
        return leases.heartbeat(session, run.id or 0, run.fence, time.time() + LEASE, progress(directory))


def progress(directory: Path) -> dict[str, Any]:
    """How far a job is: its last step, its last line and its last 200 losses."""
    file = directory / "progress.jsonl"
    if not file.exists():
        return {}
    lines = []
    for text in file.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:  # the line that is being written
            continue
    if not lines:
        return {}
    losses = [line["loss"] for line in lines if line.get("loss") is not None]
    last = lines[-1]
    return {"step": last.get("step"), "of": last.get("of"), "line": last.get("line"), "loss": losses[-200:]}


def last_words(directory: Path) -> str:
    """The last line of a job's log."""
    file = directory / "log.txt"
    lines = said(file.read_text(errors="replace")).strip().splitlines() if file.exists() else []
    return lines[-1][:300] if lines else "it said nothing"


def said(log: str) -> str:
    """A job's log without what lm-eval says to whoever writes tasks for it, at each measuring; the file keeps it."""
    return "".join(line for line in log.splitlines(keepends=True) if not NOTICE.search(line))


def sweep(house: House) -> int:
    """Queue again what a dead worker had."""
    with house.database.write() as session:
        return len(leases.sweep(session, time.time()))


def orphaned(house: House, worker: str) -> int:
    """At start, with the home's lock held: whatever this home's own worker was doing, nobody is doing now."""
    with house.database.write() as session:
        rows = session.exec(select(Run).where(Run.state == "running", Run.worker == worker)).all()
        for row in rows:
            leases.give_back(session, row.id or 0, row.fence)
    return len(rows)
