"""Append to a stream of events, and check a stream.

A stream (one a repository) is a hash chain over canonical JSON (RFC 8785): the hash of an event covers the
hash of the one before, its sequence, kind, contribution, schema, time and body, so that nothing can be altered, dropped
or put in between unseen. Text that a person may want erased is kept beside the chain, salted.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from typing import Any

import rfc8785
from sqlmodel import Session, col, select

from service.db.tables import Blob, Event

SCHEMA = 1


def append(session: Session, stream: str, kind: str, body: dict[str, Any], number: int | None = None) -> Event:
    """Write one event at the end of `stream`; the caller's transaction makes it durable."""
    last = session.exec(
        select(Event).where(Event.stream == stream).order_by(col(Event.sequence).desc()).limit(1)
    ).first()
    sequence = last.sequence + 1 if last else 1
    event = Event(
        stream=stream,
        sequence=sequence,
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
    return event


def digest(event: Event) -> str:
    """The hash that an event must carry, in hexadecimal SHA-256."""
    covered = {
        "previous": event.previous,
        "sequence": event.sequence,
        "schema": event.schema_,
        "kind": event.kind,
        "number": event.number,
        "at": event.at,
        "body": json.loads(event.body),
    }
    return hashlib.sha256(rfc8785.dumps(covered)).hexdigest()


def erasable(session: Session, text: str) -> str:
    """Keep `text` beside the chain and give the salted digest that an event may hold."""
    salt = os.urandom(16)
    name = hashlib.sha256(salt + text.encode()).hexdigest()
    session.add(Blob(digest=name, salt=salt, text=text))
    return name


def broken(session: Session, stream: str) -> str | None:
    """None where the chain is whole, else one sentence that says where it breaks."""
    previous, expected = f"start:{stream}", 1
    for event in session.exec(select(Event).where(Event.stream == stream).order_by(col(Event.sequence))):
        if event.sequence != expected or event.previous != previous or event.hash != digest(event):
            return f"Event {event.sequence} of {stream} does not follow from the one before it."
        previous, expected = event.hash, expected + 1
    return None
