"""What goes wrong on the wire: every kind has its meaning, nothing waits in here, no token leaves its host."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from service.fake.gitlab.wire import Asked, Told, Wire
from tests.webhooks.gitlab.conftest import Ground
from webhooks.event import Person
from webhooks.forge import Busy, Denied, Moved, Right
from webhooks.gitlab.client import Missing, Quiet, Refused, quiet
from webhooks.gitlab.forge import GitLabForge

MR = r"/merge_requests/\d+$"


def meaning(ground: Ground, kind: str | int, **how: Any) -> Exception:
    """What a request that meets this trouble raises."""
    number = ground.request().iid
    ground.fake.trouble(kind, path=MR, **how)
    with pytest.raises((Denied, Moved, OSError)) as raised:
        ground.another(timeout="0.2").request(number)
    return raised.value


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 406, 409, 410, 422])
def test_what_is_refused_for_good_is_denied_with_its_status(ground: Ground, status: int) -> None:
    why = meaning(ground, status)
    assert isinstance(why, Refused)
    assert (why.status, isinstance(why, Missing)) == (status, status == 404)
    assert str(status) in str(why)


def test_a_token_that_is_not_known_is_named_by_its_variable(ground: Ground) -> None:
    number = ground.request().iid
    with pytest.raises(Denied, match="UPWEIGHT_GITLAB_TOKEN"):
        ground.another(token="glpat-wrong").request(number)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_what_is_broken_there_is_for_later(ground: Ground, status: int) -> None:
    why = meaning(ground, status)
    assert isinstance(why, OSError)
    assert not isinstance(why, Busy)


@pytest.mark.parametrize(("told", "after"), [("7", 7.0), ("999999999", 3600.0), ("soon", 60.0), (None, 60.0)])
def test_who_asks_us_to_wait_is_waited_for_elsewhere(ground: Ground, told: str | None, after: float) -> None:
    began = time.monotonic()
    why = meaning(ground, 429, headers={"Retry-After": told} if told else {})
    assert isinstance(why, Busy)
    assert why.after == after
    assert time.monotonic() - began < 5
    assert (
        len([it for it in ground.fake.wire.asked if it.method == "GET"]) == 1
    )  # asked once, repeated by nobody


def test_maintenance_says_when_it_is_over(ground: Ground) -> None:
    why = meaning(ground, 503, headers={"Retry-After": "120"})
    assert isinstance(why, Busy)
    assert why.after == 120


def test_what_somebody_else_holds_this_moment_is_for_later(ground: Ground) -> None:
    wire = Wire(lambda asked: Told(409, {"message": "Resource lock"}))
    with pytest.raises(OSError, match="409"):
        ground.another(url=wire.url).request(1)
    wire.close()


@pytest.mark.parametrize("kind", ["hang", "reset"])
def test_a_forge_that_does_not_answer_is_for_later(ground: Ground, kind: str) -> None:
    assert isinstance(meaning(ground, kind), OSError)


def test_a_forge_that_is_not_there_is_for_later(ground: Ground) -> None:
    with pytest.raises(OSError, match="can't be reached"):
        ground.another(url="http://127.0.0.1:9").request(1)


def test_an_answer_that_is_not_understood_is_for_later(ground: Ground) -> None:
    wire = Wire(lambda asked: Told(200, b"<html>a proxy's page</html>"))
    with pytest.raises(OSError, match="not understood"):
        ground.another(url=wire.url).request(1)
    wire.close()


def test_a_list_is_read_to_its_end_by_number_and_never_by_a_link(ground: Ground) -> None:
    one = ground.request()
    for number in range(205):
        ground.fake.say(one, ground.author, f"note {number}")
    assert len(list(ground.forge.client.each(f"/merge_requests/{one.iid}/notes", dict))) == 205
    asked = [it for it in ground.fake.wire.asked if it.path.endswith("/notes")]
    assert [it.one("page") for it in asked] == ["1", "2", "3"]


def test_a_list_without_an_end_is_refused_and_not_taken_for_half_of_it(ground: Ground) -> None:
    wire = Wire(lambda asked: Told(200, [{"id": 1}] * 100, {"X-Next-Page": "2"}))
    with pytest.raises(Denied, match="more than 10000"):
        list(ground.another(url=wire.url).client.each("/merge_requests/1/notes", dict))
    wire.close()


def test_a_redirect_to_another_host_is_not_followed(ground: Ground) -> None:
    heard: list[Asked] = []
    thief = Wire(lambda asked: (heard.append(asked), Told(200, {}))[1])
    wire = Wire(lambda asked: Told(302, {}, {"Location": f"{thief.url}{asked.path}"}))
    with pytest.raises(Denied, match="moved"):
        ground.another(url=wire.url).request(1)
    with pytest.raises(Denied):
        ground.another(url=wire.url).write(1, "triage", "x")
    assert heard == []
    wire.close()
    thief.close()


def test_a_redirect_within_the_host_is_followed_to_read_and_not_to_write(ground: Ground) -> None:
    one = ground.request()

    def old(asked: Asked) -> Told:
        path = asked.path.replace("old%2Fname", "school%2Ftaxonomy")
        return (
            Told(301, {}, {"Location": path})
            if "old%2Fname" in asked.path
            else ground.fake.site.answer(asked)
        )

    wire = Wire(old)
    forge = ground.another(url=wire.url)
    forge.client._at = "/projects/old%2Fname"
    assert forge.request(one.iid).iid == one.iid
    with pytest.raises(Denied, match="301"):
        forge.client.post(f"/merge_requests/{one.iid}/notes", dict, body="x")
    assert one.notes == []
    wire.close()


def test_a_file_that_lies_in_a_store_elsewhere_is_there(ground: Ground) -> None:
    heard: list[Asked] = []
    store = Wire(lambda asked: (heard.append(asked), Told(200, {}))[1])
    wire = Wire(lambda asked: Told(302, {}, {"Location": f"{store.url}/signed"}))
    assert ground.another(url=wire.url).client.has("/packages/generic/upweight/v1/model.gguf")
    assert heard == []
    for one in (wire, store):
        one.close()


def test_no_token_is_logged_or_told_by_an_error(ground: Ground, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    token, number = ground.fake.token, ground.request().iid
    told = []
    for kind in (401, 403, 404, 409, 422, 429, 500, "hang", "reset", "lost"):
        ground.fake.trouble(kind, path=MR, seconds=0.3)
        with pytest.raises((Denied, Moved, OSError)) as raised:
            ground.another(timeout="0.2").request(number)
        told += [repr(raised.value), str(raised.value), repr(raised.value.__cause__)]
    assert ground.another(timeout="0.2", url="http://127.0.0.1:9").right(Person("gitlab", "7")) == Right.none
    assert token not in "".join(told) + caplog.text
    assert all(it.headers.get("private-token") == token for it in ground.fake.wire.asked)
    assert not any(token in it.path + str(it.query) for it in ground.fake.wire.asked)


def test_an_answer_that_repeats_the_token_does_not_bring_it_into_an_error(ground: Ground) -> None:
    wire = Wire(lambda asked: Told(403, {"message": f"no {asked.headers['private-token']} here"}))
    with pytest.raises(Denied) as raised:
        ground.another(url=wire.url).request(1)
    assert ground.fake.token not in str(raised.value)
    wire.close()


# One gate for everybody


def test_while_gitlab_wants_us_to_wait_nobody_asks_it_anything(ground: Ground) -> None:
    one = ground.request()
    ground.fake.trouble(429, path=MR, headers={"Retry-After": "30"})
    with pytest.raises(Busy):
        ground.forge.request(one.iid)
    asked = len(ground.fake.wire.asked)
    asks: list[Callable[[GitLabForge], object]] = [
        lambda forge: forge.request(one.iid),
        lambda forge: forge.write(one.iid, "triage", "x"),
        lambda forge: forge.open_pulls(),
    ]
    for forge in (ground.forge, ground.another(), ground.another(token="glpat-another")):
        for ask in asks:
            with pytest.raises(Busy) as busy:
                ask(forge)
            assert 25 < busy.value.after <= 30
    assert len(ground.fake.wire.asked) == asked
    quiet.forget()
    assert ground.forge.request(one.iid).iid == one.iid


def test_another_thread_meets_the_same_gate(ground: Ground) -> None:
    one = ground.request()
    ground.fake.trouble(429, path=MR, headers={"Retry-After": "30"})
    with pytest.raises(Busy):
        ground.forge.request(one.iid)
    met: list[Exception] = []

    def ask() -> None:
        try:
            ground.forge.request(one.iid)
        except OSError as why:
            met.append(why)

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert [type(why) for why in met] == [Busy]
    quiet.forget()


def test_a_gate_is_of_one_host_and_the_longest_wait_counts() -> None:
    now = [0.0]
    gate = Quiet(lambda: now[0])
    gate.ask("https://GITLAB.example:8443/git", 30)
    gate.ask("https://gitlab.example:8443/git", 5)
    assert gate.left("https://gitlab.example:8443") == 30
    assert gate.left("https://gitlab.example") <= 0
    now[0] = 30
    assert gate.left("https://gitlab.example:8443/git") <= 0
