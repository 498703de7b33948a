"""Talking to GitLab's API: python-gitlab, with its waiting and its redirects taken away.

It would sleep for as long as an answer's ``Retry-After`` says, up to ten times, in a worker's thread; here ``Busy``
says when to come back. It would follow a redirect or a ``next`` link to any host, and its token goes in a header that
no library takes off on the way; here a redirect is followed for reading alone, within the same origin.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote, urljoin, urlsplit

import gitlab
import msgspec
import requests
from gitlab.exceptions import GitlabError

from webhooks.forge import Busy, Denied
from webhooks.gitlab.settings import PREFIX, GitLab

T = TypeVar("T")
PAGE, PAGES = 100, 100  # more than ten thousand of anything on one request is no honest request
PATIENCE = 60.0  # seconds, where GitLab says wait and not how long
LONGEST = 3600.0
UPLOAD = 600.0
REDIRECTS = 3


class Refused(Denied):
    """GitLab's no, with its status."""

    def __init__(self, why: str, status: int) -> None:
        super().__init__(why)
        self.status = status


class Missing(Refused):
    """There is no such thing, or none that we may see: GitLab tells these apart to nobody."""


class _Session(requests.Session):
    """Reads follow redirects within one origin; a 429 says when to come back."""

    def request(self, method: Any, url: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """One request and its answer. Raises Busy."""
        kwargs["allow_redirects"] = False
        for _ in range(REDIRECTS + 1):
            answer = super().request(method, url, *args, **kwargs)
            if answer.status_code in (429, 503) and (
                answer.status_code == 429 or "Retry-After" in answer.headers
            ):
                raise Busy(f"GitLab asks to wait ({answer.status_code})", _after(answer))
            target = urljoin(str(url), answer.headers.get("Location", ""))
            if (
                not answer.is_redirect
                or str(method).upper() not in ("GET", "HEAD")
                or not _same(str(url), target)
            ):
                break
            url, kwargs["params"] = target, None
        return answer


def _same(one: str, other: str) -> bool:
    a, b = urlsplit(one), urlsplit(other)
    return (a.scheme, a.netloc) == (b.scheme, b.netloc)


def _after(answer: requests.Response) -> float:
    given = answer.headers.get("Retry-After", "")
    return min(float(given), LONGEST) if given.isdigit() else PATIENCE


class Quiet:
    """Until when each GitLab asked us to wait: one gate for the whole process, whatever project or thread asks."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._until, self._lock = clock, dict[str, float](), threading.Lock()

    def left(self, api: str) -> float:
        """How many seconds of it are left; none, or less, where it may be asked."""
        return self._until.get(_host(api), 0.0) - self._clock()

    def ask(self, api: str, seconds: float) -> None:
        """It asks to be left alone for so long."""
        with self._lock:
            host = _host(api)
            self._until[host] = max(self._until.get(host, 0.0), self._clock() + seconds)

    def forget(self) -> None:
        """Ask everybody again."""
        with self._lock:
            self._until.clear()


quiet = Quiet()


def _host(api: str) -> str:
    parts = urlsplit(api)
    return f"{parts.scheme}://{parts.netloc}".lower()


class Client:
    """One project's part of the API. `path` begins with a slash; answers are as the API gives them."""

    def __init__(self, settings: GitLab, project: str) -> None:
        self.settings, self.project = settings, project
        self._at = f"/projects/{quote(project, safe='')}"

    def __repr__(self) -> str:
        return f"Client({self.settings.url!r}, {self.project!r})"

    def get(self, path: str, kind: type[T], **query: object) -> T:
        """Read one thing of the project. Raises Missing where it is not there."""
        return _read(self._ask("get", self._at + path, query_data=query), kind)

    def find(self, path: str, kind: type[T], **query: object) -> T | None:
        """The same, None where it is not there."""
        try:
            return self.get(path, kind, **query)
        except Missing:
            return None

    def top(self, path: str, kind: type[T], **query: object) -> T:
        """Read one thing that is not the project's: a group, ourselves."""
        return _read(self._ask("get", path, query_data=query), kind)

    def has(self, path: str) -> bool:
        """Whether there is something to be read, here or where a redirect leads (a store of objects, say)."""
        try:
            self._ask("head", self._at + path)
        except Missing:
            return False
        except Refused as no:
            if not 300 <= no.status < 400:
                raise
        return True

    def each(self, path: str, kind: type[T], **query: object) -> Iterator[T]:
        """Read a list to its end. Raises Denied where it has none: whoever counts on all of it must not act on half.

        Pages are asked for by number: a link in an answer could lead anywhere.
        """
        for page in range(1, PAGES + 1):
            asked = {**query, "per_page": PAGE, "page": page}
            answer = self._ask("get", self._at + path, query_data=asked)
            items = _read(answer, list[kind])  # type: ignore[valid-type]
            yield from items
            if not answer.headers.get("X-Next-Page", "" if len(items) < PAGE else "more"):
                return
        raise Denied(f"{path} has more than {PAGE * PAGES} entries, and we stop reading there")

    def post(self, path: str, kind: type[T], **body: object) -> T:
        """Make something."""
        return _read(self._ask("post", self._at + path, post_data=body), kind)

    def put(self, path: str, kind: type[T], **body: object) -> T:
        """Change something."""
        return _read(self._ask("put", self._at + path, post_data=body), kind)

    def delete(self, path: str) -> None:
        """Take something away; what is gone already is fine."""
        try:
            self._ask("delete", self._at + path)
        except Missing:
            return

    def upload(self, path: str, file: Path) -> None:
        """Put a file's bytes there, streamed."""
        with file.open("rb") as stream:
            self._ask("put", self._at + path, post_data=stream, raw=True, timeout=UPLOAD)

    def _ask(self, verb: str, path: str, **how: Any) -> requests.Response:
        """One request, never repeated here: who asked knows whether it may be.

        Where GitLab asked anybody here to wait, whoever wants something meanwhile is told at once: each further
        request makes the wait longer.
        """
        if (left := quiet.left(self.settings.api)) > 0:
            raise Busy(f"GitLab asked us to wait; {left:.0f} s of it are left", left)
        try:
            return self._sent(verb, path, **how)
        except Busy as busy:
            quiet.ask(self.settings.api, busy.after)
            raise

    def _sent(self, verb: str, path: str, **how: Any) -> requests.Response:
        try:
            return _connected(self.settings).http_request(
                verb, path, obey_rate_limit=False, retry_transient_errors=False, max_retries=0, **how
            )
        except GitlabError as error:
            raise self._said(error, verb, path) from None
        except requests.RequestException as error:  # its text tells addresses, never headers
            raise OSError(f"GitLab can't be reached: {type(error).__name__} at {verb} {path}") from None

    def _said(self, error: GitlabError, verb: str, path: str) -> Exception:
        """What an error means to who asked. Its words are GitLab's, and kept short."""
        status = error.response_code or 0
        words = str(error.error_message or "").replace(self.settings.token, "…")
        why = f"GitLab answered {status} to {verb} {path}: {' '.join(words.split())[:200]}"
        if status == 401 and verb != "put":  # to merge without the right is a 401 too
            return Refused(f"{PREFIX}TOKEN: GitLab does not know it. {why}", status)
        if status == 404:
            return Missing(why, status)
        if status == 409 and "resource lock" in words.lower():  # somebody else is at it this moment
            return OSError(why)
        if 300 <= status < 400:
            return Refused(f"{why}; the project or the host has moved, and a token goes nowhere else", status)
        return Refused(why, status) if 400 <= status < 500 else OSError(why)


def _read(answer: requests.Response, kind: type[T]) -> T:
    """An answer's JSON as our own type; one that is not what we know of the API is a fault to try again later."""
    try:
        return msgspec.json.decode(answer.content or b"null", type=kind)
    except msgspec.MsgspecError as problem:
        raise OSError(f"GitLab's answer is not understood: {problem}") from None


_of_thread = threading.local()


def _connected(settings: GitLab) -> gitlab.Gitlab:
    """One connection a thread and GitLab, kept open: requests' sessions are not made to be shared."""
    kept: dict[GitLab, gitlab.Gitlab] = _of_thread.__dict__.setdefault("kept", {})
    if settings not in kept:
        if len(kept) >= 16:  # settings change rarely, tests' often
            kept.pop(next(iter(kept))).session.close()
        kept[settings] = gitlab.Gitlab(
            settings.api,
            private_token=settings.token,
            ssl_verify=str(settings.authorities) if settings.authorities else True,
            timeout=settings.timeout,
            user_agent="upweight",
            session=_Session(),
        )
    return kept[settings]
