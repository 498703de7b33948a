"""One exchange with GitHub over githubkit, and what its answers mean to us.

githubkit carries requests and knows a limit from a refusal. What it would do by itself is switched off: it would send a
comment a second time after a 502, sleep in our worker until a limit ends, follow a redirect, and ask anew for a
connection and a token each time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx
import msgspec
from githubkit import GitHub, Response, UnauthAuthStrategy
from githubkit.exception import (
    GitHubException,
    RateLimitExceeded,
    RequestError,
    RequestFailed,
    RequestTimeout,
)

from webhooks.forge import Busy, Denied
from webhooks.github.settings import Settings

PAUSE, LONGEST = 60.0, 3600.0  # seconds: where a limit names no time, and the longest that is believed
VERSION = {"x-github-api-version": "2022-11-28"}


class Refused(Denied):
    """GitHub's refusal: its status and its own words, in one line."""

    def __init__(self, status: int, said: str, where: str) -> None:
        super().__init__(f"GitHub answered {status} to {where}: {said}")
        self.status, self.said = status, said


class Limited(Busy):
    """We asked too much: nothing else may be asked either until it is over."""


class Wire(GitHub[UnauthAuthStrategy]):
    """githubkit on one client that stays open, with nothing done on its own account."""

    def __init__(self, settings: Settings, seconds: float) -> None:
        super().__init__(
            base_url=settings.api,
            user_agent="upweight",
            follow_redirects=False,
            timeout=httpx.Timeout(seconds, connect=min(seconds, 10.0), write=max(seconds, 60.0)),
            ssl_verify=settings.trust(),
            http_cache=False,
            auto_retry=False,
        )
        self.seconds = seconds
        self._kept = self._create_sync_client()

    @contextmanager
    def get_sync_client(self) -> Iterator[httpx.Client]:
        """The client; made by githubkit, so that proxies of the environment and authorities hold."""
        yield self._kept

    def exchange(self, method: str, address: str, headers: Mapping[str, str], **what: Any) -> Response:
        """Send a request, once. Raises Refused, OSError (Busy, where GitHub wants us to wait)."""
        where = f"{method} {short(address)}"
        try:
            return self.request(method, address, headers={**headers, **VERSION}, **what)
        except RateLimitExceeded as limit:
            after = min(max(limit.retry_after.total_seconds(), 1.0), LONGEST)
            raise Limited(f"GitHub asks us to wait {after:.0f} s before {where}", after) from None
        except RequestFailed as failed:
            raise _refusal(failed.response, where) from None
        except RequestTimeout:
            raise TimeoutError(f"GitHub did not answer {where} within {self.seconds:g} s") from None
        except RequestError as broken:
            raise ConnectionError(
                f"GitHub could not be reached for {where}: {one_line(str(broken.exc))}"
            ) from None
        except GitHubException as other:
            raise ConnectionError(f"{where}: {type(other).__name__}") from None
        except (ValueError, OverflowError):  # a Retry-After that githubkit can't read
            raise Limited(f"GitHub asks us to wait before {where}", PAUSE) from None


class Told(msgspec.Struct):
    """An error's body."""

    message: str = ""
    errors: Any = None


def _refusal(answer: Response, where: str) -> Exception:
    """What an answer over 399 means: wait, come back some time, or no."""
    status, said = answer.status_code, _said(answer)
    if status == 429 or (status == 403 and "rate limit" in said.lower()):
        return Limited(f"GitHub asks us to wait before {where}: {said}", PAUSE)
    if status >= 500:
        after = answer.headers.get("retry-after", "")
        if after.isdigit():
            return Busy(f"GitHub answered {status} to {where}", min(float(after), LONGEST))
        return ConnectionError(f"GitHub answered {status} to {where}")
    return Refused(status, said, where)


def _said(answer: Response) -> str:
    """GitHub's own words: its message, and what it says of single fields."""
    try:
        told = msgspec.json.decode(answer.content, type=Told)
    except msgspec.MsgspecError:
        return "no reason given"
    parts = [told.message]
    for error in told.errors if isinstance(told.errors, list) else [told.errors]:
        if isinstance(error, dict):
            parts.append(str(error.get("message") or f"{error.get('field', '')} {error.get('code', '')}"))
        elif error:
            parts.append(str(error))
    return one_line("; ".join(part for part in parts if part)) or "no reason given"


def one_line(text: str, limit: int = 300) -> str:
    """One line without what can't be seen, and not long: others' words may stand in it."""
    return "".join(char if char.isprintable() else " " for char in text)[:limit].strip()


def short(path: str) -> str:
    """An address without its query, for a message."""
    return one_line(path.split("?")[0], 160)


def origin(address: str) -> str:
    """Scheme, host and port; "" of what is no address."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"
