"""A worker on its own: the same tasks as in the web process, in as many processes as one likes.

They share the home's folder and database with `upweight up`, which keeps the door and the timetable.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from typing import Any

from service.embedded import Threads
from service.house import House
from service.serve import log_to_stderr
from service.tasks import app_is_embedded, make_app, worker_name


class NoBroker(RuntimeError):
    """The queue lives inside the web process, where no other worker hears it."""


def work(house: House, told: Callable[[dict[str, Any]], None]) -> None:
    """Work until SIGINT or SIGTERM. `told` hears once under which name; raises NoBroker, or RuntimeError when
    the queue is lost."""
    if app_is_embedded(house):
        raise NoBroker(f"The queue of {house.home} lives inside `upweight up`, which works itself.")
    log_to_stderr()
    ended = threading.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, lambda *_: ended.set())
    threads = Threads(house, make_app(house), timetable=False)
    threads.begin()
    try:
        told({"worker": worker_name(house), "slots": house.settings.slots, "home": str(house.home)})
        house.ring("work")  # whatever waits already
        while not ended.wait(1):
            if not threads.alive:
                raise RuntimeError("The worker lost its queue.")
    finally:
        threads.end()
        house.judge.close()
