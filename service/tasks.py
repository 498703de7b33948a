"""Every Celery task and the timetable, on one page: tasks carry ids, the lines carry the story."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import Any

import structlog
from celery import Celery
from sqlmodel import select

from service.db.tables import Batch, Repository
from service.house import House
from service.lines import batch, intake, merge, release, run, say
from service.lines.states import OPEN

log = structlog.get_logger("tasks")
WORKER = "house"
_ticking = threading.Lock()


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
        },
    )
    tasks: dict[str, Callable[..., Any]] = {
        "take": lambda delivery: intake.take(house, delivery),
        "work": lambda: _work(house),
        "advance": lambda name, number: batch.advance(house, name, number),
        "speak": lambda: say.speak(house),
        "tick": lambda: tick(house),
        "catch_up": lambda: catch_up(house),
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


def _work(house: House) -> None:
    while run.work(house, WORKER) and not house.stopping.is_set():
        pass


def tick(house: House) -> None:
    """The sweep: whatever a lost message, a crash or a clock left waiting is asked for again."""
    if not _ticking.acquire(blocking=False):
        return  # one at a time is enough
    try:
        _tick(house)
    finally:
        _ticking.release()


def _tick(house: House) -> None:
    run.sweep(house)
    repositories = _repositories(house)
    for repository in repositories:
        intake.drain(house, repository)
    with house.database.read() as session:
        kept = intake.waiting(session)
        open_batches = [b for b in session.exec(select(Batch)) if b.state in OPEN]
    for delivery in kept:
        intake.take(house, delivery)
    for repository in repositories:
        merge.merge_approved(house, repository)
        release.advance(house, repository)
        _by_timetable(house, repository)
    for row in open_batches:
        batch.advance(house, row.repository, row.id)
    house.ring("work")
    say.speak(house)


def catch_up(house: House) -> None:
    """Whatever was pushed and nobody told us, while we were away or the door was, for every repository."""
    for row in _repositories(house):
        missed = intake.catch_up(house, row)
        if missed:
            log.warning("caught up", repository=row.id, missed=missed)


def _repositories(house: House) -> list[Repository]:
    with house.database.read() as session:
        return list(session.exec(select(Repository)))


def _by_timetable(house: House, repository: Repository) -> None:
    policy = house.policy(repository)
    if repository.automatic:
        batch.form(house, repository)
        if not policy.release.manual:
            release.plan(house, repository)
