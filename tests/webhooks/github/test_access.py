"""The App's token: asked for once, kept until shortly before its end, renewed when refused, never shown."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from structlog.testing import capture_logs

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import APP, BASE, REPO, World
from webhooks.event import Person
from webhooks.forge import Busy, Denied, Right
from webhooks.github import access, client
from webhooks.github.forge import GitHubForge, opened
from webhooks.known import Where


def at_once(count: int, do: Any) -> list[Any]:
    """What `count` threads get that begin together; errors among it."""
    start, got = threading.Barrier(count), []

    def run() -> None:
        start.wait()
        try:
            got.append(do())
        except OSError as problem:
            got.append(problem)

    threads = [threading.Thread(target=run) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return got


def signing_in(server: Server) -> list[str]:
    return [
        each.path for each, _ in server.asked if "/access_tokens" in each.path or "/installation" in each.path
    ]


def test_twenty_who_come_cold_ask_once(forge: GitHubForge, world: World, server: Server) -> None:
    assert at_once(20, forge.git_login) == [("x-access-token", "ghs_secret1")] * 20
    assert len(signing_in(server)) == 2
    assert forge.open_pulls() == []
    assert world.tokens == 1


def test_a_forge_that_fails_is_asked_once_by_all_who_wait(forge: GitHubForge, server: Server) -> None:
    server.fail("access_tokens", 503, wait=0.3, times=20, retry_after="7")
    got = at_once(20, forge.git_login)
    assert all(isinstance(each, Busy) and each.after == 7 for each in got)
    assert sum("access_tokens" in path for path in signing_in(server)) < 5  # late starters ask for themselves


def test_the_app_signs_with_its_key_a_minute_early_and_for_less_than_ten(
    forge: GitHubForge, server: Server, key_file: Path
) -> None:
    forge.open_pulls()
    note = server.asked[0][0].headers["authorization"].removeprefix("Bearer ")
    public: Any = load_pem_private_key(key_file.read_bytes(), None).public_key()
    claims = jwt.decode(note, public, algorithms=["RS256"])
    assert claims["iss"] == str(APP)
    assert claims["exp"] - claims["iat"] == access.LIFE < 600


def test_a_token_that_soon_ends_is_not_handed_out(forge: GitHubForge, world: World) -> None:
    now = 1000.0
    once: access.Once[str] = access.Once(lambda: now)
    asked = iter(("one", "two"))
    assert [once.get(lambda: (next(asked), 100.0)) for _ in range(3)] == ["one"] * 3
    now += 101
    assert once.get(lambda: (next(asked), 100.0)) == "two"
    world.life = timedelta(seconds=-5)
    assert forge.git_login() != forge.git_login()


def test_a_token_that_github_does_not_take_is_renewed_once(
    forge: GitHubForge, world: World, server: Server
) -> None:
    forge.open_pulls()
    server.fail("GET .*/pulls", 401, {"message": "Bad credentials"})
    assert forge.open_pulls() == []
    assert server.asked[-1][0].headers["authorization"] == "Bearer ghs_secret2"
    server.fail("GET .*/pulls", 401, {"message": "Bad credentials"}, times=5)
    with pytest.raises(Denied, match=r"401 to GET .*Bad credentials"):
        forge.open_pulls()
    assert world.tokens == 3


def test_an_app_that_is_installed_again_is_found_by_its_new_number(
    forge: GitHubForge, world: World, server: Server
) -> None:
    server.fail("access_tokens", 404, {"message": "Not Found"})
    assert forge.git_login() == ("x-access-token", "ghs_secret1")
    assert [path for path in signing_in(server) if path.endswith("/installation")] == [
        f"{BASE}/installation"
    ] * 2


def test_an_app_that_is_not_installed_says_where(forge: GitHubForge, server: Server) -> None:
    server.fail("/installation$", 404, {"message": "Not Found"})
    with pytest.raises(Denied, match=f"not installed on {REPO}"):
        forge.open_pulls()


def test_an_installation_that_is_set_is_not_asked_for(
    world: World, server: Server, settings: Mapping[str, str], tmp_path: Path
) -> None:
    opened(Where(REPO, tmp_path, {**settings, "installation": "77"})).open_pulls()
    assert [path for path in signing_in(server) if path.endswith("/installation")] == []


def test_a_key_that_is_none_is_named(world: World, settings: Mapping[str, str], tmp_path: Path) -> None:
    file = tmp_path / "broken.pem"
    file.write_text("-----BEGIN PRIVATE KEY-----\nno\n-----END PRIVATE KEY-----\n")
    forge = opened(Where(REPO, tmp_path, {**settings, "private_key_file": str(file)}))
    with pytest.raises(Denied, match=r"UPWEIGHT_GITHUB_PRIVATE_KEY_FILE: .*broken.pem is no RSA key"):
        forge.open_pulls()


def test_no_token_and_no_key_is_ever_logged_or_shown(
    forge: GitHubForge, world: World, server: Server, key_file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    number, _ = world.contribute("lamps", "Lamps")
    forge.write(number, "triage", "hello")
    server.fail("GET .*/pulls", 401, {"message": "Bad credentials"})
    forge.open_pulls()
    server.fail("permission", 500)
    with capture_logs() as logs:
        assert forge.right(Person("github", "1", "ada")) == Right.none
    assert len(logs) == 1
    problems = []
    for status in (403, 404, 422, 500):
        server.fail("GET .*/pulls", status, {"message": "no"})
        with pytest.raises((Denied, OSError)) as problem:
            forge.open_pulls()
        problems.append(repr(problem.value) + str(problem.value))
    shown = [
        repr(forge),
        repr(forge.client),
        repr(vars(forge)),
        repr(vars(forge.client)),
        repr(access._TOKENS),
    ]
    shown += [repr(access.Token("ghs_secret1", "now")), repr(forge.client.settings)]
    said = "\n".join([caplog.text, repr(logs), *problems, *shown])
    assert world.tokens == 2
    assert "ghs_secret" not in said
    assert "Bearer" not in said
    assert key_file.read_text().splitlines()[1] not in said
    notes = {each.headers["authorization"].removeprefix("Bearer ") for each, _ in server.asked}
    assert not [note for note in notes if note in said]


def test_what_is_kept_can_be_let_go(forge: GitHubForge, world: World) -> None:
    forge.git_login()
    client.forget()
    assert access._TOKENS == {}
