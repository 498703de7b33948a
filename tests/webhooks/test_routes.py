"""The door: what it keeps, what it turns away, and that it keeps before it answers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import fields
from urllib.parse import urlencode

import httpx
import pytest
from structlog.testing import capture_logs

from tests.webhooks.shelf import Shelf
from webhooks.inbox import Delivery
from webhooks.known import schemes
from webhooks.plain.ring import sign
from webhooks.routes import door
from webhooks.scheme import Headers, Scheme, payload

SECRET = b"secret"
BODY = json.dumps({"schema": 1, "repository": "taxonomy", "number": 1}).encode()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def post(
    shelf: Shelf,
    body: bytes = BODY,
    forge: str = "plain",
    ring: Callable[[str], None] = lambda _id: None,
    secrets: Sequence[bytes] = (b"older", SECRET),
    forges: Mapping[str, Scheme] | None = None,
    **headers: str,
) -> httpx.Response:
    app = door(shelf, lambda _forge: secrets, ring, forges)
    given = {
        "content-type": "application/json",
        "x-upweight-signature-256": sign(SECRET, body),
        "x-upweight-delivery": "0d0f7a5e-0000-4000-8000-000000000001",
        "x-upweight-event": "pushed",
        **{k.replace("_", "-"): v for k, v in headers.items()},
    }
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as client:  # type: ignore[arg-type]
        return await client.post(f"/webhooks/{forge}", content=body, headers=given)


async def test_a_delivery_is_kept_as_it_came_and_answered_202(shelf: Shelf) -> None:
    answer = await post(shelf)
    assert (answer.status_code, answer.json()) == (202, {"kept": True})
    (kept,) = shelf.kept.values()
    assert (kept.body, kept.event, kept.repository) == (BODY, "pushed", "taxonomy")


async def test_a_second_delivery_changes_nothing(shelf: Shelf) -> None:
    await post(shelf)
    again = await post(shelf)
    assert (again.status_code, again.json(), len(shelf.kept)) == (202, {"kept": False}, 1)


@pytest.mark.parametrize("body", [b'{"zen": "hi"}', BODY, b"[]", b'{"repository": 7}'])
async def test_an_unknown_event_is_acknowledged_and_logged_and_nothing_else_happens(
    shelf: Shelf, body: bytes
) -> None:
    rung: list[str] = []
    with capture_logs() as logged:
        answer = await post(shelf, body, ring=rung.append, x_upweight_event="ping")
    assert (answer.status_code, answer.json()) == (202, {"kept": False})
    assert (shelf.kept, rung) == ({}, [])
    assert [(line["event"], line["kind"]) for line in logged] == [("delivery of an unknown event", "ping")]


@pytest.mark.parametrize("body", [b"", b"{not json", b"\xff\xfe", b"[" * 100_000])
async def test_an_unknown_event_without_a_body_that_is_json_is_turned_away(shelf: Shelf, body: bytes) -> None:
    answer = await post(shelf, body, x_upweight_event="ping")
    assert (answer.status_code, shelf.kept) == (400, {})
    assert (await post(shelf, x_upweight_event="ping", x_upweight_signature_256="")).status_code == 401


@pytest.mark.parametrize(
    ("status", "body", "forge", "headers"),
    [
        (401, BODY, "plain", {"x_upweight_signature_256": sign(b"guessed", BODY)}),
        (401, BODY, "plain", {"x_upweight_signature_256": ""}),
        (400, b"", "plain", {}),
        (400, b"{not json", "plain", {}),
        (400, b'{"repository": 7}', "plain", {}),
        (400, b'{"number": 7}', "plain", {}),
        (400, b'{"repository": ""}', "plain", {}),
        (400, b'{"repository": "t\\u0000"}', "plain", {}),  # PostgreSQL would refuse it with all its group
        (400, b'{"repository": "' + b"t" * 401 + b'"}', "plain", {}),
        (400, b"[" * 100_000, "plain", {}),
        (400, b"\xff\xfe", "plain", {}),
        (400, BODY, "plain", {"x_upweight_event": ""}),
        (400, BODY, "plain", {"x_upweight_event": "e" * 101}),
        (400, BODY, "plain", {"x_upweight_delivery": ""}),
        (404, BODY, "forgejo", {}),
        (404, BODY, "plain/x", {}),
        (415, BODY, "plain", {"content_type": "text/plain"}),
        (415, BODY, "plain", {"content_type": ""}),
        (415, BODY, "plain", {"content_type": "multipart/form-data; boundary=x"}),
        (400, b"payload=%7B%22repository%22%3A%22t%22%7D", "plain", {}),
        (400, b"other=1", "plain", {"content_type": "application/x-www-form-urlencoded"}),
        (400, BODY + b"x", "plain", {"content_type": "application/x-www-form-urlencoded"}),
    ],
)
async def test_bad_input_gets_its_status_and_nothing_is_kept(
    shelf: Shelf, status: int, body: bytes, forge: str, headers: dict[str, str]
) -> None:
    answer = await post(shelf, body, forge, **headers)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert not shelf.kept


async def test_a_content_type_that_is_refused_says_what_to_set(shelf: Shelf) -> None:
    answer = await post(shelf, content_type="text/plain")
    assert "application/json" in answer.json()["error"]
    assert shelf.counted == {("plain", "", "refused 415"): 1}


async def test_json_is_told_whatever_parameters_and_capitals_it_has(shelf: Shelf) -> None:
    assert (await post(shelf, content_type="Application/JSON; charset=utf-8")).status_code == 202


async def test_a_form_is_signed_and_kept_raw_and_read_by_its_payload(shelf: Shelf) -> None:
    text = json.dumps({"repository": "taxonomy", "title": "Bells & \u00e4 + more"}, ensure_ascii=False)
    body = urlencode({"payload": text}).encode()
    answer = await post(shelf, body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 202
    (kept,) = shelf.kept.values()
    assert (kept.body, kept.repository, payload(kept.body).decode()) == (body, "taxonomy", text)
    assert payload(BODY) == BODY


class Clocked(Scheme):
    """A forge that signs the time too, and whose deliveries are good for five minutes."""

    def signed(self, headers: Headers, body: bytes, secrets: Sequence[bytes], now: float) -> bool:
        at = float(headers.get(b"x-at", b"0"))
        return abs(now - at) <= 300 and super().signed(headers, body, secrets, now)


@pytest.mark.parametrize(("ago", "status"), [(0, 202), (290, 202), (310, 401), (-310, 401)])
async def test_a_forge_that_signs_the_time_is_asked_with_ours(shelf: Shelf, ago: int, status: int) -> None:
    plain = schemes()["plain"]
    clocked = Clocked(**{each.name: getattr(plain, each.name) for each in fields(plain)})
    answer = await post(shelf, forges={"plain": clocked}, x_at=str(time.time() - ago))
    assert answer.status_code == status


async def test_what_comes_is_counted_by_what_became_of_it(shelf: Shelf) -> None:
    for _ in range(2):
        await post(shelf)
    await post(shelf, x_upweight_event="ping")
    await post(shelf, x_upweight_signature_256="")
    await post(shelf, forge="forgejo")
    assert shelf.counted == {
        ("plain", "pushed", "kept"): 1,
        ("plain", "pushed", "repeated"): 1,
        ("plain", "ping", "unknown"): 1,
        ("plain", "", "refused 401"): 1,
        ("other", "", "refused 404"): 1,
    }


async def test_over_25_megabytes_is_turned_away(shelf: Shelf) -> None:
    answer = await post(shelf, b"[" + b" " * (25 * 1024 * 1024 + 1))
    assert (answer.status_code, shelf.kept) == (413, {})


@pytest.mark.parametrize(
    ("headers", "parts", "read"),
    [
        ({b"content-length": b"31457280"}, 30, 30),  # its sender would hear nothing before the last byte
        ({}, 30, 30),
        ({b"content-length": b"31457280", b"expect": b"100-continue"}, 30, 0),
        ({b"content-length": b"9999999999"}, 9999, 0),
        ({}, 9999, 101),
    ],
)
async def test_who_sends_too_much_is_heard_out_up_to_a_bound_and_hears_why(
    shelf: Shelf, headers: dict[bytes, bytes], parts: int, read: int
) -> None:
    given, said = 0, []

    async def receive() -> dict[str, object]:
        nonlocal given
        given += 1
        return {"type": "http.request", "body": bytes(1024 * 1024), "more_body": given < parts}

    async def send(message: MutableMapping[str, object]) -> None:
        said.append(message.get("status"))

    told = {b"content-type": b"application/json", **headers}
    scope = {"type": "http", "method": "POST", "path": "/webhooks/plain", "headers": list(told.items())}
    await door(shelf, lambda _forge: [SECRET], lambda _id: None)(scope, receive, send)
    assert (said[0], given, shelf.kept) == (413, read, {})


async def test_a_repository_that_the_inbox_can_not_keep_is_answered_503_and_nobody_is_rung() -> None:
    class Full(Shelf):
        async def keep(self, delivery: Delivery) -> bool:
            raise OSError("disk full")

    rung: list[str] = []
    answer = await post(Full(), ring=rung.append)
    assert (answer.status_code, rung) == (503, [])


async def test_a_bell_that_breaks_is_no_fault_of_the_sender(shelf: Shelf) -> None:
    def broken(_id: str) -> None:
        raise RuntimeError("no broker")

    assert (await post(shelf, ring=broken)).status_code == 202
    assert len(shelf.kept) == 1


async def test_only_what_is_new_is_rung(shelf: Shelf) -> None:
    rung: list[str] = []
    for _ in range(2):
        await post(shelf, ring=rung.append)
    assert rung == list(shelf.kept)


async def test_the_older_secret_counts_until_it_is_taken_away(shelf: Shelf) -> None:
    older = sign(b"older", BODY)
    assert (await post(shelf, x_upweight_signature_256=older)).status_code == 202
    assert (await post(shelf, secrets=[SECRET], x_upweight_signature_256=older)).status_code == 401
    empty = sign(b"", BODY)
    assert (await post(shelf, secrets=[b""], x_upweight_signature_256=empty)).status_code == 401
    assert (await post(shelf, secrets=[])).status_code == 401


async def test_another_method_is_told_so() -> None:
    app = door(Shelf(), lambda _forge: [SECRET], lambda _id: None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as client:  # type: ignore[arg-type]
        answer = await client.get("/webhooks/plain")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


async def test_who_hangs_up_in_the_middle_leaves_nothing(shelf: Shelf) -> None:
    said = iter([{"type": "http.request", "body": BODY[:5], "more_body": True}, {"type": "http.disconnect"}])
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return next(said)

    async def send(message: object) -> None:
        sent.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/webhooks/plain", "headers": headers}
    await door(shelf, lambda _forge: [SECRET], lambda _id: None)(scope, receive, send)
    assert (shelf.kept, sent) == ({}, [])
