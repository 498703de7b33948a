"""A job as a process of this machine: out of memory kills the job, never the worker.

The child holds a lock on its job directory for as long as it lives, and says its own pid in the locked file: so
that after a kill -9 of the service, however early, the orphan is found and ended before the job is started again,
and nobody else is. Two never write to one directory.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from service.placement.forked import KINDS, Forked, NeverBegan, Templates, templates

HARNESS = (sys.executable, "-m", "eval_harness")
# The child names itself before it becomes the job: whoever started it may be dead by then.
NAMED = ("/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"')


class Process:
    """A started job."""

    def __init__(
        self,
        kind: str,
        directory: Path,
        threads: int,
        environ: dict[str, str],
        program: Sequence[str] = HARNESS,
        forks: Templates = templates,
    ) -> None:
        self._forks = forks
        self._kind, self._directory, self._program = kind, directory, program
        self._file = (directory / "lock").absolute()
        self._environ = {**environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"}
        self._child = self._begun(program == HARNESS and kind in KINDS)

    def _begun(self, by_fork: bool) -> subprocess.Popen[bytes] | Forked:
        lock = os.open(self._file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(lock, self._directory)
            os.ftruncate(lock, 0)  # whoever is named there is dead, and its pid may be somebody else's by now
            with (self._directory / "log.txt").open("ab") as log:
                argv = [self._kind, str(self._directory.absolute())]
                told = self._forks.begin(argv, self._environ, lock, log.fileno()) if by_fork else None
                return Forked(told, self._file) if told is not None else self._spawned(lock, log)
        finally:
            os.close(lock)

    def _spawned(self, lock: int, log: BinaryIO) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [*NAMED, str(self._file), *self._program, self._kind, str(self._directory)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=self._environ,
            pass_fds=(lock,),
            start_new_session=True,
        )

    def ended(self) -> int | None:
        """The exit code, or None while it runs."""
        try:
            return self._child.poll()
        except NeverBegan:
            self._child = self._begun(by_fork=False)
            return None

    def stop(self, patience: float = 10.0) -> None:
        """Ask it to save a checkpoint and stop; kill it where it does not."""
        with suppress(NeverBegan):
            end = time.monotonic() + patience
            # It has no process yet while its template imports.
            while (code := self._child.poll()) is None and not self._child.pid:
                if time.monotonic() > end:
                    self._forks.kill()
                time.sleep(0.02)
            if code is not None:
                return
            _signal(self._child.pid, signal.SIGTERM)
            try:
                self._child.wait(patience)
            except subprocess.TimeoutExpired:
                _signal(self._child.pid, signal.SIGKILL)
                self._child.wait()


def _take(lock: int, directory: Path) -> None:
    for attempt in range(200):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except OSError:
            if attempt % 20 == 0:
                _signal(_named(lock), signal.SIGKILL)
            time.sleep(0.05)
    raise OSError(f"{directory} is locked by another process that can't be ended")


def _named(lock: int) -> int:
    """The pid in the locked file: the holder's, or 0 while the child has not said it yet."""
    text = os.pread(lock, 32, 0).strip()
    return int(text) if text.isdigit() else 0


def _signal(pid: int, number: signal.Signals) -> None:
    if pid <= 1:
        return
    with suppress(ProcessLookupError):
        os.killpg(pid, number)
