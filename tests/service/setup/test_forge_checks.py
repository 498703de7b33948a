"""The doctor on repositories of forges: each lack with its remedy, nothing asked for plain ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygit2
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from service.cli import forge_checks
from service.cli.checks import Look
from service.db.tables import Repository
from service.house import open_house
from service.settings import read
from service.setup.manifest import EVENTS, PERMISSIONS
from tests.service.setup.small import Small
from tests.service.setup.test_init_gitlab import AT, TOKEN, ours, well
from webhooks.github import client

RIGHTS = {key: level for key, (level, _) in PERMISSIONS.items()}
APP = {"html_url": "https://github.com/apps/up", "slug": "up", "permissions": RIGHTS, "events": list(EVENTS)}
THERE = {"id": 8, "html_url": "https://github.com/settings/installations/8", "permissions": RIGHTS}
INSTALLATION = "GET /repos/harbour/taxonomy/installation"
REFS = "GET /harbour/taxonomy.git/info/refs"


@pytest.fixture(scope="session")
def pem() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    client.forget()
    yield
    client.forget()


def looks(tmp_path: Path, environ: dict[str, str], forge: str, after: bool = False) -> list[Look]:
    """What the doctor says of harbour/taxonomy on this forge."""
    mirror = pygit2.init_repository(str(tmp_path / "mirror.git"), bare=True)
    if after:
        files, section = mirror.TreeBuilder(), mirror.TreeBuilder()
        section.insert("policy.toml", mirror.create_blob(b'[merge]\nwhen = "after"\n'), 0o100644)
        files.insert(".upweight", section.write(), 0o040000)
        person = pygit2.Signature("Ada", "ada@example.org", 1, 0)
        mirror.create_commit("refs/heads/main", person, person, "Policy", files.write(), [])
    settings = read(environ, home=tmp_path / "home", public_url="https://up.example")
    house = open_house(settings)
    with house.database.write() as session:
        session.add(
            Repository(
                id="harbour.taxonomy", forge=forge, name="harbour/taxonomy", address=mirror.path, created=0.0
            )
        )
    house.database.close()
    return forge_checks.forges(settings)


def github(small: Small, tmp_path: Path, pem: str, after: bool = False, **other: str) -> list[Look]:
    file = tmp_path / "key.pem"
    file.write_text(pem)
    told = {
        "API": small.url,
        "GIT": small.url + "/{owner}/{name}.git",
        "APP_ID": "7",
        "PRIVATE_KEY_FILE": str(file),
        "WEBHOOK_SECRET": "s",
    } | other
    environ = {f"UPWEIGHT_GITHUB_{key}": value for key, value in told.items()}
    well_there = {
        "GET /app": (200, APP),
        "GET /app/hook/config": (200, {"url": "https://up.example/webhooks/github"}),
        INSTALLATION: (200, THERE),
        "POST /app/installations/8/access_tokens": (
            201,
            {"token": "ghs_x", "expires_at": "2999-01-01T00:00:00Z"},
        ),
        REFS: (200, b"001e# service=git-upload-pack\n"),
    }
    small.answers = well_there | small.answers
    return looks(tmp_path, environ, "github", after)


def wrong(found: list[Look]) -> list[str]:
    """What is not ok, each with a remedy."""
    assert all(each.remedy for each in found if each.state != "ok")
    assert {each.name.split()[1] for each in found} == {"harbour/taxonomy"}
    return [f"{each.state} {each.message}" for each in found if each.state != "ok"]


def test_a_repository_that_is_well_set_up_is_ok_in_every_line(small: Small, tmp_path: Path, pem: str) -> None:
    found = github(small, tmp_path, pem)
    assert wrong(found) == []
    assert len(found) >= 5
    assert REFS in small.what()
    assert "ghs_x" not in str(found)


@pytest.mark.parametrize(
    ("what", "answer", "says"),
    [
        ("GET /app", (401, {"message": "Bad credentials"}), "401"),
        ("GET /app", (200, {**APP, "permissions": RIGHTS | {"checks": "read"}}), "not ask for checks: write"),
        ("GET /app", (200, {**APP, "events": [e for e in EVENTS if e != "push"]}), "not hear of push"),
        ("GET /app/hook/config", (200, {"url": "https://old.example"}), "delivers to https://old.example"),
        (INSTALLATION, (404, {"message": "Not Found"}), "not installed there"),
        (INSTALLATION, (200, {**THERE, "suspended_at": "2026-01-01T00:00:00Z"}), "suspended"),
        (INSTALLATION, (200, {**THERE, "permissions": {}}), "not given contents: write"),
        (REFS, (403, {}), "answered 403"),
    ],
)
def test_each_lack_on_github_is_told_with_its_remedy(
    small: Small, tmp_path: Path, pem: str, what: str, answer: tuple[int, Any], says: str
) -> None:
    small.answers[what] = answer
    (told, *more) = wrong(github(small, tmp_path, pem))
    assert says in told
    assert not more


def test_keys_and_secrets_that_lack_are_told_without_asking_anybody(
    small: Small, tmp_path: Path, pem: str
) -> None:
    found = wrong(github(small, tmp_path, pem, APP_ID="", WEBHOOK_SECRET=""))
    assert any("UPWEIGHT_GITHUB_APP_ID" in each for each in found)
    assert any("No secret of deliveries" in each for each in found)
    assert not small.asked


def test_a_protected_branch_is_told_of_where_the_policy_has_us_move_it(
    small: Small, tmp_path: Path, pem: str
) -> None:
    small.answers["GET /repos/harbour/taxonomy/branches/main"] = (200, {"name": "main", "protected": True})
    (told,) = wrong(github(small, tmp_path, pem, after=True))
    assert told.startswith("warn main is protected")


def gitlab(small: Small, tmp_path: Path, after: bool = False) -> list[Look]:
    told = {"URL": small.url, "TOKEN": TOKEN, "WEBHOOK_SECRET": "s"}
    small.answers.setdefault(REFS, (200, b""))
    return looks(tmp_path, {f"UPWEIGHT_GITLAB_{k}": v for k, v in told.items()}, "gitlab", after)


def test_a_project_that_is_well_set_up_is_ok_and_its_lacks_are_told(small: Small, tmp_path: Path) -> None:
    well(small, ours())
    assert wrong(gitlab(small, tmp_path / "one")) == []
    well(small, ours(note_events=False))
    assert wrong(gitlab(small, tmp_path / "two")) == ["fail The project's hook lacks note_events."]
    well(small)
    small.answers["GET /api/v4/personal_access_tokens/self"] = (
        200,
        {"scopes": ["api"], "expires_at": "2001-01-01"},
    )
    told = wrong(gitlab(small, tmp_path / "three"))
    assert told[0] == "warn The token ends on 2001-01-01."
    assert "hook lacks https://up.example/webhooks/gitlab" in told[1]
    assert TOKEN not in str(told)


def test_on_gitlab_a_branch_that_the_token_may_not_move_fails(small: Small, tmp_path: Path) -> None:
    well(small, ours())
    branch = f"GET {AT}/protected_branches/main"
    assert wrong(gitlab(small, tmp_path / "one", after=True)) == []  # nothing protects it
    small.answers[branch] = (200, {"push_access_levels": [{"access_level": 40}]})
    assert wrong(gitlab(small, tmp_path / "two", after=True)) == []
    small.answers[branch] = (200, {"push_access_levels": [{"access_level": 0}]})
    (told,) = wrong(gitlab(small, tmp_path / "three", after=True))
    assert told.startswith("fail main is protected")
    small.answers[branch] = (403, {"message": "403 Forbidden"})
    assert any("403" in each for each in wrong(gitlab(small, tmp_path / "four", after=True)))


def test_a_plain_home_and_no_home_ask_nobody(small: Small, tmp_path: Path) -> None:
    settings = read({}, home=tmp_path / "home")
    assert forge_checks.forges(settings) == []
    assert not settings.home.exists()
    house = open_house(settings)
    with house.database.write() as session:
        session.add(Repository(id="plain", forge="plain", address=str(tmp_path), created=0.0))
    house.database.close()
    assert forge_checks.forges(settings) == []
    assert not small.asked
