"""A job that a template forks (`eval_harness.template`): what it would import is there already.

Where there is no template to be had, or it ends before the job began, the job is started as any program is: who asks is
told so (`NeverBegan`) and nothing has happened.
"""

from __future__ import annotations

import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

# Jobs that begin with seconds of imports. A fork of a process with libraries in it is safe on Linux alone.
KINDS = {"train", "measure", "merge", "ask"} if sys.platform == "linux" else set()


class NeverBegan(Exception):
    """There is no such job, and there will be none."""


class Forked:
    """A job by the pipe on which its template tells of it."""

    def __init__(self, told: int, lock: Path) -> None:
        self._told, self._lock = told, lock
        self._heard = b""
        self._over = False
        self._code: int | None = None

    def __del__(self) -> None:
        os.close(self._told)

    @property
    def pid(self) -> int:
        """Its process; 0 before it has one."""
        return int(self._lines()[0]) if self._lines() else 0

    def poll(self) -> int | None:
        """The exit code, negative where a signal ended it; None while it runs. Raises NeverBegan."""
        if self._code is None:
            self._listen()
            lines = self._lines()
            if len(lines) > 1:
                self._code = int(lines[1])
            elif self._over and not lines:
                raise NeverBegan
            elif self._over and self._free():  # the template is gone, and the job went on without it
                self._code = -signal.SIGKILL
        return self._code

    def wait(self, timeout: float | None = None) -> int:
        """The exit code. Raises subprocess.TimeoutExpired, NeverBegan."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("a forked job", timeout or 0.0)
            time.sleep(0.02)
        return code

    def _listen(self) -> None:
        with suppress(BlockingIOError):
            while not self._over:
                new = os.read(self._told, 64)
                self._heard += new
                self._over = not new

    def _lines(self) -> list[bytes]:
        return self._heard.split(b"\n")[:-1]

    def _free(self) -> bool:
        with self._lock.open("r+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False
        return True


class Templates:
    """This process's template, started when a job asks for one and there is none."""

    def __init__(self, program: Sequence[str] = (sys.executable, "-m", "eval_harness", "template")) -> None:
        self._program = program
        self._guard = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._owner = 0

    def begin(self, argv: list[str], environ: dict[str, str], lock: int, log: int) -> int | None:
        """Ask for a job that holds `lock` and writes to `log`; the pipe that hears of it, or None if nobody listens."""
        message = json.dumps({"argv": argv, "environ": environ}).encode()
        with self._guard:
            if self._owner != os.getpid() or self._process is None or self._process.poll() is not None:
                self._start(environ)
            assert self._socket is not None
            hears, told = os.pipe()
            try:
                socket.send_fds(self._socket, [message], [lock, log, told])
            except OSError:
                os.close(hears)
                return None
            finally:
                os.close(told)
        os.set_blocking(hears, False)
        return hears

    def kill(self) -> None:
        """End the template; what it has begun goes on."""
        with self._guard:
            if self._process is not None and self._owner == os.getpid():
                self._process.kill()
                self._process.wait()

    def _start(self, environ: dict[str, str]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                self._program,
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env={**environ, "OMP_NUM_THREADS": "1"},
                start_new_session=True,
            )
        if self._socket is not None:
            self._socket.close()
        self._socket, self._owner = ours, os.getpid()


templates = Templates()
