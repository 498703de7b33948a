"""The base model and the service, each as a process of its own, as a person at a terminal would start them."""

from __future__ import annotations

import ctypes
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from service import settings

PR_SET_PDEATHSIG = 1


class StoryEnds(RuntimeError):
    """The story can't go on as it is written; the message says where."""


class Base:
    """A base model that is made, or found, while other things are done."""

    def __init__(self, model: str, home: Path) -> None:
        cache = str(settings.read(settings.at_home(), home=home).cache)
        self.log = home / "base.log"
        with self.log.open("w") as file:
            self.child = subprocess.Popen(
                [sys.executable, "-m", "eval_harness", "prepare", "--model", model, "--cache", cache],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=file,
                preexec_fn=_end_with_us,
            )

    def wait(self, tell: Callable[[str], None], patience: float = 20.0) -> None:
        """Until it is ready, saying now and then what is waited for. Raises StoryEnds where it can't be made."""
        while self.child.poll() is None:
            try:
                self.child.wait(patience)
            except subprocess.TimeoutExpired:
                tell("     ... still at the base model")
        if self.child.returncode:
            said = [line for line in self.log.read_text().splitlines() if line.strip()]
            raise StoryEnds(f"The base model could not be made ready: {' '.join(said[-1:])[:600]}")

    def stop(self) -> None:
        """End what still makes it."""
        self.child.kill()
        self.child.wait()


def start_service(home: Path, bare: Path, given: list[str]) -> tuple[subprocess.Popen[str], str, str]:
    """Start `upweight up` on a home and a forge; gives the process, its address and a link to sign in."""
    command = [sys.executable, "-m", "service", "up", "--home", str(home), "--repository", str(bare)]
    command += given if "--port" in given else ["--port", "0", *given]
    with (home / "service.log").open("a") as log:
        server = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            env=settings.at_home(),
            start_new_session=True,
            preexec_fn=_end_with_us,
        )
    line = server.stdout.readline() if server.stdout else ""
    if not line:
        raise StoryEnds(f"The service did not start; its log is {home / 'service.log'}.")
    facts = json.loads(line)
    return server, facts["url"], facts["link"]


def _end_with_us() -> None:
    """A service of a play does not outlive the player, not even after a kill -9 (Linux only)."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def stop_service(server: subprocess.Popen[str] | None) -> None:
    """Ask a service to stop, and end it where it does not."""
    if server is None or server.poll() is not None:
        return
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(40)
    except subprocess.TimeoutExpired:
        server.kill()
