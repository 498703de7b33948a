"""A job as a process of this machine: out of memory kills the job, never the worker.

The child holds a lock on its job directory for as long as it lives, so that after a kill -9 of the service
the orphan is found and ended before the job is started again: two never write to one directory.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path


class Process:
    """A started job."""

    def __init__(self, kind: str, directory: Path, threads: int, environ: dict[str, str]) -> None:
        self.directory = directory
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            _take(lock, directory)
            log = (directory / "log.txt").open("ab")
            environ = {**environ, "OMP_NUM_THREADS": str(threads), "TOKENIZERS_PARALLELISM": "false"}
            self._child = subprocess.Popen(
                [sys.executable, "-m", "eval_harness", kind, str(directory)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environ,
                pass_fds=(lock,),
                start_new_session=True,
            )
            log.close()
            (directory / "pid").write_text(str(self._child.pid))
        finally:
            os.close(lock)

    def ended(self) -> int | None:
        """The exit code, or None while it runs."""
        return self._child.poll()

    def stop(self, patience: float = 10.0) -> None:
        """Ask it to save a checkpoint and stop; kill it where it does not."""
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
            pid = directory / "pid"
            if pid.exists() and attempt % 20 == 0:
                _signal(int(pid.read_text() or 0), signal.SIGKILL)
            time.sleep(0.05)
    raise OSError(f"{directory} is locked by another process that can't be ended")


def _signal(pid: int, number: signal.Signals) -> None:
    if pid <= 1:
        return
    with suppress(ProcessLookupError):
        os.killpg(pid, number)
