"""A fake GitHub that is served, a bot that signs in to it, and GitHub's description of itself where npm is present."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import jwt
import pytest

from service.fake.bare import Files
from service.fake.github.hub import Hub
from service.fake.github.play import FakeGitHub
from tests.npm import material
from tests.service.fake.description import FILE, PACKAGE, Description

LEAF = "knowledge/skerrow/lamps/qna.yaml"
FIRST: Files = {"README.md": "A taxonomy\n", LEAF: "a: 1\nb: 2\nc: 3\n"}


def signed(forge: FakeGitHub, late: float = 0.0, good: int = 540, app: str = "") -> str:
    """A JWT of the App."""
    now = int(time.time() + late)
    return jwt.encode(
        {"iat": now - 30, "exp": now + good, "iss": app or str(forge.hub.app.id)},
        forge.hub.app.private,
        "RS256",
    )


@contextmanager
def bot(forge: FakeGitHub) -> Iterator[httpx.Client]:
    """A client with an installation's token."""
    as_app = {"Authorization": f"Bearer {signed(forge)}"}
    with httpx.Client(base_url=forge.url, trust_env=False) as client:
        client.headers["Authorization"] = f"token {token(client, forge, as_app)}"
        yield client


def token(client: httpx.Client, forge: FakeGitHub, as_app: dict[str, str]) -> str:
    """A fresh token of the installation that sees the repository."""
    seen = client.get(f"/repos/{forge.repo.full_name}/installation", headers=as_app).raise_for_status().json()
    made: str = client.post(seen["access_tokens_url"], headers=as_app).raise_for_status().json()["token"]
    return made


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[FakeGitHub]:
    """A fake GitHub that listens."""
    with FakeGitHub(tmp_path / "github", files=FIRST) as served:
        yield served


@pytest.fixture
def client(forge: FakeGitHub) -> Iterator[httpx.Client]:
    """The App, signed in."""
    with bot(forge) as signed_in:
        yield signed_in


@pytest.fixture(scope="session")
def description(request: pytest.FixtureRequest) -> Description:
    """What GitHub says of its own API."""
    return Description(material(request, PACKAGE) / FILE)


@pytest.fixture
def checked(tmp_path: Path, description: Description) -> Iterator[FakeGitHub]:
    """A fake GitHub whose every exchange is looked at; a complaint fails the test."""
    hubs: list[Hub] = []
    made = FakeGitHub(
        tmp_path / "github", files=FIRST, checked=lambda seen: description.checked(hubs[0], seen)
    )
    hubs.append(made.hub)
    with made:
        yield made
    assert not made.server.complaints, "\n".join(made.server.complaints)
