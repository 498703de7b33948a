"""The operator's settings: the only reader of the environment.

Hosts, secrets and slots belong to whoever runs the service and can't be set by a
repository; what a community may decide stands in its policy.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError

from webhooks import known
from webhooks.scheme import secret_of

PREFIX = "UPWEIGHT_"
NONE = "none"  # for a list that is to be empty: an empty variable is as good as none
_HOST = re.compile(r"(?:\*\.)?[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?(?::\d{1,5})?")


class SettingsError(ValueError):
    """A variable of the environment that makes no sense; the message names it and says what would."""


class Teacher(BaseModel):
    """A model behind an OpenAI-compatible address that writes training rows from seeds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    model: str
    key: SecretStr | None = None


class Judge(BaseModel):
    """A model behind an OpenAI-compatible address that says whether an answer in own words is right."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(pattern=r"^https?://[^\s/]")
    model: str = Field(min_length=1)
    key_file: Path | None = None  # never the key: a job's directory names this, and is kept


class Settings(BaseModel):
    """Everything that an operator can set, with the defaults of a laptop."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    home: Path
    database_url: str | None = Field(default=None, min_length=1)
    broker_url: str = "memory://localhost/"
    plain_secrets: tuple[SecretStr, ...] = ()
    forges: Mapping[str, Mapping[str, SecretStr]] = {}  # what the environment says of a forge, by its name
    teacher: Teacher | None = None
    judge: Judge | None = None
    slots: int = Field(default=1, ge=1, le=256)
    rule_processes: int = Field(default=1, ge=1, le=64)
    bind: str = "127.0.0.1"
    port: int = Field(default=8400, ge=0, le=65535)
    public_url: str | None = None
    cache: Path = Path("~/.cache/upweight")
    catch_up_minutes: int = Field(default=10, ge=1, le=1440)
    delivery_days: int = Field(default=30, ge=7, le=3650)  # forges send again for days, GitHub for three
    document_hosts: tuple[str, ...] = ("github.com", "gitlab.com", "codeberg.org")
    document_private_hosts: tuple[str, ...] = ()
    document_authorities: Path | None = None

    @property
    def url(self) -> str:
        """Where people find the pages."""
        return (self.public_url or f"http://{self.bind}:{self.port}").rstrip("/")

    def secret_bytes(self) -> list[bytes]:
        """The secrets that a plain delivery may be signed with; made once where the operator gave none."""
        if self.plain_secrets:
            return [each.get_secret_value().encode() for each in self.plain_secrets]
        return [own_secret(plain_secret(self.home)).encode()]

    def forge(self, name: str) -> dict[str, str]:
        """What is set for a forge: by the environment first, else by what `upweight init` stored at home.

        Secrets are among it. Raises SettingsError where the file can't be read.
        """
        file = self.home / "secrets" / f"{name}.json"
        try:
            stored = json.loads(file.read_bytes()) if file.exists() else {}
        except (OSError, ValueError) as problem:
            raise SettingsError(f"{file}: {problem}; run `upweight init {name}` again.") from None
        told = {key: each.get_secret_value() for key, each in self.forges.get(name, {}).items()}
        return {key: str(value) for key, value in stored.items()} | told

    def door_secrets(self, name: str) -> list[bytes]:
        """The secrets that a forge's deliveries may be signed with: two while one is being replaced."""
        if name == "plain":
            return self.secret_bytes()
        listed = self.forge(name).get("webhook_secret", "")
        return [part.strip().encode() for part in listed.split(",") if part.strip()]

    def own_secrets(self, forge: str, identity: str) -> list[bytes]:
        """The secrets that deliveries of one repository may bear, by the forge's id of it: two while one is replaced.

        They are made of a key that `init` stored: who reads the one of a project knows no other project's.
        """
        keys = self.forge(forge).get("hook_key", "") if forge != "plain" else ""
        return [
            secret_of(part.strip().encode(), forge, identity).encode()
            for part in keys.split(",")
            if part.strip()
        ]


