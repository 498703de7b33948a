"""Append to a stream of events, read it, and check it.

A stream (one a repository) is a hash chain over digests: the hash of an event covers the hash of the one
before, its sequence, kind, contribution, schema and time, and the digest of its body (canonical JSON, RFC
8785), so that nothing can be altered, dropped or put in between unseen. Text that a person may want erased
is kept beside the chain, salted; erasing it breaks nothing.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterator
from typing import Any

import rfc8785
from sqlmodel import Session, col, select

from service.db.tables import Blob, Event

SCHEMA = 1
TOLD = "an event was appended"  # in a session's info, for who must know whether its transaction decided something


def append(
    session: Session, stream: str, kind: str, body: dict[str, Any], number: int | None = None
) -> Event:
    """Write one event at the end of `stream`; the caller's transaction makes it durable.

    A writing transaction is alone, so that the chain never forks.
    """
    last = tip(session, stream)
    event = Event(
        stream=stream,
        sequence=last.sequence + 1 if last else 1,
        previous=last.hash if last else f"start:{stream}",
        hash="",
        schema_=SCHEMA,
        kind=kind,
        number=number,
        body=rfc8785.dumps(body).decode(),
        at=round(time.time(), 3),
    )
    event.hash = digest(event)
    session.add(event)
    session.flush()
    session.info[TOLD] = True
    return event


def tip(session: Session, stream: str) -> Event | None:
    """The last event of `stream`; None where nothing has happened."""
    newest = select(Event).where(Event.stream == stream).order_by(col(Event.sequence).desc()).limit(1)
    return session.exec(newest).first()


def events(
    session: Session, stream: str, after: int = 0, number: int | None = None, at_most: int | None = None
) -> Iterator[Event]:
    """The events of `stream` in order, behind sequence `after`; with `number`, those of one contribution."""
    query = select(Event).where(Event.stream == stream, col(Event.sequence) > after)
    if number is not None:
        query = query.where(Event.number == number)
    yield from session.exec(query.order_by(col(Event.sequence)).limit(at_most))


def streams(session: Session) -> list[str]:
    """The names of all streams, sorted."""
    return sorted(session.exec(select(Event.stream).distinct()))


def digest(event: Event) -> str:
    """The hash that an event must carry, in hexadecimal SHA-256."""
    covered: dict[str, Any] = {
        "previous": event.previous,
        "sequence": event.sequence,
        "schema": event.schema_,
        "kind": event.kind,
        "number": event.number,
        "at": event.at,
        "body": hashlib.sha256(event.body.encode()).hexdigest(),
    }
    return hashlib.sha256(rfc8785.dumps(covered)).hexdigest()


def erasable(session: Session, text: str) -> str:
    """Keep `text` beside the chain and give the salted digest that an event may hold."""
    salt = os.urandom(16)
    name = hashlib.sha256(salt + text.encode()).hexdigest()
    session.add(Blob(digest=name, salt=salt, text=text))
    return name


def erase(session: Session, name: str) -> None:
    """Forget the text behind a digest, and the salt with which it could be guessed; twice is once."""
    blob = session.get(Blob, name)
    if blob is not None:
        blob.text, blob.salt = None, b""
        session.add(blob)


def broken(session: Session, stream: str) -> str | None:
    """None where the chain is whole, else one sentence that says where it breaks."""
    previous, expected = f"start:{stream}", 1
    for event in events(session, stream):
        if event.sequence != expected or event.previous != previous or event.hash != digest(event):
            return f"Event {event.sequence} of {stream} does not follow from the one before it."
        previous, expected = event.hash, expected + 1
    return None


def altered(session: Session) -> list[str]:
    """The digests of kept texts that no longer match; an erased text is no fault."""
    kept = session.exec(select(Blob).where(col(Blob.text).is_not(None)))
    return [
        b.digest for b in kept if hashlib.sha256(b.salt + (b.text or "").encode()).hexdigest() != b.digest
    ]
