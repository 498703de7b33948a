"""The one way to GitHub: every request, its errors as ours, its limits honoured, its lists bounded.

It keeps what it is told: the connection, the token, which installation a repository belongs to, and the marks of
answers, so that lists that have not changed are not sent again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from typing import IO, Any, TypeVar

import httpx
import msgspec
import structlog
from githubkit import Response

from webhooks.forge import Denied
from webhooks.github import access
from webhooks.github.memory import Answers, Kept, Memory
from webhooks.github.payload import User
from webhooks.github.settings import Settings
from webhooks.github.wire import Limited, Refused, Wire, one_line, origin, short
from webhooks.report import Check

PAGES, PER_PAGE = 30, 100  # of a list; nobody reads three thousand comments
UPLOAD = 600.0
HOPS = 3
DAY, MINUTE = 86_400.0, 60.0

T = TypeVar("T")
log = structlog.get_logger("github")


class Client:
    """One GitHub, seen by one App. Safe in any thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._wires: dict[float, Wire] = {}
        self._answers = Answers()
        self._installations: dict[str, access.Once[int]] = {}
        self._self: access.Once[str] = access.Once()
        self.logins: set[str] = set()  # who GitHub said we were when we wrote
        self.adopted: dict[
            int, str
        ] = {}  # what comments of ours are for that lost their marker, by their number
        self.checks: dict[int, Check] = {}  # by the number of the run that shows them
        self.quiet: dict[int, float] = {}  # until when an installation (0: the App) was asked to wait
        self.people = Memory()  # who may do what
        self.labels: set[tuple[str, str]] = set()  # that a repository has, in small letters
        self._lock = threading.Lock()
        self._wire(settings.timeout)  # certificates that can't be read are told of now

    def __repr__(self) -> str:
        return f"Client({self.settings.api!r})"

    # As the App's installation on a repository

    def get(self, repository: str, path: str, kind: type[T], **params: str | int) -> T:
        """One thing. Raises Refused, OSError."""
        return self._decoded(self._known(repository, path, params)[0], kind, path)

    def find(self, repository: str, path: str, kind: type[T], **params: str | int) -> T | None:
        """One thing, None where it is not there."""
        try:
            return self.get(repository, path, kind, **params)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    def pages(self, repository: str, path: str, kind: type[T], **params: str | int) -> list[T]:
        """A list, page by page, at most thirty of them. The next page's address is ours, not the answer's."""
        found: list[T] = []
        for page in range(1, PAGES + 1):
            asked = {**params, "per_page": PER_PAGE, "page": page}
            body, link = self._known(repository, path, asked)
            items = self._decoded(body, list[kind], path)  # type: ignore[valid-type]
            found += items
            if not (len(items) == PER_PAGE if link is None else 'rel="next"' in link):
                return found
        log.warning("a list on GitHub is longer than is read", path=path)
        return found

    def send(
        self, repository: str, method: str, path: str, body: Any = None, kind: type[T] | None = None
    ) -> T | None:
        """Change something; sent once. Its answer as `kind`, where one is wanted."""
        answer = self._as(repository, method, path, json=body)
        return self._decoded(answer.content, kind, path) if kind is not None else None

    def upload(self, repository: str, address: str, file: IO[bytes], size: int) -> None:
        """Send a file of a release."""
        allowed = {origin(self.settings.api), origin(self.settings.uploads)}
        if origin(address) not in allowed:  # the token would go to whoever the answer names
            raise Denied(f"GitHub wants a release's files at {origin(address)}, which is not its own address")
        headers = {"content-type": "application/octet-stream", "content-length": str(size)}
        self._as(repository, "POST", address, content=file, headers=headers, seconds=UPLOAD)

    def token(self, repository: str, stale: str | None = None) -> str:
        """The installation's token. Raises Denied where the App is not installed there."""
        number = self.installation(repository)
        try:
            return access.token(self.settings, number, lambda: self._new_token(number), stale)
        except Refused as refused:
            if refused.status != 404 or self.settings.installation:
                raise
        with self._lock:
            self._installations.pop(repository, None)  # taken away and installed again: it has another number
        number = self.installation(repository)
        return access.token(self.settings, number, lambda: self._new_token(number), stale)

    def installation(self, repository: str) -> int:
        """The App's number on a repository. Raises Denied where it has none there."""
        if self.settings.installation:
            return self.settings.installation
        with self._lock:
            held = self._installations.setdefault(repository, access.Once())

        def ask() -> tuple[int, float]:
            try:
                return self.app(f"/repos/{repository}/installation", Identified).id, DAY
            except Refused as refused:
                if refused.status != 404:
                    raise
                raise Denied(f"The GitHub App is not installed on {repository}; install it there.") from None

        return held.get(ask)

    def mine(self, user: User | None, via: Via | None) -> bool:
        """Whether our App wrote it. A person who uses the App is still a person, and a marker proves nothing."""
        if user is None or not user.bot:
            return False
        if via is not None:
            return self.settings.app_id in (str(via.id), via.client_id)
        return user.login in self.logins or user.login == f"{self.slug()}[bot]"

    def slug(self) -> str:
        """The App's name as its bot bears it; "" where GitHub does not say, and then nothing is ours."""

        def ask() -> tuple[str, float]:
            try:
                return self.app("/app", Slugged).slug, DAY
            except Refused as refused:
                log.warning("GitHub does not say who the App is", why=str(refused))
                return "", MINUTE

        return self._self.get(ask)

    def app(self, path: str, kind: type[T], method: str = "GET") -> T:
        """What the App itself may ask, by its signature."""
        try:
            note = access.signed(self.settings, time.time())
        except ValueError as problem:
            raise Denied(str(problem)) from None
        answer = self._go(
            method, path, {"authorization": f"Bearer {note}"}, json={} if method == "POST" else None
        )
        return self._decoded(answer.content, kind, path)

    # Below

    def _new_token(self, installation: int) -> access.Token:
        return self.app(f"/app/installations/{installation}/access_tokens", access.Token, "POST")

    def _known(self, repository: str, path: str, params: Mapping[str, str | int]) -> tuple[bytes, str | None]:
        """A body and its links: asked for with the mark that it had, so that what has not changed is not sent."""
        number = self.installation(repository)
        key = (number, str(httpx.URL(path, params=dict(params))))
        kept = self._answers.get(key)
        headers = {"if-none-match": kept.mark} if kept else {}
        answer = self._as(repository, "GET", path, params=dict(params), headers=headers)
        if answer.status_code == 304 and kept is not None:
            return kept.body, kept.link
        found = Kept(answer.headers.get("etag", ""), answer.content, answer.headers.get("link"))
        self._answers.put(key, found)
        return found.body, found.link

    def _as(
        self, repository: str, method: str, path: str, headers: Mapping[str, str] = {}, **what: Any
    ) -> Response:
        """With a token; where GitHub does not take it (401: it did nothing), once more with a new one."""
        token, who = self.token(repository), self.installation(repository)
        for again in (True, False):
            try:
                return self._go(
                    method, path, {**headers, "authorization": f"Bearer {token}"}, who=who, **what
                )
            except Refused as refused:
                if refused.status != 401 or not again:
                    raise
                token = self.token(repository, token)
                if what.get("content") is not None:
                    what["content"].seek(0)
        raise AssertionError

    def _go(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        seconds: float = 0.0,
        who: int = 0,
        **what: Any,
    ) -> Response:
        """Send it, where GitHub has not asked us to wait: whoever else wants something then is told at once.

        Who goes on asking meanwhile is locked out in the end.
        """
        if (left := self.quiet.get(who, 0.0) - time.monotonic()) > 0:
            raise Limited(f"GitHub asked us to wait; {left:.0f} s of it are left", left)
        try:
            return self._sent(method, path, headers, seconds, **what)
        except Limited as limit:
            self.quiet[who] = time.monotonic() + limit.after
            raise

    def _sent(
        self, method: str, path: str, headers: Mapping[str, str], seconds: float, **what: Any
    ) -> Response:
        """Send it, and follow GitHub where it says that something moved, but never to another address."""
        address = path
        for _ in range(HOPS):
            whole = address if "://" in address else self.settings.api + address
            answer = self._wire(seconds or self.settings.timeout).exchange(method, whole, headers, **what)
            if answer.status_code not in (301, 302, 307, 308):
                return answer
            address = _joined(answer)
            if origin(address) != origin(self.settings.api) or (method != "GET" and answer.status_code < 307):
                raise Refused(
                    answer.status_code, f"it is at {origin(address)} now", f"{method} {short(path)}"
                )
        raise Refused(301, "it is moved on and on", f"{method} {short(path)}")

    def _wire(self, seconds: float) -> Wire:
        with self._lock:
            if seconds not in self._wires:
                self._wires[seconds] = Wire(self.settings, seconds)
            return self._wires[seconds]

    def _decoded(self, body: bytes, kind: type[T], path: str) -> T:
        try:
            return msgspec.json.decode(body, type=kind)
        except msgspec.MsgspecError as problem:
            raise ConnectionError(
                f"GitHub's answer to {short(path)} can't be read: {one_line(str(problem))}"
            ) from None


def _joined(answer: Response) -> str:
    """Where an answer says that the thing is now; "" where that is no address."""
    try:
        return str(answer.url.join(answer.headers.get("location", "")))
    except httpx.InvalidURL:
        return ""


class Identified(msgspec.Struct):
    """Anything with a number."""

    id: int


class Slugged(msgspec.Struct):
    """The App by its name in addresses."""

    slug: str


class Via(msgspec.Struct):
    """The App through which something was written."""

    id: int
    client_id: str | None = None


_CLIENTS: dict[Settings, Client] = {}
_GUARD = threading.Lock()


def client(settings: Settings) -> Client:
    """The client of these settings: one for the whole process, whoever asks."""
    with _GUARD:
        if settings not in _CLIENTS:
            _CLIENTS[settings] = Client(settings)
        return _CLIENTS[settings]


def forget() -> None:
    """Let go of every client and token."""
    with _GUARD:
        _CLIENTS.clear()
    access.forget()
