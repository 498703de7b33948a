"""A secret is replaced without losing a delivery, whichever the forge: two are valid at once, and then one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import httpx
import pytest

from tests.webhooks.shelf import Shelf
from webhooks.known import names
from webhooks.routes import door
from webhooks.scheme import sign

BODY = b'{"zen": "Keep it plain."}'
OLDER, NEWER, STRANGE = b"older-secret-of-ours", b"newer-secret-of-ours", b"somebody-elses-secret"
SIGNED: dict[str, Callable[[bytes], dict[str, str]]] = {
    "plain": lambda secret: {
        "x-upweight-signature-256": sign(secret, BODY), "x-upweight-delivery": "d", "x-upweight-event": "zen",
    },
    "github": lambda secret: {
        "x-hub-signature-256": sign(secret, BODY), "x-github-delivery": "d", "x-github-event": "zen",
    },
    "gitlab": lambda secret: {"x-gitlab-token": secret.decode(), "x-gitlab-event": "Zen Hook"},
}  # fmt: skip


async def answered(forge: str, valid: Sequence[bytes], by: bytes | None) -> int:
    """What the door says to a delivery that was signed with this secret, or with none."""
    headers = {"content-type": "application/json", **(SIGNED[forge](by) if by is not None else {})}
    app = door(Shelf(), lambda _forge: valid, lambda _id: None)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as client:  # type: ignore[arg-type]
        return (await client.post(f"/webhooks/{forge}", content=BODY, headers=headers)).status_code


@pytest.mark.parametrize("forge", names())
async def test_both_secrets_count_while_one_is_replaced_and_then_the_new_one_alone(forge: str) -> None:
    assert [await answered(forge, (OLDER, NEWER), by) for by in (OLDER, NEWER)] == [202, 202]
    assert [await answered(forge, (NEWER,), by) for by in (OLDER, NEWER)] == [401, 202]


@pytest.mark.parametrize("forge", names())
async def test_no_other_secret_counts_and_an_empty_one_is_none(forge: str) -> None:
    assert [await answered(forge, (OLDER, NEWER), by) for by in (STRANGE, b"", None)] == [401, 401, 401]
    assert [await answered(forge, (b"",), by) for by in (b"", None)] == [401, 401]
    assert await answered(forge, (), NEWER) == 401
