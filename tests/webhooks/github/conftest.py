"""A small GitHub over real HTTP, and our client at its door."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.npm import material
from tests.webhooks.github.described import Described
from tests.webhooks.github.routes import ROUTES, marked
from tests.webhooks.github.server import Server
from tests.webhooks.github.world import APP, REPO, World
from webhooks.github import client
from webhooks.github.forge import GitHubForge, opened
from webhooks.known import Where


@pytest.fixture(scope="session")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An App's private key, made for these tests."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file = tmp_path_factory.mktemp("app") / "key.pem"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return file


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """A server that knows nothing yet; no proxy stands between, and nobody remembers another test's server."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    client.forget()
    made = Server()
    yield made
    made.stop()
    client.forget()


@pytest.fixture(scope="session")
def description(request: pytest.FixtureRequest) -> Described:
    """What GitHub says of its interface."""
    return Described(material(request, "@octokit/openapi@23.0.2") / "generated/api.github.com.json")


@pytest.fixture(params=["alone", pytest.param("described", marks=pytest.mark.slow)])
def world(request: pytest.FixtureRequest, server: Server) -> Iterator[World]:
    """A GitHub with an empty repository. In the middle tier each test runs once more, and all that was asked of it and
    answered by it is held against GitHub's own description."""
    made = World(server)
    for each in ROUTES:
        each(made, server)
    server.finish = lambda asked, answer: marked(made, asked, answer)
    said: Described | None = request.getfixturevalue("description") if request.param == "described" else None
    yield made
    if said is not None:
        told = [
            (asked, answer) for asked, answer in server.asked if answer.status < 400 and answer.status != 304
        ]
        wrong = [fault for asked, answer in told for fault in said.faults(asked, answer)]
        wrong = [fault for fault in wrong if not any(known in fault for known in made.beyond)]
        assert not wrong, "\n".join(dict.fromkeys(wrong))


@pytest.fixture
def settings(server: Server, key_file: Path) -> dict[str, str]:
    """What an operator would set for this server."""
    return {"api": server.url, "app_id": str(APP), "private_key_file": str(key_file), "timeout": "5"}


@pytest.fixture
def forge(world: World, settings: Mapping[str, str], tmp_path: Path) -> GitHubForge:
    """Our forge at it."""
    return opened(Where(REPO, tmp_path / "mirror.git", settings))
