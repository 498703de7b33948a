"""Worker and timetable inside the web process: one process, no server needed.

Celery's memory transport reaches nobody outside, so worker and beat are threads here. The queue only rings;
what a crash forgets, the sweep of rows asks for again.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress
from typing import Any

import celery.worker.state as worker_state
from celery import Celery
from celery.beat import EmbeddedService
from celery.worker import WorkController

from service.house import House


class Embedded:
    """Starts and stops the two threads."""

    def __init__(self, house: House, app: Celery) -> None:
        self.house, self.app = house, app
        self._worker: Any = None
        self._thread: threading.Thread | None = None
        self._beat: Any = None

    async def start(self) -> None:
        """Return when the worker takes tasks."""
        await asyncio.to_thread(self._start)

    def _start(self) -> None:
        ready = threading.Event()
        worker_state.should_stop = None
        self._worker = WorkController(
            app=self.app,
            hostname="house@localhost",
            pool_cls="threads",
            concurrency=self.house.settings.slots + 3,
            loglevel="WARNING",
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            ready_callback=lambda *_: ready.set(),
        )
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()
        self._beat = EmbeddedService(self.app, thread=True, scheduler_cls="celery.beat:Scheduler")
        self._beat.start()
        ready.wait(20)

    def _run(self) -> None:
        with suppress(SystemExit):  # how a worker says that it was told to stop
            self._worker.start()

    async def stop(self) -> None:
        """Runs save a checkpoint and go back into the queue; the threads end."""
        self.house.stopping.set()
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        if self._beat is not None:
            self._beat.stop()
        worker_state.should_stop = 0
        if self._thread is not None:
            self._thread.join(30)
        worker_state.should_stop = None
