"""Every row that Upweight keeps, so that the whole memory can be read on one page.

Columns are what we search by; the rest of a noun stands frozen as JSON with its ``schema`` number.
Everything is keyed by (repository, number), people by (forge, id). Times are seconds since the epoch, UTC.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from service.db.frozen import Frozen


def _json(default: type[dict[str, Any] | list[Any]] = dict) -> Any:
    return Field(default_factory=default, sa_column=Column(JSON, nullable=False))


def _maybe_json() -> Any:
    return Field(default=None, sa_column=Column(JSON(none_as_null=True), nullable=True))


def _noun(noun: str, default: type[dict[str, Any] | list[Any]] = dict) -> Any:
    return Field(default_factory=default, sa_column=Column(Frozen(noun), nullable=False))


def _maybe_noun(noun: str) -> Any:
    return Field(default=None, sa_column=Column(Frozen(noun), nullable=True))


class Repository(SQLModel, table=True):
    """A taxonomy that we serve; it owns a model line, a visibility and a policy."""

    id: str = Field(primary_key=True)
    forge: str
    name: str = ""  # on the forge: owner/name; plain: the id
    forge_id: str | None = None  # the forge's own, which outlives a new name or owner
    address: str  # the path of our bare repository: plain's own, or the mirror of another forge's
    base_branch: str = "main"
    model: str = "smollm2"
    recipe: str = "laptop"
    visibility: str = "public"
    seed: int = 7
    automatic: bool = True  # batches and releases by the timetable; else only by a maintainer's word
    guard: str | None = None  # a folder of guard suites; None means the project's own
    documents: str | None = None  # a folder with the documents that knowledge leaves cite
    created: float


class Contribution(SQLModel, table=True):
    """One pull request; ``state`` is one of service.lines.states."""

    __table_args__ = (Index("ix_contribution_queue", "repository", "state", "updated"),)
    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    topic: str
    title: str
    author_forge: str
    author_id: str = Field(index=True)
    author_name: str = ""  # how the forge calls them now; never a key
    text: str | None = None  # what the author wrote about it, where the forge tells
    draft: bool = False  # judged, and merged only when its author says that it is ready
    state: str
    head: str
    verdict: dict[str, Any] | None = _maybe_noun("verdict")
    approved_head: str | None = None
    approved_by: str | None = None
    merged: str | None = None  # the commit on the base branch
    leaves: list[str] = _json(list)  # paths of the leaves it touches
    batch: int | None = Field(default=None, index=True)
    release: str | None = None
    held: dict[str, Any] | None = _maybe_noun("held")  # evidence, where it is held back
    opened: float
    updated: float

    @property
    def author(self) -> str:
        """What people call its author: the forge's name for them, which on the plain forge is their id."""
        return self.author_name or self.author_id


class Revision(SQLModel, table=True):
    """One head commit of a contribution, and what was judged of it."""

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    head: str
    verdict: dict[str, Any] | None = _maybe_noun("verdict")
    seen: float  # when we took it in, by our clock
    stood: float | None = (
        None  # since when it surely stood there, by its forge's clock; 0: nothing stood there before
    )


class RevisionOutline(SQLModel, table=True):
    """What a revision held, as data: so that it can be compared when Git has forgotten it."""

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    sequence: int = Field(primary_key=True)
    outline: dict[str, Any] = _noun("outline")


class Look(SQLModel, table=True):
    """Which revision of a contribution somebody looked at last, and which one before that."""

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    person: str = Field(primary_key=True)
    sequence: int
    before: int | None = None
    at: float


class Word(SQLModel, table=True):
    """What a person said that holds on: a claim, a hold, a freeze, an override ... What ended is no row any more.

    With a `head` it holds for that revision alone; without a `number` for the whole repository.
    """

    __table_args__ = (Index("ix_word_about", "repository", "number", "kind"),)
    id: int | None = Field(default=None, primary_key=True)
    repository: str
    number: int | None = None
    kind: str
    head: str | None = None
    body: dict[str, Any] = _json()
    by: str  # forge/id
    at: float
    until: float | None = None


class Event(SQLModel, table=True):
    """What was judged, decided, batched, measured, gated or released: append-only, hash-chained a stream."""

    __table_args__ = (UniqueConstraint("stream", "sequence"),)
    id: int | None = Field(default=None, primary_key=True)
    stream: str = Field(index=True)
    sequence: int
    previous: str = Field(unique=True)
    hash: str
    schema_: int = Field(default=1, sa_column_kwargs={"name": "schema"})
    kind: str = Field(index=True)
    number: int | None = Field(default=None, index=True)  # the contribution it tells of
    body: str = Field(sa_column=Column(Text, nullable=False))  # canonical JSON
    at: float