def read(environ: Mapping[str, str] | None = None, **given: object) -> Settings:
    """Settings from the environment, what the command line gave first; raises SettingsError."""
    env = os.environ if environ is None else environ
    found = {name: env[PREFIX + name.upper()] for name in NAMES if env.get(PREFIX + name.upper())}
    own: dict[str, object] = {"home": "~/.upweight", "slots": _slots(), "rule_processes": _rule_processes()}
    values = own | found
    if listed := env.get(PREFIX + "PLAIN_SECRET"):  # several while one is being replaced
        values["plain_secrets"] = tuple(part.strip() for part in listed.split(",") if part.strip())
    hosts = {
        "document_hosts": env.get(PREFIX + "DOCUMENT_HOSTS"),
        "document_private_hosts": env.get(PREFIX + "DOCUMENT_PRIVATE_HOSTS"),
    }
    values |= {name: _hosts(listed, PREFIX + name.upper()) for name, listed in hosts.items() if listed}
    if file := env.get(PREFIX + "DOCUMENT_AUTHORITIES"):
        values["document_authorities"] = Path(file).expanduser().absolute()
    if env.get(PREFIX + "TEACHER_URL"):
        said = "this version writes rows from seeds alone and asks no teacher yet"
        raise SettingsError(f"{PREFIX}TEACHER_URL: {said}; take the variable away.")
    if env.get(PREFIX + "JUDGE_URL"):
        values["judge"] = _judge(env)
    values["forges"] = {name: _of_forge(env, name) for name in known.names() if name != "plain"}
    values |= {name: value for name, value in given.items() if value is not None}
    for name in ("home", "cache"):
        if name in values:
            values[name] = Path(str(values[name])).expanduser().absolute()
    values.setdefault("cache", Path("~/.cache/upweight").expanduser())
    try:
        return Settings.model_validate(values)
    except ValidationError as error:
        first = error.errors(include_input=False)[0]
        where = "_".join(part for part in first["loc"] if isinstance(part, str)).upper()
        raise SettingsError(f"{PREFIX}{where}: {first['msg']}.") from None


def _of_forge(env: Mapping[str, str], name: str) -> dict[str, str]:
    """The variables of one forge, by what stands behind its name: UPWEIGHT_GITHUB_API is `api`."""
    prefix = f"{PREFIX}{name.upper()}_"
    return {key.removeprefix(prefix).lower(): env[key] for key in env if key.startswith(prefix) and env[key]}


def _judge(env: Mapping[str, str]) -> dict[str, str]:
    """What the environment says of the judge; a key's file lies where the service is started, or has a whole path."""
    said = {"url": env[PREFIX + "JUDGE_URL"], "model": env.get(PREFIX + "JUDGE_MODEL", "")}
    if file := env.get(PREFIX + "JUDGE_KEY_FILE"):
        said["key_file"] = str(Path(file).expanduser().absolute())
    return said


def _hosts(listed: str, variable: str) -> tuple[str, ...]:
    """Names of hosts, with commas between them; an address is no host, and is refused so that nobody relies on it."""
    if listed.strip() == NONE:
        return ()
    hosts = tuple(part.strip().lower() for part in listed.split(",") if part.strip())
    if wrong := [host for host in hosts if not _HOST.fullmatch(host)]:
        raise SettingsError(
            f"{variable}: {wrong[0]!r} is no host; write NAME, *.NAME or NAME:PORT, or {NONE}."
        )
    return hosts


def keep_from_children() -> None:
    """Take the operator's secrets out of this process's environment, once they are read.

    Whatever we start inherits it: judges and fetchers read strangers' bytes there, and need none of them.
    """
    names = [PREFIX + name for name in ("PLAIN_SECRET", "DATABASE_URL", "BROKER_URL")]
    forges = tuple(f"{PREFIX}{name.upper()}_" for name in known.names() if name != "plain")
    for name in [each for each in os.environ if each in names or each.startswith(forges)]:
        del os.environ[name]


def at_home() -> dict[str, str]:
    """The environment for a service of a play: nothing in it leads that out of the play's own home."""
    kept = (PREFIX + "CACHE", PREFIX + "SLOTS")
    own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX) or name in kept}
    return {**own, PREFIX + "DOCUMENT_HOSTS": NONE}


NAMES = (
    "home",
    "database_url",
    "broker_url",
    "slots",
    "rule_processes",
    "bind",
    "port",
    "public_url",
    "cache",
    "catch_up_minutes",
    "delivery_days",
)


def proxy_of(url: str) -> str | None:
    """The proxy that the environment names for an address (`HTTPS_PROXY`, `NO_PROXY` ...); None where there is none."""
    parts = urlsplit(url)
    if not parts.hostname or proxy_bypass(parts.hostname):
        return None
    proxies = getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


def store_file(home: Path) -> Path:
    """The SQLite file of a home, which is there where no other database is named."""
    return home / "upweight.db"


def plain_secret(home: Path) -> Path:
    """The file with the secret that signs a plain forge's deliveries, made where it is missing."""
    file = home.absolute() / "secrets" / "plain"
    own_secret(file)
    return file


def own_secret(file: Path) -> str:
    """The secret in `file`, made on first use; never readable by anybody else, not even for a moment."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    if not file.exists():
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32) + "\n")
        try:
            os.link(draft, file)  # whole or not at all, and the first of two wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return file.read_text().strip()


def _slots() -> int:
    return 2 if len(os.sched_getaffinity(0)) >= 2 else 1


def _rule_processes() -> int:
    return max(1, min(len(os.sched_getaffinity(0)), 8))
