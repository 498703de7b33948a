"""What a forge sends to a door: kept in order, sent by one thread, redelivered on request.

The order is the order of sending unless faults say otherwise; ``settle`` waits until nothing is on its way.
"""

from __future__ import annotations

import heapq
import itertools
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import httpx

from service.fake.faults import Faults

SECONDS = 10.0  # so long a forge waits for a door's answer


@dataclass
class Attempt:
    """One try: when, how long it took, and the status (0: nobody answered)."""

    at: float
    seconds: float
    status: int
    answer: str = ""


@dataclass
class Sent:
    """A delivery: its id, what it tells, and what became of it."""

    id: int
    guid: str
    event: str
    action: str
    headers: dict[str, str]
    body: bytes
    attempts: list[Attempt] = field(default_factory=list)
    lost: bool = False

    @property
    def heard(self) -> bool:
        """Whether a door took it."""
        return any(200 <= attempt.status < 300 for attempt in self.attempts)


class Deliveries:
    """Sends to `to` (nowhere: everything is only kept). `dress` gives the headers for a guid, an event and a body."""

    def __init__(self, to: str, dress: Callable[[str, str, bytes], dict[str, str]], faults: Faults) -> None:
        self.to, self._dress, self._faults = to, dress, faults
        self.all: list[Sent] = []
        self._ids, self._order = itertools.count(1), itertools.count()
        self._due: list[tuple[float, int, Sent]] = []
        self._held: list[Sent] = []
        self._busy = 0
        self._wake = threading.Condition()
        self._open = True
        self._thread: threading.Thread | None = None

    def send(self, event: str, action: str, body: bytes) -> Sent:
        """Keep a delivery and put it on its way, as its fate will have it."""
        guid = str(uuid.uuid4())
        headers = {"Content-Type": "application/json", **self._dress(guid, event, body)}
        sent = Sent(next(self._ids), guid, event, action, headers, body)
        fate = self._faults.fate()
        with self._wake:
            self.all.append(sent)
            sent.lost = fate.times == 0
            if fate.overtaken:
                self._held += [sent] * fate.times
                return sent
            for _ in range(fate.times):
                self._push(sent, fate.late)
            for waiting in self._held:
                self._push(waiting, 0.0)
            self._held.clear()
        return sent

    def again(self, guid: str) -> Sent:
        """Redeliver, with the same id and the same bytes. Raises KeyError."""
        sent = self.find(guid)
        with self._wake:
            self._push(sent, 0.0)
        return sent

    def find(self, guid: str) -> Sent:
        """A delivery by its guid or its number. Raises KeyError."""
        for sent in self.all:
            if guid in (sent.guid, str(sent.id)):
                return sent
        raise KeyError(guid)

    def settle(self, seconds: float = 30.0) -> bool:
        """Send what is held back, and wait until all is sent; tells whether it was within these seconds."""
        with self._wake:
            for waiting in self._held:
                self._push(waiting, 0.0)
            self._held.clear()
            return self._wake.wait_for(lambda: not self._due and not self._busy, seconds)

    def close(self) -> None:
        """Send no more."""
        with self._wake:
            self._open = False
            self._wake.notify_all()
        if self._thread is not None:
            self._thread.join()

    def _push(self, sent: Sent, late: float) -> None:
        if not self.to or not self._open:
            return
        heapq.heappush(self._due, (time.monotonic() + late if late else 0.0, next(self._order), sent))
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="fake deliveries", daemon=True)
            self._thread.start()
        self._wake.notify_all()

    def _run(self) -> None:
        with httpx.Client(timeout=SECONDS, trust_env=False) as client:
            while (sent := self._next()) is not None:
                _post(client, self.to, sent)
                with self._wake:
                    self._busy -= 1
                    self._wake.notify_all()

    def _next(self) -> Sent | None:
        """The next that is due; None where no more is to be sent."""
        with self._wake:
            while self._open:
                wait = self._due[0][0] - time.monotonic() if self._due else None
                if wait is not None and wait <= 0:
                    self._busy += 1
                    return heapq.heappop(self._due)[2]
                self._wake.wait(wait)
        return None


def _post(client: httpx.Client, to: str, sent: Sent) -> None:
    began = time.monotonic()
    try:
        answer = client.post(to, content=sent.body, headers=sent.headers)
        status, text = answer.status_code, answer.text[:1000]
    except httpx.HTTPError as problem:
        status, text = 0, str(problem)
    sent.attempts.append(Attempt(time.time(), time.monotonic() - began, status, text))
