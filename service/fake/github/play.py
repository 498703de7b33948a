"""A fake GitHub that is served: a first repository, its people, and the settings by which a service finds it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from service.fake.bare import Files
from service.fake.deliveries import Deliveries
from service.fake.faults import Faults
from service.fake.github.hub import Hub
from service.fake.github.people import People
from service.fake.github.state import Repo
from service.fake.server import Exchange, Server


class FakeGitHub:
    """Use it with ``with``: it listens inside. Everything that it keeps on disk lies in `folder`."""

    def __init__(
        self,
        folder: Path,
        repository: str = "harbour/taxonomy",
        *,
        files: Files | None = None,
        branch: str = "main",
        port: int = 0,
        seed: int = 0,
        deliver_to: str = "",
        secret: str = "",
        checked: Callable[[Exchange], list[str]] | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.hub = Hub(folder, seed, deliver_to, secret)
        self.repo: Repo = self.hub.make(repository, files, branch)
        self.hub.app.owner = self.repo.owner
        self.people = People(self.hub, self.repo)
        self.server = Server(self.hub, port, checked=checked)
        self.hub.url = self.url = self.server.url
        self.hub.watch(self.repo)
        self.key = folder / "app.pem"
        self.key.touch(0o600)
        self.key.write_text(self.hub.app.private)

    @property
    def faults(self) -> Faults:
        """What goes wrong."""
        return self.hub.faults

    @property
    def deliveries(self) -> Deliveries:
        """What is sent."""
        return self.hub.deliveries

    def settings(self) -> dict[str, str]:
        """What an operator sets for it: `api` is UPWEIGHT_GITHUB_API, and so on."""
        return {
            "api": self.url,
            "git": self.hub.git_template,
            "app_id": str(self.hub.app.id),
            "private_key_file": str(self.key.absolute()),
            "webhook_secret": self.hub.app.secret,
        }

    def __enter__(self) -> FakeGitHub:
        self.server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.hub.deliveries.close()
        self.server.close()
