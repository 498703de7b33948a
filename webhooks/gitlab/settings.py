"""What an operator says of a GitLab: where it is, where its Git is, and the token that we are there.

The keys are those of the variables (``UPWEIGHT_GITLAB_URL`` is `url`); `upweight init gitlab` stores the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import msgspec

from webhooks.gitlab.scheme import key

PREFIX = "UPWEIGHT_GITLAB_"
URL = "https://gitlab.com"
TIMEOUT = 15.0
KEY = 16
_PATH = re.compile(r"[\w.-]+(/[\w.-]+)+")
_FIELD = re.compile(r"\{[^}]*\}?")


class GitLab(msgspec.Struct, frozen=True):
    """One GitLab, as one token sees it.

    `api` and `url` have no slash at the end; `git` is a template with ``{path}``, or ``{owner}`` and ``{name}``.
    `authorities` is a file of certificates to trust in the place of the system's. A project's, a group's or a person's
    token will do; it needs the scope `api` and the role Developer (Maintainer, to merge into a protected branch).
    """

    url: str
    api: str
    git: str
    token: str
    authorities: Path | None = None
    timeout: float = TIMEOUT

    def __repr__(self) -> str:
        return f"GitLab({self.url!r}, api={self.api!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        """What a traceback on a terminal shows of it: no token either."""
        return [("url", self.url), ("api", self.api)]

    def git_url(self, path: str) -> str:
        """Where a project is fetched from. Raises ValueError for what can't be a project's path."""
        checked(path)
        owner, _, name = path.rpartition("/")
        parts = {"{path}": quote(path), "{owner}": quote(owner), "{name}": quote(name)}
        address = self.git
        for field, value in parts.items():
            address = address.replace(field, value)
        return address


def read(settings: Mapping[str, str]) -> GitLab:
    """The settings, checked. Raises ValueError with the variable that is wrong and what would be right."""
    api = _address("API", settings.get("api", "")).removesuffix("/api/v4")
    url = _address("URL", settings.get("url", "")) or api or URL
    token = settings.get("token", "").strip()
    if not token:
        raise ValueError(
            f"{PREFIX}TOKEN: no token is set; make one for the project or its group, with the scope api and the role "
            "Maintainer, or run `upweight init gitlab`."
        )
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(f"{PREFIX}TOKEN: that is no token; it has letters that no token has.")
    _secrets(settings.get("webhook_secret", ""))
    git = _template(settings.get("git", "").strip() or f"{url}/{{path}}.git")
    return GitLab(url, api or url, git, token, _file(settings.get("authorities", "")), _seconds(settings))


def checked(path: str) -> str:
    """A project's path, where it can be one: it becomes part of addresses. Raises ValueError."""
    if not _PATH.fullmatch(path) or len(path) > 300 or any(set(part) <= {"."} for part in path.split("/")):
        raise ValueError(f"{path[:80]!r} is no project of GitLab; write it as in its address, group/project.")
    return path


def _secrets(listed: str) -> None:
    """A secret that can't sign would turn every delivery away, and nobody would know why."""
    for secret in listed.split(","):
        if secret.strip().startswith("whsec_") and len(key(secret.strip().encode())) < KEY:
            raise ValueError(
                f"{PREFIX}WEBHOOK_SECRET: behind whsec_ stands the base64 of a key of at least {KEY} bytes; "
                "make one with: echo whsec_$(head -c 32 /dev/urandom | base64)"
            )


def _address(name: str, given: str) -> str:
    """An address without its last slash; empty where none is given."""
    address = given.strip().rstrip("/")
    if not address:
        return ""
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise ValueError(
            f"{PREFIX}{name}: {_shown(address)!r} is no address; write https://HOST or http://HOST:PORT."
        )
    if parts.username or parts.password:
        raise ValueError(
            f"{PREFIX}{name}: an address bears no user and password; the token is {PREFIX}TOKEN."
        )
    return address


def _template(given: str) -> str:
    parts = urlsplit(given)
    wrong = [field for field in _FIELD.findall(given) if field not in ("{path}", "{owner}", "{name}")]
    if wrong or not ("{path}" in given or "{name}" in given) or parts.scheme not in ("http", "https", "file"):
        raise ValueError(
            f"{PREFIX}GIT: {_shown(given)!r} is no template; write https://HOST/{{path}}.git, "
            "or file:///FOLDER/{owner}/{name}."
        )
    if parts.username or parts.password:
        raise ValueError(f"{PREFIX}GIT: a template bears no user and password; the token is {PREFIX}TOKEN.")
    return given


def _shown(address: str) -> str:
    """An address for a message: what stands before an @ may be secret."""
    return re.sub(r"//[^/@]*@", "//…@", address)[:120]


def _file(given: str) -> Path | None:
    if not given.strip():
        return None
    path = Path(given.strip()).expanduser()
    if not path.is_file():
        raise ValueError(f"{PREFIX}AUTHORITIES: there is no file {path}; name one with certificates in PEM.")
    return path.absolute()


def _seconds(settings: Mapping[str, str]) -> float:
    given = settings.get("timeout", "").strip()
    if not given:
        return TIMEOUT
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0.05 <= seconds <= 300:
        raise ValueError(f"{PREFIX}TIMEOUT: {given[:40]!r} is no number of seconds between 0.05 and 300.")
    return seconds
