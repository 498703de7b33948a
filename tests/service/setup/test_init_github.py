"""``upweight init github`` from its page to the file that it leaves."""

from __future__ import annotations

import json
import re
import threading
import webbrowser
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from service.cli import app
from service.settings import read
from tests.service.setup.small import Small
from tests.service.setup.test_manifest import MADE, PEM

SECRETS = ("BEGIN RSA", "MIIE", "hook-secret-1", "client-secret-1")


@pytest.fixture
def person(small: Small, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Somebody whose browser opens the page and comes back from GitHub at once; what it showed."""
    monkeypatch.setenv("UPWEIGHT_GITHUB_API", small.url)
    small.answers["POST /app-manifests/c0de/conversions"] = (201, MADE)
    seen: list[str] = []

    def visit(url: str) -> None:
        page = httpx.get(url).text
        state = re.search(r"state=([\w-]+)", page)
        assert state
        back = httpx.get(f"{url}/callback", params={"code": "c0de", "state": state.group(1)})
        seen.extend([page, back.text])

    def opens(url: str) -> bool:
        threading.Thread(target=visit, args=(url,), daemon=True).start()
        return True

    monkeypatch.setattr(webbrowser, "open", opens)
    return seen


def init(home: Path, *more: str) -> Result:
    return CliRunner().invoke(
        app,
        [
            "init",
            "github",
            "--home",
            str(home),
            "--public-url",
            "https://up.example",
            "--minutes",
            "0.3",
            *more,
        ],
    )


def test_the_keys_are_stored_for_the_service_and_shown_nowhere(
    person: list[str], small: Small, tmp_path: Path
) -> None:
    done = init(tmp_path, "--open", "--json")
    assert done.exit_code == 0, done.output
    answer = json.loads(done.stdout)
    file = tmp_path / "secrets" / "github.json"
    assert answer["data"]["file"] == str(file)
    assert answer["data"]["install"] == "https://github.com/apps/upweight-harbour/installations/new"
    assert file.stat().st_mode & 0o777 == 0o600
    told = read({}, home=tmp_path).forge("github")
    assert (told["app_id"], told["private_key"], told["webhook_secret"]) == ("4711", PEM, "hook-secret-1")
    assert told["git"] == "https://github.com/{owner}/{name}.git"
    assert "upweight up --forge github --repository" in done.stderr
    assert not [secret for secret in SECRETS for text in (done.output, *person) if secret in text]


def test_a_second_app_is_made_only_when_asked_for_and_the_older_secret_stays_good(
    person: list[str], small: Small, tmp_path: Path
) -> None:
    assert init(tmp_path, "--open").exit_code == 0
    file = tmp_path / "secrets" / "github.json"
    before = file.read_bytes()
    refused = init(tmp_path, "--open")
    assert refused.exit_code == 3
    assert "--again" in refused.stderr
    assert file.read_bytes() == before
    newer = {**MADE, "id": 4712, "webhook_secret": "hook-secret-2"}
    small.answers["POST /app-manifests/c0de/conversions"] = (201, newer)
    assert init(tmp_path, "--open", "--again").exit_code == 0
    assert read({}, home=tmp_path).door_secrets("github") == [b"hook-secret-2", b"hook-secret-1"]


def test_nobody_comes_and_nothing_is_stored(small: Small, tmp_path: Path) -> None:
    done = init(tmp_path, "--minutes", "0.0001")
    assert done.exit_code == 1
    assert "Open http://127.0.0.1:" in done.stderr
    assert not (tmp_path / "secrets" / "github.json").exists()


def test_without_an_address_that_github_reaches_it_says_how_to_get_one(small: Small, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["init", "github", "--home", str(tmp_path)])
    assert done.exit_code == 3
    assert "UPWEIGHT_PUBLIC_URL" in done.stderr
    for wrong in (("--host", "https://x"), ("--org", "a/b"), ("--name", "<b>")):
        assert init(tmp_path, *wrong).exit_code == 2


def test_an_enterprise_has_its_own_addresses(
    person: list[str], small: Small, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = init(tmp_path, "--open", "--host", "git.harbour.example")
    assert done.exit_code == 0, done.output
    assert "https://git.harbour.example/settings/apps/new?state=" in person[0]
    monkeypatch.delenv("UPWEIGHT_GITHUB_API")
    told = read({}, home=tmp_path).forge("github")
    assert told["api"] == "https://git.harbour.example/api/v3"
