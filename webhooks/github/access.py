"""The App's right to speak: a signed note of who we are, and for it a token that is good for an hour.

One request for a token however many need it at once, kept for the whole process until shortly before it ends. Neither
is ever logged, and what holds them does not show them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from webhooks.forge import Denied
from webhooks.github.settings import Settings

MARGIN = 300.0  # seconds before its end that a token is no longer handed out: a fetch may take as long
LIFE = 540  # seconds that a signed note is good for; GitHub takes at most ten minutes

T = TypeVar("T")


class Token(msgspec.Struct):
    """GitHub's answer."""

    token: str
    expires_at: str

    def __repr__(self) -> str:
        return f"Token(expires_at={self.expires_at!r})"


class Once(Generic[T]):
    """Something that many want and one asks for. Whoever waited while another's request failed gets the same failure:
    a forge that hangs is asked once, not twenty times in a row."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._held: tuple[T, float] | None = None  # and until when
        self._failed: tuple[Exception, float] | None = None  # and when

    def get(self, ask: Callable[[], tuple[T, float]], stale: T | None = None) -> T:
        """What is held, or what `ask` gives with the seconds that it holds; `stale` is of no use any more."""
        came = time.monotonic()
        with self._lock:
            if self._held and self._held[0] != stale and self._clock() < self._held[1]:
                return self._held[0]
            if self._failed and self._failed[1] > came:
                raise self._failed[0].with_traceback(None)
            try:
                value, seconds = ask()
            except (OSError, Denied) as problem:
                self._failed = problem, time.monotonic()
                raise
            self._held, self._failed = (value, self._clock() + seconds), None
            return value


_TOKENS: dict[tuple[str, str, int], Once[str]] = {}
_GUARD = threading.Lock()


def token(settings: Settings, installation: int, ask: Callable[[], Token], stale: str | None = None) -> str:
    """A token of the installation that is good for some minutes; `stale` is one that GitHub did not take."""

    def new() -> tuple[str, float]:
        given = ask()
        left = _moment(given.expires_at) - time.time()
        return given.token, max(left - MARGIN, left / 2)

    with _GUARD:
        held = _TOKENS.setdefault((settings.api, settings.app_id, installation), Once())
    return held.get(new, stale)


def signed(settings: Settings, now: float) -> str:
    """Who we are, signed by the App's key: a minute early, because clocks differ. Raises ValueError for a bad key."""
    text = settings.private_key()
    claims = {"iss": settings.app_id, "iat": int(now) - 60, "exp": int(now) - 60 + LIFE}
    try:
        return jwt.encode(claims, _key(text), algorithm="RS256")
    except (jwt.PyJWTError, TypeError, ValueError, UnsupportedAlgorithm):
        where = settings.key_file or "the stored key"
        raise ValueError(f"UPWEIGHT_GITHUB_PRIVATE_KEY_FILE: {where} is no RSA key.") from None


@lru_cache(maxsize=4)
def _key(text: str) -> Any:
    """A key that is read: checking its primes takes a tenth of a second."""
    return load_pem_private_key(text.encode(), None)


def forget() -> None:
    """Let go of every token."""
    with _GUARD:
        _TOKENS.clear()


def _moment(text: str) -> float:
    """Seconds since 1970 of a time as GitHub writes it; now where it writes none, so that it is asked for again."""
    try:
        return datetime.fromisoformat(text).timestamp()
    except ValueError:
        return time.time()
