"""Every Celery task and the timetable, on one page: tasks carry ids, the lines carry the story."""

from __future__ import annotations

import os
import queue
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any

from celery import Celery
from sqlmodel import select

from service import logs
from service.db import releases
from service.db.tables import Batch, Repository
from service.house import House
from service.lines import (
    again,
    attribution,
    batch,
    board,
    catching,
    documents,
    holding,
    intake,
    landing,
    merge,
    placebo,
    policy_change,
    release,
    run,
    say,
    stale,
    triage,
    upkeep,
)
from service.lines.states import OPEN
from service.placement.turns import turn_if_free
from service.policy import PolicyError

log = logs.named("tasks")
faults: Counter[str] = Counter()  # of the sweep, by the name of its step
unread: dict[str, str] = {}  # what is wrong with a repository's policy, while it is


def make_app(house: House) -> Celery:
    """The Celery application over one house; `ring` is set so that the lines can call for a task."""
    app = Celery("upweight", broker=house.settings.broker_url)
    app.conf.update(
        task_ignore_result=True,
        task_acks_late=True,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_enable_remote_control=False,
        broker_connection_retry_on_startup=True,
        broker_transport_options={"polling_interval": 0.02} if app_is_embedded(house) else {},
        beat_schedule={
            "tick": {"task": "tick", "schedule": 2.0},
            "catch_up": {"task": "catch_up", "schedule": 10.0},
            "tidy": {"task": "tidy", "schedule": 3600.0},
        },
    )
    tasks: dict[str, Callable[..., Any]] = {
        "take": lambda delivery: intake.take(house, delivery),
        "work": lambda: _work(house),
        "advance": lambda name, number: batch.advance(house, name, number),
        "speak": lambda: say.speak(house),
        "fetch": lambda: documents.fetch(house),
        "judge": lambda name, number: triage.rejudge(house, house.repository(name), number),
        "tick": lambda: tick(house),
        "catch_up": lambda: catch_up(house),
        "tidy": lambda: tidy(house),
    }
    for name, do in tasks.items():
        app.task(_edge(name, do), name=name)
    house.ring = _bell(app)
    return app


def _bell(app: Celery) -> Callable[..., None]:
    """Ring from a thread of its own: publishing may block, and neither the door nor a line may wait for that."""
    rung: queue.SimpleQueue[tuple[str, tuple[Any, ...]]] = queue.SimpleQueue()

    def sound() -> None:
        while True:
            name, arguments = rung.get()
            try:
                app.send_task(name, args=arguments)
            except Exception:  # the sweep asks again
                log.exception("not rung", task=name)

    threading.Thread(target=sound, name="bell", daemon=True).start()
    return lambda name, *arguments: rung.put((name, arguments))


def app_is_embedded(house: House) -> bool:
    """Whether web, worker and timetable share this process."""
    return house.settings.broker_url.startswith("memory://")


def _edge(name: str, do: Callable[..., Any]) -> Callable[..., None]:
    def task(*arguments: Any) -> None:
        try:
            do(*arguments)
        except Exception:  # the edge of a task: logged, counted, and the sweep asks again
            log.exception("task failed", task=name)

    task.__name__ = name
    return task


def worker_name(house: House) -> str:
    """Who claims runs in this process; a house that works itself is called the same after a restart."""
    return f"house:{house.home}" if app_is_embedded(house) else f"{socket.gethostname()}:{os.getpid()}"


def _work(house: House) -> None:
    while run.work(house, worker_name(house)) and not house.stopping.is_set():
        pass


def tick(house: House) -> None:
    """The sweep: whatever a lost message, a crash or a clock left waiting is asked for again."""
    with turn_if_free(
        house.home, "tick"
    ) as ours:  # one at a time is enough, whoever else works for this home
        if ours:
            _tick(house)


def _tick(house: House) -> None:
    """What was half merged is merged before any newer push is heard of; one step's fault keeps none from its turn."""
    _step("sweep", run.sweep, house)
    repositories = _repositories(house)
    for repository in repositories:
        _step("policy", policy_change.judge_again, house, repository)
        _step("lapse", holding.lapse, house, repository)
        _step("merge", merge.merge_approved, house, repository)
        _step("drain", intake.drain, house, repository)
    with house.database.read() as session:
        kept = intake.waiting(session)
        open_batches = [b for b in session.exec(select(Batch)) if b.state in OPEN]
    for delivery in kept:
        _step("take", intake.take, house, delivery)
    for repository in repositories:
        _step("land", landing.land, house, repository)
        _step("release", release.advance, house, repository)
        _step("timetable", _by_timetable, house, repository)
    for row in open_batches:
        _step("advance", batch.advance, house, row.repository, row.id)
    house.ring("work")
    _step("speak", say.speak, house)


def _step(name: str, do: Callable[..., Any], house: House, *about: Any) -> None:
    try:
        do(house, *about)
    except Exception:  # the edge of a step: the next tick asks again
        faults[name] += 1
        what = [each.id if isinstance(each, Repository) else each for each in about]
        log.exception("a step of the sweep failed", step=name, about=what, times=faults[name])


def catch_up(house: House) -> None:
    """Whatever was pushed and nobody told us, while we were away or the door was, for every repository."""
    for row in _repositories(house):
        _step("catch up", _catch_up, house, row)
    house.ring("fetch")


def _catch_up(house: House, repository: Repository) -> None:
    missed = catching.catch_up(house, repository)
    if missed:
        log.warning("caught up", repository=repository.id, missed=missed)
    catching.look_again(house, repository)


def tidy(house: House) -> None:
    """What has piled up in mirrors and among deliveries is packed, and what nobody needs there goes."""
    _step("prune", intake.prune, house)
    for row in _repositories(house):
        _step("tidy", upkeep.tidy, house, row)


def _repositories(house: House) -> list[Repository]:
    with house.database.read() as session:
        return list(session.exec(select(Repository)))


def _by_timetable(house: House, repository: Repository) -> None:
    """What is due. A policy that can't be read is its community's to mend: said once, and waited for."""
    try:
        policy = house.policy(repository)
    except PolicyError as error:
        said = f"{error.path}:{error.line}: {error.message} {error.remedy}"
        if unread.get(repository.id) != said:
            log.warning("policy can't be read", repository=repository.id, said=said)
        unread[repository.id] = said
        return
    unread.pop(repository.id, None)
    _step("stale", stale.by_timetable, house, repository)
    _step("board", board.by_timetable, house, repository)
    if not repository.automatic:
        return
    batch.form(house, repository)
    with house.database.read() as session:
        known = releases.listed(session, repository.id)
    if policy.release.due(known[0].created if known else None, time.time()):
        release.plan(house, repository)
    _step("held back", again.by_timetable, house, repository)
    _step("noise", placebo.by_timetable, house, repository)
    _step("attribution", attribution.by_timetable, house, repository)
