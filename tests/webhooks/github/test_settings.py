"""What an operator sets for GitHub, and what they are told where it makes no sense."""

from __future__ import annotations

from pathlib import Path

import pytest

from webhooks.github.forge import opened
from webhooks.github.settings import Settings, read
from webhooks.known import Where

KEY = "-----BEGIN RSA PRIVATE KEY-----\nsecret-of-the-app\n-----END RSA PRIVATE KEY-----\n"
GOOD = {"app_id": "42", "private_key": KEY}


def test_an_app_and_its_key_are_enough() -> None:
    found = read({**GOOD, "webhook_secret": "a,b"})
    assert (found.api, found.git) == ("https://api.github.com", "https://github.com/{owner}/{name}.git")
    assert (found.app_id, found.installation, found.private_key()) == ("42", 0, KEY)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"app_id": ""}, "UPWEIGHT_GITHUB_APP_ID: it is not set; `upweight init github`"),
        ({"app_id": "4 2"}, "UPWEIGHT_GITHUB_APP_ID: '4 2' is not an App's number"),
        ({"private_key": ""}, "UPWEIGHT_GITHUB_PRIVATE_KEY_FILE: it is not set"),
        ({"private_key_file": "/nowhere/key.pem"}, "PRIVATE_KEY_FILE: there is no file /nowhere/key.pem"),
        ({"api": "api.github.com"}, "UPWEIGHT_GITHUB_API: 'api.github.com' is no address"),
        ({"api": "http://github.example.org/api/v3"}, "API: over http the token could be read"),
        ({"api": "https://me:word@github.example.org"}, "API: it holds a user"),
        ({"git": "https://github.com/x.git"}, "UPWEIGHT_GITHUB_GIT: .* holds no {owner} and {name}"),
        ({"git": "ext::sh -c {owner}{name}"}, "UPWEIGHT_GITHUB_GIT: .* must begin with https:// or file://"),
        ({"git": "https://a:b@host/{owner}/{name}"}, "UPWEIGHT_GITHUB_GIT: it holds a user"),
        ({"installation": "x"}, "UPWEIGHT_GITHUB_INSTALLATION: 'x' is not a number"),
        ({"timeout": "0"}, "UPWEIGHT_GITHUB_TIMEOUT: it must be more than 0"),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_said_with_the_variable_s_name(told: dict[str, str], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        read({**GOOD, **told})


@pytest.mark.parametrize(
    "api", ["http://127.0.0.1:9", "http://localhost:9", "http://fake:9", "http://[::1]:9"]
)
def test_http_is_for_what_is_near(api: str) -> None:
    assert read({**GOOD, "api": api + "/"}).api == api


@pytest.mark.parametrize(
    ("api", "git"),
    [
        ("https://api.github.com", "https://github.com/{owner}/{name}.git"),
        ("https://api.harbour.ghe.com/", "https://harbour.ghe.com/{owner}/{name}.git"),
        ("https://git.example.org/api/v3", "https://git.example.org/{owner}/{name}.git"),
        ("https://api.example.org/api/v3", "https://api.example.org/{owner}/{name}.git"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/{owner}/{name}.git"),
    ],
)
def test_git_is_at_the_host_whose_token_it_is_shown(api: str, git: str) -> None:
    assert read({**GOOD, "api": api}).git == git


def test_a_key_in_a_variable_is_one_line() -> None:
    assert read({**GOOD, "private_key": KEY.replace("\n", "\\n")}).private_key() == KEY


@pytest.mark.parametrize(
    ("api", "uploads"),
    [
        ("https://api.github.com", "https://uploads.github.com"),
        ("https://api.harbour.ghe.com", "https://uploads.harbour.ghe.com"),
        ("https://git.example.org/api/v3", "https://git.example.org/api/uploads"),
        ("http://127.0.0.1:9", "http://127.0.0.1:9"),
    ],
)
def test_files_of_releases_go_to_the_address_beside_the_interface(api: str, uploads: str) -> None:
    assert read({**GOOD, "api": api}).uploads == uploads


def test_a_key_is_not_shown(tmp_path: Path) -> None:
    found = read(GOOD)
    assert "secret-of-the-app" not in repr(found) + str(found)
    assert "secret-of-the-app" not in repr(opened(Where("a/b", tmp_path, GOOD)))
    assert "secret-of-the-app" not in repr(vars(opened(Where("a/b", tmp_path, GOOD))))


def test_a_file_that_holds_no_key_or_no_authorities_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("no key")
    with pytest.raises(
        ValueError, match=r"UPWEIGHT_GITHUB_PRIVATE_KEY_FILE: .*notes.txt holds no private key"
    ):
        read({"app_id": "42", "private_key_file": str(file)}).private_key()
    with pytest.raises(ValueError, match=r"UPWEIGHT_GITHUB_AUTHORITIES: .*notes.txt holds no certificates"):
        opened(Where("a/b", tmp_path, {**GOOD, "authorities": str(file)}))


@pytest.mark.parametrize("name", ["taxonomy", "a/b/c", "../x", "a/b?x=1", "a/b#"])
def test_a_name_that_would_lead_elsewhere_is_no_repository(tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no repository on GitHub"):
        opened(Where(name, tmp_path, GOOD))


def test_the_same_settings_are_one_client(tmp_path: Path) -> None:
    one, other = opened(Where("a/b", tmp_path, GOOD)), opened(Where("a/c", tmp_path, GOOD))
    assert one.client is other.client
    assert opened(Where("a/b", tmp_path, {**GOOD, "app_id": "43"})).client is not one.client
    assert isinstance(one.client.settings, Settings)
