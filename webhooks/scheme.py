"""How one forge speaks at the door: its headers, its signature, its events. One to a forge's folder.

A forge's folder holds ``scheme.py`` with a ``SCHEME``; the door finds it by the folder's name, so that a new
forge touches one folder.
"""

from __future__ import annotations

import hmac
import pkgutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module

import webhooks
from webhooks.event import Event


@dataclass(frozen=True)
class Scheme:
    """A forge's way of delivering. Header names are lower case.

    `repository` reads the repository's id out of a body and raises ValueError where the body is not what the
    forge sends; `parse` makes one of our events of it.
    """

    forge: str
    signature_header: bytes
    delivery_header: bytes
    event_header: bytes
    events: frozenset[str]
    repository: Callable[[bytes], str]
    parse: Callable[[str, bytes], Event]

    def signed(self, body: bytes, signature: str, secrets: Sequence[bytes]) -> bool:
        """Whether one of the secrets made this signature. Every secret is tried, each in constant time."""
        given = signature.encode("utf-8", "replace")
        matches = [hmac.compare_digest(given, sign(secret, body).encode()) for secret in secrets if secret]
        return any(matches)


def sign(secret: bytes, body: bytes) -> str:
    """``sha256=`` and the hex HMAC-SHA256 of the raw bytes."""
    return "sha256=" + hmac.digest(secret, body, "sha256").hex()


@cache
def schemes() -> dict[str, Scheme]:
    """Every forge that has a folder here, by name."""
    found: dict[str, Scheme] = {}
    for module in pkgutil.iter_modules(webhooks.__path__):
        if module.ispkg:
            scheme: Scheme = import_module(f"webhooks.{module.name}.scheme").SCHEME
            found[scheme.forge] = scheme
    return found
