"""What an operator sets for GitHub, checked: where it is, who we are there, and how we prove it."""

from __future__ import annotations

import ipaddress
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, urlsplit

API = "https://api.github.com"
GIT = "https://github.com/{owner}/{name}.git"  # as an example; an enterprise's host has its own
PREFIX = "UPWEIGHT_GITHUB_"
TIMEOUT = 20.0


@dataclass(frozen=True)
class Settings:
    """Everything about one GitHub. `git` holds ``{owner}`` and ``{name}``; `timeout` is in seconds."""

    app_id: str
    api: str = API
    git: str = ""
    installation: int = 0  # 0: asked for by the repository
    authorities: Path | None = None
    timeout: float = TIMEOUT
    key_file: Path | None = None
    key: str = field(default="", repr=False)

    @property
    def uploads(self) -> str:
        """Where files of releases go: GitHub takes them at an address beside the interface."""
        parts = urlsplit(self.api)
        host = parts.netloc
        if host.startswith("api.") and parts.path in ("", "/"):
            return f"{parts.scheme}://uploads.{host.removeprefix('api.')}"
        if parts.path.endswith("/api/v3"):
            return f"{parts.scheme}://{host}{parts.path.removesuffix('/v3')}/uploads"
        return self.api

    def git_url(self, repository: str) -> str:
        """Where Git finds ``owner/name``: the template, filled in."""
        owner, _, name = repository.partition("/")
        return self.git.replace("{owner}", quote(owner, safe="")).replace("{name}", quote(name, safe=""))

    def private_key(self) -> str:
        """The App's private key. Raises ValueError where its file can't be read."""
        if self.key_file is None:
            return self.key
        try:
            text = self.key_file.read_text()
        except (OSError, UnicodeDecodeError) as problem:
            raise _wrong("private_key_file", f"{self.key_file} can't be read ({problem})") from None
        if "PRIVATE KEY-----" not in text:
            raise _wrong("private_key_file", f"{self.key_file} holds no private key in PEM form")
        return text

    def trust(self) -> ssl.SSLContext | bool:
        """Whose certificates are good: the usual authorities, and those of a file beside them."""
        if self.authorities is None:
            return True
        trusted = ssl.create_default_context()
        try:
            trusted.load_verify_locations(self.authorities)
        except (OSError, ssl.SSLError) as problem:
            raise _wrong("authorities", f"{self.authorities} holds no certificates ({problem})") from None
        return trusted


def read(told: Mapping[str, str]) -> Settings:
    """The settings of a GitHub out of what the operator said; what is for others is passed over.

    Raises ValueError with the variable's name.
    """
    if not told.get("app_id", "").strip():
        raise _wrong(
            "app_id", "it is not set; `upweight init github` makes an App, or set the number of yours"
        )
    key_file = Path(told["private_key_file"]).expanduser() if told.get("private_key_file") else None
    if key_file is None and "PRIVATE KEY-----" not in told.get("private_key", ""):
        raise _wrong("private_key_file", "it is not set; name the file with the App's private key (PEM)")
    if key_file is not None and not key_file.is_file():
        raise _wrong("private_key_file", f"there is no file {key_file}")
    api = _api(told.get("api") or API)
    return Settings(
        app_id=_matching(
            "app_id", told["app_id"].strip(), r"[A-Za-z0-9._-]{1,64}", "an App's number or client id"
        ),
        api=api,
        git=_git(told.get("git") or _beside(api)),
        installation=int(_matching("installation", told.get("installation") or "0", r"\d{1,18}", "a number")),
        authorities=Path(told["authorities"]).expanduser() if told.get("authorities") else None,
        timeout=_seconds(told.get("timeout") or str(TIMEOUT)),
        key_file=key_file,
        key="" if key_file else told["private_key"].replace("\\n", "\n"),  # a variable holds one line
    )


def _api(address: str) -> str:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
        raise _wrong("api", f"{address[:100]!r} is no address; write {API} or https://HOST/api/v3")
    if parts.username is not None:
        raise _wrong("api", "it holds a user; the App proves itself by its key")
    if parts.scheme == "http" and not _near(parts.hostname):
        raise _wrong("api", f"over http the token could be read on its way to {parts.hostname}; write https")
    return address.rstrip("/")


def _near(host: str) -> bool:
    """Whether it lies on this machine or in a private network: a test server, a container beside ours."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host == "localhost" or "." not in host
    return address.is_loopback or address.is_private


def _beside(api: str) -> str:
    """Where Git is, by where the interface is: never another host, which would be shown the token."""
    parts = urlsplit(api)
    host = parts.netloc.removeprefix("api.") if parts.path == "" else parts.netloc
    return f"{parts.scheme}://{host}/{{owner}}/{{name}}.git"


def _git(template: str) -> str:
    if "{owner}" not in template or "{name}" not in template:
        raise _wrong("git", f"{template[:100]!r} holds no {{owner}} and {{name}}, as in {GIT}")
    if template.startswith("-") or urlsplit(template).scheme not in ("https", "http", "file"):
        raise _wrong("git", f"{template[:100]!r} must begin with https:// or file://")
    if urlsplit(template).username is not None:
        raise _wrong("git", "it holds a user; the App brings its own token")
    return template


def _seconds(text: str) -> float:
    _matching("timeout", text, r"\d{1,3}(\.\d{1,3})?", "seconds, as 20")
    if not 0 < float(text) <= 300:
        raise _wrong("timeout", "it must be more than 0 and at most 300 seconds")
    return float(text)


def _matching(name: str, text: str, pattern: str, wanted: str) -> str:
    if not re.fullmatch(pattern, text):
        raise _wrong(name, f"{text[:60]!r} is not {wanted}")
    return text


def _wrong(name: str, why: str) -> ValueError:
    return ValueError(f"{PREFIX}{name.upper()}: {why}.")
