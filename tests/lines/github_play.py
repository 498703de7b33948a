"""A service that listens to the fake GitHub, started as an operator would, and what a test waits for on either side."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from service.fake.bare import Files
from service.fake.github.play import FakeGitHub
from service.fake.github.state import CheckRun, Issue
from service.settings import at_home

DATA = Path(str(files("service.demo") / "data"))
WAIT = 90.0  # seconds; what takes longer has come to a stand


def read(folder: Path) -> Files:
    """The files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


class Play:
    """The fake, and a service that listens to it; `given` goes on its command line, `told` into its environment."""

    wait = WAIT

    def __init__(self, fake: FakeGitHub, home: Path, *given: str, told: dict[str, str] | None = None) -> None:
        self.fake = fake
        command = [sys.executable, "-m", "service", "up", "--home", str(home), "--port", "0"]
        command += ["--forge", "github", "--repository", fake.repo.full_name, "--model", "tiny", *given]
        own = {f"UPWEIGHT_GITHUB_{name.upper()}": value for name, value in fake.settings().items()}
        self.said = home.with_suffix(".log").open("a+")
        self.process = subprocess.Popen(
            command,
            env=at_home() | own | (told or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.said,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, self.log()
        fake.deliveries.to = json.loads(line)["url"] + "/webhooks/github"

    def log(self) -> str:
        """What the service said last."""
        self.said.seek(0)
        return "\n".join(self.said.read().splitlines()[-30:])

    def stop(self) -> None:
        """End the service."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=60)
        self.said.close()

    def until(self, so: Callable[[], bool], what: str = "") -> None:
        """Wait until something is so on the fake: it is looked at after each request."""
        assert self.fake.server.wait_for(so, self.wait), f"{what}\n{self.log()}"

    def issue(self, number: int) -> Issue:
        """A pull request."""
        return self.fake.repo.issues[number]

    def check(self, number: int) -> CheckRun | None:
        """The check at a pull request's head, once it is decided."""
        pull = self.issue(number).pull
        found = [run for run in self.fake.repo.checks if pull and run.head == pull.head and run.conclusion]
        return found[-1] if found else None
