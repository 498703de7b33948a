"""How one forge speaks at the door: its headers, its signature, its events. One to a forge's folder.

A forge's folder holds ``scheme.py`` with a ``SCHEME``; the door finds it by the folder's name.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from webhooks.event import Event

Headers = Mapping[bytes, bytes]  # names in lower case
_FORM = b"payload="


def _untold(body: bytes) -> str:
    return ""


@dataclass(frozen=True)
class Scheme:
    """A forge's way of delivering. Header names are lower case.

    `repository` reads the repository's name on the forge out of a body ("" where the event is about none) and raises
    ValueError where the body is not what the forge sends; `parse` makes one of our events of it, by the value of the
    event's header. `identity` reads the forge's own id of the repository ("" where the body tells none) and raises
    ValueError too. `mark` is what its people write before a contribution's number to link to it ("": nothing links). A
    forge that signs or names its deliveries otherwise says how by a class of its own.
    """

    forge: str
    signature_header: bytes
    delivery_header: bytes
    event_header: bytes
    events: frozenset[str]
    repository: Callable[[bytes], str]
    parse: Callable[[str, bytes], Event]
    identity: Callable[[bytes], str] = _untold
    mark: str = ""

    def proved(self, headers: Headers) -> bool:
        """Whether any proof is there at all; without one nothing of the body is looked at."""
        return self.signature_header in headers

    def signed(self, headers: Headers, body: bytes, secrets: Sequence[bytes], now: float) -> bool:
        """Whether one of the secrets made this signature, not too long before `now` where the forge tells the time.

        Every secret is tried, each in constant time.
        """
        given = headers.get(self.signature_header, b"").decode("latin-1").encode("utf-8")
        matches = [hmac.compare_digest(given, sign(secret, body).encode()) for secret in secrets if secret]
        return any(matches)

    def delivery(self, headers: Headers, body: bytes) -> str:
        """The forge's id of the delivery: the same each time that it sends it."""
        return headers.get(self.delivery_header, b"").decode("latin-1")

    def event(self, headers: Headers, body: bytes) -> str:
        """What happened, in the forge's word."""
        return headers.get(self.event_header, b"").decode("latin-1")


def payload(body: bytes) -> bytes:
    """The JSON of a delivery: the body itself, or what a form calls `payload`, as GitHub sends where a hook is set so.

    What is signed and kept are the raw bytes; no JSON begins like such a form.
    """
    if not body.startswith(_FORM):
        return body
    return unquote_to_bytes(body.removeprefix(_FORM).partition(b"&")[0].replace(b"+", b" "))


def sign(secret: bytes, body: bytes) -> str:
    """``sha256=`` and the hex HMAC-SHA256 of the raw bytes."""
    return "sha256=" + hmac.digest(secret, body, "sha256").hex()


def secret_of(key: bytes, forge: str, identity: str) -> str:
    """One repository's own secret, of a key that serves all of a forge's: who reads one knows no other.

    It is of the form that Standard Webhooks has, over 32 bytes, and so is good to sign with and good as a token.
    """
    made = hmac.digest(key, f"upweight hook\0{forge}\0{identity}".encode(), "sha256")
    return f"whsec_{base64.b64encode(made).decode()}"
