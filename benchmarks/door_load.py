"""Deliveries sent to a server on this machine: as many as it takes, or so many a second; and what each cost it.

The sender is one process on a core of its own. It writes whole requests that were made before, so that it stays cheaper
than any server that it measures.
"""

from __future__ import annotations

import asyncio
import os
import random
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

CONNECTIONS = 16
Request = Callable[[], bytes]  # the next one; its delivery has an id of its own


class Line(asyncio.Protocol):
    """One connection that is kept, and one request at a time."""

    def __init__(self) -> None:
        self._got = b""
        self._answer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]

    async def send(self, request: bytes) -> None:
        """Return when the whole answer is here. Raises RuntimeError where it is no 2xx."""
        self._got, self._answer = b"", asyncio.get_running_loop().create_future()
        self.transport.write(request)
        await self._answer

    def data_received(self, data: bytes) -> None:
        """A part of the answer."""
        self._got += data
        head, separator, body = self._got.partition(b"\r\n\r\n")
        if not separator or self._answer is None or self._answer.done():
            return
        if not head.startswith(b"HTTP/1.1 2"):
            self._answer.set_exception(RuntimeError(self._got[:300].decode(errors="replace")))
        elif _whole(head.lower(), body):
            self._answer.set_result(None)

    def connection_lost(self, trouble: Exception | None) -> None:
        """It broke."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(trouble or ConnectionResetError("the server hung up"))


def _whole(head: bytes, body: bytes) -> bool:
    """Whether all of a body is there, by its length or its last chunk."""
    _, found, rest = head.partition(b"content-length:")
    if found:
        return len(body) >= int(rest.partition(b"\r\n")[0])
    return b"transfer-encoding: chunked" not in head or body.endswith(b"0\r\n\r\n")


async def _lines(port: int) -> list[Line]:
    loop = asyncio.get_running_loop()
    return [(await loop.create_connection(Line, "127.0.0.1", port))[1] for _ in range(CONNECTIONS)]


async def flood(port: int, request: Request, seconds: float) -> float:
    """Deliveries a second that the server takes, sixteen at a time."""
    lines, done = await _lines(port), 0
    began = time.perf_counter()

    async def one(line: Line) -> None:
        nonlocal done
        while time.perf_counter() < began + seconds:
            await line.send(request())
            done += 1

    await asyncio.gather(*(one(line) for line in lines))
    took = time.perf_counter() - began
    for line in lines:
        line.transport.close()
    return done / took


async def drip(port: int, request: Request, seconds: float, rate: float) -> list[float]:
    """Seconds until each answer, at `rate` a second, counted from when it should have been sent; sorted."""
    free: asyncio.Queue[Line] = asyncio.Queue()
    lines, took = await _lines(port), []
    for line in lines:
        free.put_nowait(line)

    async def one(due: float) -> None:
        line = await free.get()
        await line.send(request())
        took.append(time.perf_counter() - due)
        free.put_nowait(line)

    began, waiting = time.perf_counter() + 0.1, []
    for number in range(int(seconds * rate)):
        due = began + number / rate
        if (early := due - time.perf_counter()) > 0:
            await asyncio.sleep(early)
        waiting.append(asyncio.create_task(one(due)))
    await asyncio.gather(*waiting)
    for line in lines:
        line.transport.close()
    return sorted(took)


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to whoever connects.

    Among those a probe of a server that is not up yet may come to connect to itself.
    """
    while True:
        port = random.randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def listens(port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def processor_seconds(pid: int) -> float:
    """What a process and its threads have used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
