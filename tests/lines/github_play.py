"""A service that listens to the fake GitHub, and what a test waits for on either side."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from service.fake.bare import Files
from service.fake.github.play import FakeGitHub
from service.fake.github.state import CheckRun, Issue
from tests.lines.served import Served

DATA = Path(str(files("service.demo") / "data"))
WAIT = 90.0  # seconds; what takes longer has come to a stand


def read(folder: Path) -> Files:
    """The files below a folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


class Play(Served):
    """The fake, and a service that listens to it; `given` goes on its command line, `told` into its environment."""

    wait = WAIT

    def __init__(self, fake: FakeGitHub, home: Path, *given: str, told: dict[str, str] | None = None) -> None:
        self.fake = fake
        own = {f"UPWEIGHT_GITHUB_{name.upper()}": value for name, value in fake.settings().items()}
        where = ("--forge", "github", "--repository", fake.repo.full_name, "--model", "tiny")
        super().__init__(home, *where, *given, told={**own, **(told or {})})
        fake.deliveries.to = f"{self.url}/webhooks/github"

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
