"""The App's manifest, the page that posts it and the way back, over real HTTP."""

from __future__ import annotations

import html
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.setup import callback, manifest, public, stored
from tests.service.setup.small import Small

PEM = "-----BEGIN RSA PRIVATE KEY-----\nMIIE-not-a-real-one\n-----END RSA PRIVATE KEY-----\n"
MADE: dict[str, Any] = {
    "id": 4711,
    "slug": "upweight-harbour",
    "node_id": "A_x",
    "owner": {"login": "harbour", "id": 7},
    "name": "Upweight Harbour",
    "html_url": "https://github.com/apps/upweight-harbour",
    "client_id": "Iv23abc",
    "client_secret": "client-secret-1",
    "webhook_secret": "hook-secret-1",
    "pem": PEM,
    "permissions": {},
    "events": [],
}
CONVERSION = "POST /app-manifests/c0de/conversions"


@pytest.fixture
def page(small: Small) -> Iterator[tuple[callback.Waiting, list[manifest.App]]]:
    kept: list[manifest.App] = []

    def finish(app: manifest.App) -> str:
        kept.append(app)
        return app.html_url + "/installations/new"

    server = callback.Waiting(
        0,
        manifest.form("https://github.com", "harbour"),
        lambda back: manifest.manifest(
            "up", "https://up.example", "https://up.example/webhooks/github", back
        ),
        lambda code: manifest.convert(small.url, code),
        finish,
    )
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server, kept
    server.shutdown()
    server.server_close()


def shown(text: str) -> tuple[str, dict[str, Any]]:
    """The form's address and its manifest, as a browser would send them."""
    action = re.search(r'action="([^"]*)"', text)
    value = re.search(r'name="manifest" value="([^"]*)"', text)
    assert action
    assert value
    return html.unescape(action.group(1)), json.loads(html.unescape(value.group(1)))


def test_the_page_posts_the_manifest_and_the_way_back_stores_the_app(
    page: tuple[callback.Waiting, list[manifest.App]], small: Small
) -> None:
    server, kept = page
    small.answers[CONVERSION] = (201, MADE)
    answer = httpx.get(server.url)
    action, told = shown(answer.text)
    assert action == f"https://github.com/organizations/harbour/settings/apps/new?state={server.state}"
    assert told["redirect_url"] == f"{server.url}/callback"
    assert told["public"] is False
    assert told["hook_attributes"] == {"url": "https://up.example/webhooks/github", "active": True}
    assert "form-action https://github.com" in answer.headers["content-security-policy"]
    done = httpx.get(f"{server.url}/callback", params={"code": "c0de", "state": server.state})
    assert done.status_code == 200
    assert "https://github.com/apps/upweight-harbour/installations/new" in done.text
    assert [app.id for app in kept] == [4711]
    assert server.made.is_set()
    assert all(secret not in done.text for secret in (PEM, "hook-secret-1", "client-secret-1"))


def test_two_tabs_and_a_page_that_is_loaded_again_make_one_app(
    page: tuple[callback.Waiting, list[manifest.App]], small: Small
) -> None:
    server, kept = page
    small.answers[CONVERSION] = (201, MADE)
    assert httpx.get(server.url).text == httpx.get(server.url).text
    for _ in range(3):
        done = httpx.get(f"{server.url}/callback", params={"code": "c0de", "state": server.state})
        assert done.status_code == 200
    assert len(kept) == 1
    assert small.what() == [CONVERSION]
    assert "installations/new" in httpx.get(server.url).text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("code=c0de", 403),
        ("code=c0de&state=", 403),
        ("code=c0de&state=wrong", 403),
        ("code=c0de&state=%C3%BC%FF", 403),
        ("state={state}", 400),
        ("code=..%2F..%2Fapp&state={state}", 502),
    ],
)
def test_a_wrong_state_or_code_asks_github_nothing_and_stores_nothing(
    page: tuple[callback.Waiting, list[manifest.App]], small: Small, query: str, status: int
) -> None:
    server, kept = page
    answer = httpx.get(f"{server.url}/callback?{query.format(state=server.state)}")
    assert answer.status_code == status
    assert not kept
    assert not small.asked
    assert not server.made.is_set()


def test_a_code_that_github_does_not_take_can_be_followed_by_another(
    page: tuple[callback.Waiting, list[manifest.App]], small: Small
) -> None:
    server, kept = page
    small.answers[CONVERSION] = (422, {"message": "Validation Failed"})
    back = f"{server.url}/callback"
    refused = httpx.get(back, params={"code": "c0de", "state": server.state})
    assert refused.status_code == 502
    assert "over an hour old" in refused.text
    small.answers["POST /app-manifests/second/conversions"] = (201, MADE)
    assert httpx.get(back, params={"code": "second", "state": server.state}).status_code == 200
    assert len(kept) == 1


