"""The door, POST /webhooks/{forge}: verify the raw bytes, keep them, answer.

A plain ASGI application, because a framework's request path costs more than all that happens here. Nothing is
answered with 202 that is not safely on disk, and nothing is kept that no secret signed.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from typing import Any

import msgspec
import structlog

from webhooks.inbox import Delivery, Desk, spoken_for
from webhooks.known import schemes
from webhooks.scheme import Headers, Scheme, payload

LIMIT = 25 * 1024 * 1024  # what GitHub caps its payloads at
DROPPED = 4 * LIMIT  # how far what is larger is read, and nothing of it kept
TOO_LARGE = "the delivery is larger than 25 MB"
ID_LIMIT = 100
REPOSITORY_LIMIT = 400  # GitLab's groups lie in groups, 255 characters of path in all
JSON, FORM = b"application/json", b"application/x-www-form-urlencoded"

Secrets = Callable[[str], Sequence[bytes]]
Own = Callable[[str, str], Sequence[bytes]]  # of a forge, and its id of a repository
Ring = Callable[[str], None]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

log = structlog.get_logger("door")


class Turned(Exception):
    """A delivery that is turned away: a status, and one sentence for the log and the sender."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status = status
        self.why = why


class Gone(Exception):
    """The sender hung up before the end."""


def _nobodys(forge: str, identity: str) -> Sequence[bytes]:
    return ()


def door(
    inbox: Desk, secrets: Secrets, ring: Ring, forges: Mapping[str, Scheme] | None = None, own: Own = _nobodys
) -> App:
    """The ASGI application. `secrets` gives every secret that is valid now for all of a forge (two, while one is
    being replaced), `own` those that one repository has for itself; `ring` tells the workers of a kept delivery and
    may fail, since a sweep rings again."""
    known = schemes() if forges is None else forges

    async def app(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        forge = scope["path"].strip("/").removeprefix("webhooks/")
        try:
            delivery = await _accept(known, secrets, own, forge, scope, receive)
            status, answer = await _keep(inbox, ring, delivery, known[forge])
        except Turned as turned:
            log.warning("delivery refused", forge=forge[:40], status=turned.status, why=turned.why)
            inbox.count(forge if forge in known else "other", "", f"refused {turned.status}")
            status, answer = turned.status, {"error": turned.why}
        except Gone:
            log.warning("delivery cut short", forge=forge[:40])
            return
        await _answer(send, status, answer)

    return app


async def _accept(
    known: Mapping[str, Scheme],
    secrets: Secrets,
    own: Own,
    forge: str,
    scope: MutableMapping[str, Any],
    receive: Receive,
) -> Delivery:
    """Everything that must hold before a delivery is kept, cheapest first. Raises Turned."""
    scheme = known.get(forge)
    if scheme is None:
        raise Turned(404, "no such forge")
    if scope["method"] != "POST":
        raise Turned(405, "deliveries are posted")
    headers = dict(scope["headers"])
    kind = headers.get(b"content-type", b"").partition(b";")[0].strip().lower()
    if kind not in (JSON, FORM):
        raise Turned(
            415, "this is neither JSON nor a form; set the webhook's content type to application/json"
        )
    body = await _read(headers, receive)
    if not body:
        raise Turned(400, "the delivery has no body")
    text = payload(body) if kind == FORM else body
    speaks_for = _proved(scheme, secrets, own, headers, body, text)
    identity, event = scheme.delivery(headers, text), scheme.event(headers, text)
    if not (_plain(identity) and _plain(event)):
        raise Turned(400, "the delivery's id or event is missing or too long")
    repository = _repository(scheme, event, text)
    return Delivery(
        identity, forge, event, body, spoken_for(speaks_for, repository) if speaks_for else repository
    )


def _proved(scheme: Scheme, secrets: Secrets, own: Own, headers: Headers, body: bytes, text: bytes) -> str:
    """The id of the one repository that a delivery may speak for; "" where its proof is good for all. Raises Turned.

    A secret of its own is made for whatever id the body claims, served or not: no answer and no delay tells which are.
    """
    valid, now = [secret for secret in secrets(scheme.forge) if secret], time.time()
    if valid and scheme.signed(headers, body, valid, now):
        return ""
    mine: Sequence[bytes] = ()
    if scheme.proved(headers):
        try:
            identity = scheme.identity(text)
        except (ValueError, RecursionError):
            identity = ""
        mine = own(scheme.forge, identity) if identity else ()
        if mine and scheme.signed(headers, body, mine, now):
            return identity
    if not valid and not mine:
        raise Turned(401, "no secret is set for this forge, so nothing can be verified")
    raise Turned(401, "the signature is missing or does not match the body")


def _repository(scheme: Scheme, event: str, text: bytes) -> str:
    """What the body speaks of; of an event that we act on it must be known, another may speak of anything."""
    try:
        if event not in scheme.events:
            msgspec.json.decode(text)
            return ""
        repository = scheme.repository(text)
    except (ValueError, RecursionError) as error:
        raise Turned(400, f"the body is not what this forge sends: {str(error)[:120]}") from error
    if repository and not _plain(repository, REPOSITORY_LIMIT):
        raise Turned(400, "the body names no repository that could be")
    return repository


def _plain(name: str, limit: int = ID_LIMIT) -> bool:
    """Whether it can be a name at all: one that a database refuses would fail the whole group's commit."""
    return 0 < len(name) <= limit and name.isprintable()


async def _read(headers: Headers, receive: Receive) -> bytes:
    """The whole body; raises Turned for one over the limit.

    Most senders hear no answer before they have sent all, so what is too large is read on and dropped, as far as
    DROPPED. Who asks first whether to send it, or announces more than that, is told at once.
    """
    length = headers.get(b"content-length", b"")
    announced = int(length) if length.isdigit() else 0
    asks_first = headers.get(b"expect", b"").lower() == b"100-continue"
    if announced > (LIMIT if asks_first else DROPPED):
        raise Turned(413, TOO_LARGE)
    parts: list[bytes] = []
    size, more = 0, True
    while more and size <= DROPPED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        part = message.get("body", b"")
        size += len(part)
        if max(size, announced) > LIMIT:
            parts.clear()
        else:
            parts.append(part)
        more = message.get("more_body", False)
    if size > LIMIT:
        raise Turned(413, TOO_LARGE)
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def _keep(inbox: Desk, ring: Ring, delivery: Delivery, scheme: Scheme) -> tuple[int, dict[str, Any]]:
    """Keep it, then ring. A repeated delivery rings nobody; one that nothing follows from is only heard."""
    about = {"id": delivery.id, "forge": delivery.forge, "kind": delivery.event[:40]}
    if delivery.event not in scheme.events:
        log.info("delivery of an unknown event", **about)
        inbox.count(delivery.forge, delivery.event, "unknown")
        return 202, {"kept": False}
    try:
        new = await inbox.keep(delivery)
    except Exception:
        log.exception("delivery not kept", **about)
        return 503, {"error": "it could not be kept; send it again"}
    inbox.count(delivery.forge, delivery.event, "kept" if new else "repeated")
    if not new:
        log.info("delivery seen before", **about)
        return 202, {"kept": False}
    try:  # nothing is logged of what goes well: it would cost as much as the signature
        ring(delivery.id)
    except Exception:
        log.exception("nobody could be told; the sweep will", **about)
    return 202, {"kept": True}


async def _answer(send: Send, status: int, answer: dict[str, Any]) -> None:
    body = msgspec.json.encode(answer)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status == 405:
        headers.append((b"allow", b"POST"))
    if status in (413, 415):
        headers.append((b"connection", b"close"))  # what was not read is not the next request
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
