"""Judging in a process of its own, which can be killed: strangers' bytes are parsed there and nowhere else.

One process answers one question after another over pipes, keeps the index of seeds, and says what it reads just
then; so whoever takes too long or kills it is known by number and head. It is started when it is first needed,
replaced when it is gone, and ends with whoever started it: the pipe closes.
"""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import msgspec

from service import logs
from triage_rules.facts import NOTHING, Told

log = logs.named("judge")
COMMAND = (sys.executable, "-m", "service.placement.judge_server")
LIMIT = 10.0  # seconds for one revision
PATIENCE = 60.0  # times as long for what is no stranger's: starting, and reading the whole tree
HEAD = 4  # bytes of a frame's length

Shunned = set[tuple[str, int, str]]  # address, number, head: what ended a judge, and nobody reads again


Seen = tuple[tuple[str, float], ...]  # heads and when we saw them, the oldest first


class Open(msgspec.Struct, frozen=True):
    """Another open contribution; its revisions tell when it first said what it says now."""

    number: int
    head: str
    author_id: str
    revisions: Seen = ()


class Ask(msgspec.Struct, frozen=True):
    """Judge one revision of a repository at `address`, with its base branch at `tip`."""

    address: str
    tip: str
    head: str
    number: int
    title: str
    author: str
    policy: str | None  # the policy's text at the tip
    others: tuple[Open, ...] = ()
    told: Told = NOTHING  # the facts that are no Git objects
    text: str = ""  # the contribution's description
    revisions: Seen = ()


class Reading(msgspec.Struct, frozen=True, tag="reading"):
    """What is read now: the revision `head` of `number`, and a file of it; without a number, what is ours."""

    number: int | None = None
    head: str = ""
    path: str = ""


class Judged(msgspec.Struct, frozen=True, tag="judged"):
    """The verdict as JSON, the leaves that the revision touches, and its outline as JSON."""

    verdict: dict[str, Any]
    leaves: list[str]
    outline: dict[str, Any] | None = None


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """The judgement failed by a fault of ours, while this was read."""

    trace: str
    reading: Reading


class Stopped(msgspec.Struct, frozen=True):
    """The revision took too long, or ended the process that read it."""

    reading: Reading
    why: str


TELL: msgspec.msgpack.Decoder[Reading | Judged | Fault] = msgspec.msgpack.Decoder(Reading | Judged | Fault)
ASK = msgspec.msgpack.Decoder(Ask)
WRITE = msgspec.msgpack.Encoder()


class Gone(Exception):
    """The other end of the pipe is gone, or silent for too long."""


class NoJudge(RuntimeError):
    """Nobody can judge just now: the process does not start, or the house is closing. Ask again later."""


def send(pipe: int, what: msgspec.Struct) -> None:
    """One frame: its length, then msgpack. Raises Gone."""
    data = WRITE.encode(what)
    rest = memoryview(len(data).to_bytes(HEAD, "big") + data)
    try:
        while rest:
            rest = rest[os.write(pipe, rest) :]
    except BrokenPipeError:
        raise Gone("ended") from None


def receive(pipe: int, until: float | None = None) -> bytes:
    """The next frame's body, waited for until the monotonic clock says `until`. Raises Gone."""
    size = int.from_bytes(_exactly(pipe, HEAD, until), "big")
    return _exactly(pipe, size, until)


def _exactly(pipe: int, count: int, until: float | None) -> bytes:
    parts: list[bytes] = []
    with selectors.DefaultSelector() as ready:
        ready.register(pipe, selectors.EVENT_READ)
        while count:
            if until is not None and not ready.select(max(0.0, until - time.monotonic())):
                raise Gone("late")
            part = os.read(pipe, min(count, 1 << 16))
            if not part:
                raise Gone("ended")
            parts.append(part)
            count -= len(part)
    return b"".join(parts)


class Judge:
    """The one who starts, asks and replaces the process; safe in any thread, one question at a time."""

    def __init__(
        self, command: Sequence[str] = COMMAND, limit: float = LIMIT, shunned: Shunned | None = None
    ) -> None:
        self._command, self._limit = tuple(command), limit
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._shunned: Shunned = set() if shunned is None else shunned
        self._closed = False

    def start(self) -> None:
        """Start the process ahead of the first question, without waiting for it."""
        with self._turn:
            self._running()

    def close(self) -> None:
        """End the process; whoever asks afterwards gets NoJudge."""
        self._closed = True
        process = self._process
        if process is not None:
            process.kill()  # also under a question: its revision is judged again at the next start
        with self._turn:
            self._end()

    def ask(self, ask: Ask) -> Judged | Fault | Stopped:
        """The verdict; or that this revision can't be judged, because it took too long or killed its judge.

        Where another open contribution did so while it was only read, that one is left out from then on.
        """
        with self._turn:
            while True:
                told = self._twice(self._known(ask))
                if isinstance(told, Judged):
                    return told
                culprit = told.reading
                if isinstance(told, Stopped):
                    log.warning("judgement stopped", number=culprit.number, head=culprit.head, why=told.why)
                if culprit.number is None and isinstance(told, Stopped):
                    return Fault(f"What is no contribution's could not be read: {told.why}.", culprit)
                if culprit.number is None or (culprit.number, culprit.head) == (ask.number, ask.head):
                    return told
                self._shunned.add((ask.address, culprit.number, culprit.head))

    def _known(self, ask: Ask) -> Ask:
        """The question without what nobody reads again: other contributions, and former revisions of any."""

        def readable(number: int, head: str) -> bool:
            return (ask.address, number, head) not in self._shunned

        def of(number: int, revisions: Seen) -> Seen:
            return tuple(each for each in revisions if readable(number, each[0]))

        others = tuple(
            msgspec.structs.replace(each, revisions=of(each.number, each.revisions))
            for each in ask.others
            if readable(each.number, each.head)
        )
        return msgspec.structs.replace(ask, others=others, revisions=of(ask.number, ask.revisions))

    def _twice(self, ask: Ask) -> Judged | Fault | Stopped:
        """Who ends its judge is heard once more: the first time somebody else may have ended it."""
        told = self._once(ask)
        if told is None or (isinstance(told, Stopped) and told.why == "ended"):
            told = self._once(ask)
        if told is None:
            raise NoJudge("The process that judges ends before it reads anything.")
        return told

    def _once(self, ask: Ask) -> Judged | Fault | Stopped | None:
        """One try; None where the process ended before it read anything."""
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        reading: Reading | None = None
        try:
            send(process.stdin.fileno(), ask)
            while True:
                patience = self._limit if reading and reading.number is not None else self._limit * PATIENCE
                told = TELL.decode(receive(process.stdout.fileno(), time.monotonic() + patience))
                if not isinstance(told, Reading):
                    return told
                reading = told
        except Gone as gone:
            self._end()
            if self._closed:
                raise NoJudge("closing") from None
            return Stopped(reading, str(gone)) if reading is not None else None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._closed:
            raise NoJudge("closing")
        if self._process is not None and self._process.poll() is not None:
            self._end()
        if self._process is None:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                bufsize=0,
                start_new_session=True,  # Ctrl-C is for the service, which lets a judgement end
            )
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()