def test_another_name_for_this_machine_sees_nothing(
    page: tuple[callback.Waiting, list[manifest.App]],
) -> None:
    server, _ = page
    answer = httpx.get(server.url, headers={"Host": "evil.example"})
    assert answer.status_code == 421
    assert server.state not in answer.text


@pytest.mark.parametrize(
    ("status", "body", "says"),
    [
        (500, {}, "answered 500"),
        (200, MADE, "answered 200"),
        (201, b"<html>", "not understood"),
        (201, {**MADE, "pem": "none"}, "no private key"),
        (201, {"id": 1}, "not understood"),
    ],
)
def test_an_answer_that_is_no_app_is_told_of(small: Small, status: int, body: Any, says: str) -> None:
    small.answers[CONVERSION] = (status, body)
    with pytest.raises(manifest.NotMade, match=says):
        manifest.convert(small.url, "c0de")


def test_a_github_that_is_away_is_told_of_by_its_address() -> None:
    with pytest.raises(manifest.NotMade, match=r"127\.0\.0\.1:1 can't be reached"):
        manifest.convert("http://127.0.0.1:1", "c0de")


def test_each_host_has_its_pages_its_interface_and_its_git() -> None:
    assert manifest.site("github.com").api == "https://api.github.com"
    assert manifest.site("git.harbour.example").api == "https://git.harbour.example/api/v3"
    assert manifest.site("harbour.ghe.com").api == "https://api.harbour.ghe.com"
    assert manifest.site("GitHub.com").git == "https://github.com/{owner}/{name}.git"
    for wrong in ("", "https://github.com", "a b", "github.com/x", "-x"):
        with pytest.raises(ValueError, match="is no host"):
            manifest.site(wrong)


def test_names_that_github_would_not_take_are_refused() -> None:
    for wrong in ("", "x" * 35, "<b>", "a\nb"):
        with pytest.raises(ValueError, match="no name for an App"):
            manifest.manifest(wrong, "u", "d", "b")
    for wrong in ("", "a/b", "../x", "-a"):
        with pytest.raises(ValueError, match="no organization"):
            manifest.form("https://github.com", wrong)


def test_an_event_is_asked_for_with_the_right_that_github_wants_for_it() -> None:
    needs = {
        "pull_request": "pull_requests", "issue_comment": "issues", "pull_request_review": "pull_requests",
            "issues": "issues",
        "push": "contents", "check_run": "checks", "check_suite": "checks", "merge_group": "merge_queues",
        "membership": "members", "member": "members", "team": "members", "repository": "metadata",
    }  # fmt: skip
    assert set(needs) == set(manifest.EVENTS)
    assert set(needs.values()) <= set(manifest.PERMISSIONS)


def test_an_app_does_not_show_its_keys() -> None:
    app = manifest.App(1, PEM, "c", "client-secret-1", "https://x", "hook-secret-1", "s")
    assert "secret" not in repr(app)
    assert "KEY" not in repr(app)


def test_the_door_must_be_reachable_and_encrypted_beyond_this_network() -> None:
    assert public.door("https://up.example/", "github") == "https://up.example/webhooks/github"
    assert public.door("http://127.0.0.1:8400", "gitlab") == "http://127.0.0.1:8400/webhooks/gitlab"
    for wrong in (
        None,
        "",
        "up.example",
        "http://up.example",
        "https://me@up.example",
        "https://up.example/?a",
    ):
        with pytest.raises(public.NotPublic):
            public.door(wrong, "github")


def test_what_is_stored_is_its_owners_alone_and_whole(tmp_path: Path) -> None:
    file = stored.place(tmp_path / "home", "github")
    assert stored.load(file) == {}
    stored.keep(file, {"app_id": "1"})
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    stored.keep(file, {"app_id": "2"})
    assert stored.load(file) == {"app_id": "2"}
    assert [each.name for each in file.parent.iterdir()] == ["github.json"]
    file.write_text("[")
    with pytest.raises(ValueError, match="damaged"):
        stored.load(file)


def test_of_older_secrets_the_newest_stays_beside_the_new_one() -> None:
    assert stored.rotated("c", "b,a") == "c,b"
    assert stored.rotated("a", "") == "a"
    assert stored.rotated("a", "a") == "a"