class Delivery(SQLModel, table=True):
    """What a forge sent to the door, kept before it was answered; the inbox writes it without the ORM."""

    id: str = Field(primary_key=True)
    forge: str
    event: str
    repository: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # the raw bytes, zlib
    received: float
    # kept, done, or failed: tried so often that only a person's replay tries again
    state: str = Field(default="kept", index=True, sa_column_kwargs={"server_default": "kept"})
    attempts: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    note: str | None = None
    not_before: float = Field(default=0.0, sa_column_kwargs={"server_default": text("0")})


class Heard(SQLModel, table=True):
    """How often a forge told what, and what became of it: kept, repeated, unknown, refused with a status."""

    forge: str = Field(primary_key=True)
    event: str = Field(primary_key=True)
    outcome: str = Field(primary_key=True)
    times: int
    last: float


class Obeyed(SQLModel, table=True):
    """A command that a person gave, by the forge's id of what they wrote: it is carried out once, whatever happens."""

    repository: str = Field(primary_key=True)
    key: str = Field(primary_key=True)  # comment/ID/POSITION
    sentence: str | None = None  # what was answered; none yet: it acted, and died before it could say so
    at: float


class Blob(SQLModel, table=True):
    """Text that a person may want erased; events hold only its salted digest. Erased: no text and no salt."""

    digest: str = Field(primary_key=True)
    salt: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    text: str | None


class Wanted(SQLModel, table=True):
    """The outbox: what a pull request should look like; said again until the forge shows it."""

    repository: str = Field(primary_key=True)
    number: int = Field(primary_key=True)
    report: dict[str, Any] = _noun("report")
    version: int = 1
    said: int = Field(default=0, index=True)
    looked: float = 0.0  # when it was last held against what the forge shows
    not_before: float = 0.0
    attempts: int = 0


class Batch(SQLModel, table=True):
    """Merged contributions that are trained and measured together."""

    repository: str = Field(primary_key=True)
    id: int = Field(primary_key=True)
    state: str = Field(
        index=True
    )  # generating training searching confirming passed inconclusive failed released
    members: list[int] = _json(list)
    held: list[int] = _json(list)  # blamed, out of the mix
    start: str | None = None  # the release it starts from; None is the base model
    spec: dict[str, Any] = _noun("spec")  # seeds, k, epsilon ...: hashed before training
    gates: list[dict[str, Any]] = _noun("gate", list)
    search: dict[str, Any] | None = _maybe_noun("search")
    said: dict[str, str] = _json()  # a person's blame and acquit
    override: dict[str, Any] | None = _maybe_json()
    created: float
    updated: float


class Run(SQLModel, table=True):
    """One piece of GPU work. The job directory holds the rest."""

    __table_args__ = (UniqueConstraint("repository", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    repository: str = Field(index=True)
    batch: int = Field(index=True)
    key: str  # hash of everything that the result depends on: identical runs are never done twice
    kind: str  # generate train measure
    purpose: str  # rows base release candidate control search confirm
    mix: list[int] = _json(list)  # contributions in it
    seed: int | None = None
    position: int = 0  # order in the queue
    state: str = Field(default="queued", index=True)  # queued running done failed cancelled
    worker: str | None = None
    fence: int = 0
    lease: float = 0.0
    attempts: int = 0
    directory: str
    progress: dict[str, Any] = _json()
    error: str | None = None
    created: float
    started: float | None = None
    ended: float | None = None


class Release(SQLModel, table=True):
    """Model version N+1; promotion trains nothing."""

    repository: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    sequence: int
    batch: int
    state: str  # planned built published announced
    directory: str
    weights_root: str | None = None
    tag: str | None = None
    manifest: dict[str, Any] = _noun("manifest")
    created: float


class LoginLink(SQLModel, table=True):
    """A one-time link, by the digest of its secret."""

    digest: str = Field(primary_key=True)
    person: str
    role: str
    expires: float


class WebSession(SQLModel, table=True):
    """Somebody signed in, by the digest of the cookie."""

    digest: str = Field(primary_key=True)
    person: str
    role: str
    csrf: str
    expires: float
