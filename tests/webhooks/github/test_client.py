"""Limits, refusals, silence and detours: what GitHub may answer, and what each means to us."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import BASE, REPO, World
from webhooks.forge import Busy, Denied
from webhooks.github import client
from webhooks.github.forge import GitHubForge, opened
from webhooks.github.wire import Refused
from webhooks.known import Where


@pytest.mark.parametrize("status", [403, 429])
def test_a_limit_that_names_a_time_is_waited_for(forge: GitHubForge, server: Server, status: int) -> None:
    server.fail(
        "GET .*/pulls", status, {"message": "You have exceeded a secondary rate limit"}, retry_after="42"
    )
    with pytest.raises(Busy, match="wait 42 s before GET") as busy:
        forge.open_pulls()
    assert busy.value.after == 42
    with pytest.raises(Busy, match=r"4\d s of it are left"):
        forge.pull(7)
    assert len(server.lines()) == 1  # nobody asks again meanwhile, for whatever
    forge.client.quiet.clear()
    forge.open_pulls()


def test_a_spent_hour_is_waited_for_and_never_longer_than_an_hour(forge: GitHubForge, server: Server) -> None:
    for ahead, after in ((600, 600), (90_000, 3600)):
        reset = str(int(time.time()) + ahead)
        spent = {"x_ratelimit_remaining": "0", "x_ratelimit_reset": reset}
        server.fail("GET .*/pulls", 403, {"message": "API rate limit exceeded"}, **spent)
        with pytest.raises(Busy) as busy:
            forge.open_pulls()
        forge.client.quiet.clear()  # it is over
        assert after - 30 <= busy.value.after <= after


@pytest.mark.parametrize(
    ("status", "message", "headers"),
    [
        (403, "You have exceeded a secondary rate limit.", {}),
        (429, "slow down", {}),
        (429, "slow down", {"retry_after": "Wed, 21 Oct 2026 07:28:00 GMT"}),
    ],
)
def test_a_limit_that_names_no_time_is_a_minute(
    forge: GitHubForge, server: Server, status: int, message: str, headers: dict[str, str]
) -> None:
    server.fail("GET .*/pulls", status, {"message": message}, **headers)
    with pytest.raises(Busy) as busy:
        forge.open_pulls()
    assert busy.value.after == 60


def test_a_forge_in_trouble_is_tried_later(forge: GitHubForge, server: Server) -> None:
    server.fail("GET .*/pulls", 502, b"<html>")
    with pytest.raises(OSError, match="GitHub answered 502 to GET"):
        forge.open_pulls()
    server.fail("GET .*/pulls", 503, retry_after="9")
    with pytest.raises(Busy) as busy:
        forge.open_pulls()
    assert busy.value.after == 9


def test_a_forge_that_hangs_is_not_waited_for(
    world: World, server: Server, settings: Mapping[str, str], tmp_path: Path
) -> None:
    forge = opened(Where(REPO, tmp_path, {**settings, "timeout": "0.3"}))
    forge.git_login()
    server.fail("GET .*/pulls", 200, [], wait=30)
    with pytest.raises(TimeoutError, match=r"did not answer GET .* within 0\.3 s"):
        forge.open_pulls()


def test_a_forge_that_is_not_there_is_tried_later(
    settings: Mapping[str, str], server: Server, tmp_path: Path
) -> None:
    forge = opened(Where(REPO, tmp_path, {**settings, "api": "http://127.0.0.1:9"}))
    with pytest.raises(ConnectionError, match="GitHub could not be reached"):
        forge.open_pulls()


def test_an_answer_that_is_no_answer_is_tried_later(forge: GitHubForge, server: Server) -> None:
    server.fail("GET .*/pulls", 200, {"not": "a list"})
    with pytest.raises(ConnectionError, match="can't be read"):
        forge.open_pulls()


def test_a_refusal_tells_github_s_own_words_in_one_line(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    errors = [
        {"resource": "Issue", "field": "body", "code": "too_long"},
        {"message": "body\nis \x1b[31mlong"},
        "odd",
    ]
    server.fail("POST .*/comments", 422, {"message": "Validation Failed " + "x" * 999, "errors": errors})
    with pytest.raises(Refused) as refused:
        forge.write(number, "triage", "x")
    said = str(refused.value)
    assert refused.value.status == 422
    assert len(said) < 500
    assert said.isprintable()
    server.fail("POST .*/comments", 422, {"message": "Validation Failed", "errors": errors})
    with pytest.raises(Denied, match=r"Validation Failed; body too_long; body is  \[31mlong; odd"):
        forge.write(number, "triage", "x")
    server.fail("POST .*/comments", 403, b"<html>no</html>")
    with pytest.raises(Denied, match=r"403 to POST .*: no reason given"):
        forge.write(number, "triage", "x")


def test_what_was_posted_is_never_posted_again_by_itself(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, _ = world.contribute("lamps", "Lamps")
    server.fail("POST .*/comments", 502)
    with pytest.raises(OSError, match="502"):
        forge.write(number, "triage", "x")
    assert server.changes() == [f"POST {BASE}/issues/{number}/comments"]


def test_a_list_that_has_not_changed_is_not_sent_again(
    forge: GitHubForge, world: World, server: Server
) -> None:
    world.contribute("lamps", "Lamps")
    first = forge.open_pulls()
    assert forge.open_pulls() == first
    assert [answer.status for asked, answer in server.asked if asked.path == f"{BASE}/pulls"] == [200, 304]
    number, _ = world.contribute("tides", "Tides")
    assert [pull.number for pull in forge.open_pulls()][-1] == number


def test_long_lists_are_read_page_by_page_and_not_for_ever(
    forge: GitHubForge,
    world: World,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for number in range(250):
        world.contribute(f"t{number}", "T")
    assert len(forge.open_pulls()) == 250
    assert [asked.query["page"] for asked, _ in server.asked if asked.path == f"{BASE}/pulls"] == [
        "1",
        "2",
        "3",
    ]
    monkeypatch.setattr(client, "PAGES", 2)
    with capture_logs() as logs:
        assert len(forge.open_pulls()) == 200
    assert [each["path"] for each in logs] == [f"{BASE}/pulls"]


def test_a_repository_that_moved_is_followed_on_the_same_host(
    forge: GitHubForge, world: World, server: Server
) -> None:
    world.contribute("lamps", "Lamps")
    server.fail(
        "GET .*/pulls", 301, {"message": "Moved Permanently"}, location=f"{server.url}{BASE}/pulls?state=open"
    )
    assert len(forge.open_pulls()) == 1


def test_nobody_else_gets_the_token(forge: GitHubForge, world: World, server: Server) -> None:
    other = Server()
    number, _ = world.contribute("lamps", "Lamps")
    for status in (301, 302, 307, 308):
        server.fail("GET .*/pulls", status, location=f"{other.url}/pulls")
        with pytest.raises(Denied, match=r"it is at http://127.0.0.1:\d+ now"):
            forge.open_pulls()
    server.fail("POST .*/comments", 302, location=f"{server.url}{BASE}/issues/{number}/comments")
    with pytest.raises(Denied, match="302"):  # it would be sent as a GET
        forge.write(number, "triage", "x")
    other.stop()
    assert other.asked == []


@pytest.mark.parametrize("location", ["http://[", "http://a:99999/", "//", "", "ftp://127.0.0.1/x"])
def test_what_is_no_address_is_not_followed(forge: GitHubForge, server: Server, location: str) -> None:
    server.fail("GET .*/pulls", 301, times=9, location=location)
    with pytest.raises(Denied, match="301 to GET"):
        forge.open_pulls()


def test_a_circle_is_left(forge: GitHubForge, server: Server) -> None:
    server.fail("GET .*/pulls", 301, times=9, location=f"{server.url}{BASE}/pulls")
    with pytest.raises(Denied, match="moved on and on"):
        forge.open_pulls()
    assert len(server.lines()) == 3


def test_a_proxy_of_the_environment_is_used(
    world: World, server: Server, settings: Mapping[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = Server()
    monkeypatch.setenv("HTTP_PROXY", proxy.url)
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    forge = opened(Where(REPO, tmp_path, {**settings, "api": "http://github/api/v3"}))
    with pytest.raises(Denied, match="not installed"):  # the proxy knows nothing, and says 404
        forge.open_pulls()
    proxy.stop()
    assert [asked.headers["host"] for asked, _ in proxy.asked] == ["github"]
