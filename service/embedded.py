"""Worker and timetable as threads: inside the web process, so that one process without any server is enough.

Celery's memory transport reaches nobody outside. With a broker of its own the web process keeps the timetable, and
`upweight worker` works. The queue only rings; what a crash forgets, the sweep of rows asks for again.
"""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from contextlib import suppress
from typing import Any

import celery.worker.state as worker_state
from celery import Celery
from celery.beat import EmbeddedService
from celery.worker import WorkController

from service.house import House


class Threads:
    """Starts and stops the two threads, or the one of them that is wanted."""

    def __init__(self, house: House, app: Celery, works: bool = True, timetable: bool = True) -> None:
        self.house, self.app = house, app
        self._works, self._timetable = works, timetable
        self._worker: Any = None
        self._thread: threading.Thread | None = None
        self._beat: Any = None

    async def start(self) -> None:
        """Return when the worker takes tasks."""
        await asyncio.to_thread(self.begin)

    def begin(self) -> None:
        """Start; return when the worker takes tasks."""
        ready = threading.Event()
        if self._works:
            self._begin_to_work(ready)
        if self._timetable:
            self._beat = EmbeddedService(self.app, thread=True, scheduler_cls="celery.beat:Scheduler")
            self._beat.start()
        if self._works:
            ready.wait(20)

    def _begin_to_work(self, ready: threading.Event) -> None:
        worker_state.should_stop = None
        self._worker = WorkController(
            app=self.app,
            hostname=f"{os.getpid()}@{socket.gethostname()}",
            pool_cls="threads",
            concurrency=self.house.settings.slots + 3 + self.house.settings.rule_processes,
            loglevel="WARNING",
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            ready_callback=lambda *_: ready.set(),
        )
        self._thread = threading.Thread(target=self._run, name="worker", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with suppress(SystemExit):  # how a worker says that it was told to stop
            self._worker.start()

    @property
    def alive(self) -> bool:
        """Whether the worker's thread runs."""
        return self._thread is not None and self._thread.is_alive()

    async def stop(self) -> None:
        """Runs save a checkpoint and go back into the queue; the threads end."""
        self.house.stopping.set()
        await asyncio.to_thread(self.end)

    def end(self) -> None:
        """The same, for whoever has no event loop."""
        self.house.stopping.set()
        if self._beat is not None:
            self._beat.stop()
        worker_state.should_stop = 0
        if self._thread is not None:
            self._thread.join(30)
        worker_state.should_stop = None
