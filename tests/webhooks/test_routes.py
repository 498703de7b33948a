"""The door: what it keeps, what it turns away, and that it keeps before it answers."""

from __future__ import annotations

import json
from collections.abc import Callable

import httpx
import pytest

from webhooks.inbox import Delivery
from webhooks.plain.ring import sign
from webhooks.routes import door

SECRET = b"secret"
BODY = json.dumps({"schema": 1, "repository": "taxonomy", "number": 1}).encode()


class Shelf:
    """An inbox in memory."""

    def __init__(self) -> None:
        self.kept: dict[str, Delivery] = {}

    async def keep(self, delivery: Delivery) -> bool:
        new = delivery.id not in self.kept
        self.kept.setdefault(delivery.id, delivery)
        return new


Post = Callable[..., httpx.Response]


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


async def post(shelf: Shelf, body: bytes = BODY, forge: str = "plain", **headers: str) -> httpx.Response:
    app = door(shelf, lambda _forge: [b"older", SECRET], lambda _id: None)
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


async def test_an_unknown_event_is_kept_and_acknowledged(shelf: Shelf) -> None:
    answer = await post(shelf, x_upweight_event="danced")
    assert (answer.status_code, len(shelf.kept)) == (202, 1)


@pytest.mark.parametrize(
    ("status", "body", "forge", "headers"),
    [
        (401, BODY, "plain", {"x_upweight_signature_256": sign(b"guessed", BODY)}),
        (401, BODY, "plain", {"x_upweight_signature_256": ""}),
        (400, b"", "plain", {}),
        (400, b"{not json", "plain", {}),
        (404, BODY, "forgejo", {}),
    ],
)
async def test_bad_input_gets_its_status_and_nothing_is_kept(
    shelf: Shelf, status: int, body: bytes, forge: str, headers: dict[str, str]
) -> None:
    answer = await post(shelf, body, forge, **headers)
    assert answer.status_code == status
    assert answer.json()["error"]
    assert not shelf.kept


async def test_over_25_megabytes_is_turned_away(shelf: Shelf) -> None:
    answer = await post(shelf, b"[" + b" " * (25 * 1024 * 1024 + 1))
    assert (answer.status_code, shelf.kept) == (413, {})
