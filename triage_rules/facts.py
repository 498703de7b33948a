"""Facts: what a rule needs beyond the contribution. The service fetches them; here are their forms, and what is said
where one lacks.

Each is frozen and plain (msgspec), so that it travels to the process that judges. A fact that could not be had is told
as one too, so that a rule can say what was wrong; only what nobody has looked at yet makes a rule "not checked".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Literal, NamedTuple

import msgspec

from triage_rules.finding import writable
from triage_rules.index import Index, Known, Remembered, SeedsIndex
from triage_rules.taxonomy import DocumentRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from triage_rules.contribution import Contribution

BARRED_HOST = "this service fetches nothing from its host"
MOST_CITED = 10  # documents of one contribution that are looked at

State = Literal["there", "not-found", "moved", "too-large", "later", "unreachable", "refused"]
Wrong = Literal["not text", "too large", "an LFS pointer", "a symbolic link", "a submodule"]


class CitedFile(msgspec.Struct, frozen=True):
    """A file of a document that a pattern matches; its text, or what is wrong with it.

    Of a long one the text is ``cut``: its beginning, and what of its ``end`` is looked at.
    """

    path: str
    text: str = ""
    wrong: Wrong | None = None
    end: str = ""
    cut: bool = False

    @property
    def last(self) -> str:
        """The text as far as it is known from its end."""
        return self.end if self.cut else self.text


class Cited(msgspec.Struct, frozen=True):
    """What a leaf cites: it is the key by which a document is known."""

    repo: str
    commit: str
    patterns: tuple[str, ...]

    @classmethod
    def by(cls, ref: DocumentRef) -> Cited:
        """The key of what a leaf cites; the address is cut where no address is that long."""
        patterns = tuple(writable(each[:300]) for each in ref.patterns[:50])
        return cls(writable(ref.repo[:500]), writable(ref.commit[:100]), patterns)


class Document(msgspec.Struct, frozen=True):
    """What became of one citation. ``there``: its files are known. ``later``: it is tried again, ``tries`` were made.
    ``refused``: this service does not fetch it. ``why`` is a clause in our own words.
    """

    cited: Cited
    state: State
    why: str = ""
    files: tuple[CitedFile, ...] = ()
    tries: int = 0

    @property
    def texts(self) -> tuple[str, ...]:
        """The texts of the files that could be read, or their beginnings."""
        return tuple(file.text for file in self.files if file.wrong is None)

    @property
    def cut(self) -> bool:
        """Is there more of it than is looked at?"""
        return any(file.cut for file in self.files)


class Documents(msgspec.Struct, frozen=True):
    """The documents that are known; ``coming`` where somebody fetches the others, and judges again then."""

    known: tuple[Document, ...] = ()
    coming: bool = False

    def of(self, ref: DocumentRef | None) -> Document | None:
        """What became of a citation, None where nobody has looked yet or it is tried again."""
        wanted = Cited.by(ref) if ref is not None else None
        found = next((each for each in self.known if each.cited == wanted), None)
        return None if found is None or found.state == "later" else found


class Author(msgspec.Struct, frozen=True):
    """Who contributes, as the forge knows them: a stable id, the handle by which people do, and co-authors' handles."""

    id: str
    handle: str
    beside: tuple[str, ...] = ()


class Others(msgspec.Struct, frozen=True):
    """Numbers of the author's contributions that were opened before this one and are still open."""

    before: tuple[int, ...]


class Answered(msgspec.Struct, frozen=True):
    """What a model makes of a leaf's own questions before it is trained: the share that it answers right by choice."""

    leaf: str
    model: str  # a release, or base
    share: float
    chance: float  # the share that guessing gets
    count: int


class Generated(msgspec.Struct, frozen=True):
    """What came of writing training rows from a leaf: rows written, and rows kept after filtering."""

    leaf: str
    written: int
    kept: int


class Told(msgspec.Struct, frozen=True):
    """Everything that the service tells the judge beside the index of seeds; None: nobody has looked."""

    documents: Documents | None = None
    author: Author | None = None
    others: Others | None = None
    answered: tuple[Answered, ...] | None = None
    generated: tuple[Generated, ...] | None = None


NOTHING = Told()


@dataclass(frozen=True)
class Facts:
    """What a rule may need beyond the contribution; None says that the fact is not there."""

    seeds_index: Index | None = None
    told: Told = NOTHING
    listings: Mapping[str, Sequence[str]] | None = (
        None  # folder of the base tree: its names, folders with a slash
    )

    @classmethod
    def of(cls, seeds: Iterable[Known | tuple[str, str, str]], told: Told | None = None) -> Facts:
        """Facts from plain seeds: (where, question, answer), or ``Known`` with context, pull and author."""
        return cls(SeedsIndex(seeds), told or NOTHING)

    def remembering(self) -> Facts:
        """The same facts for one judgement, in which rules may ask the index the same."""
        return (
            replace(self, seeds_index=Remembered(self.seeds_index)) if self.seeds_index is not None else self
        )

    def has(self, name: str) -> bool:
        """Is the fact there?"""
        return getattr(self, name, None) is not None or getattr(self.told, name, None) is not None


class Need(NamedTuple):
    """A fact as the pages name it, and why it may lack."""

    title: str
    why: str


_UNFETCHED = "the cited document was not fetched here"
NEEDS: Mapping[str, Need] = {
    "seeds_index": Need("the index of known seeds", "the index of known seeds was not at hand"),
    "listings": Need(
        "the folders of the base branch beside new paths", "the folders of the base branch were not at hand"
    ),
    "body": Need("the contribution's description", "there is no description"),
    "citations": Need("whether the cited documents can be fetched", _UNFETCHED),
    "documents": Need("what came of fetching the cited documents", _UNFETCHED),
    "texts": Need("the text of the cited documents", _UNFETCHED),
    "author": Need("who contributes, as the forge knows them", "only the forge knows who contributes"),
    "others": Need(
        "the author's other open contributions", "only the service knows what else the author has open"
    ),
    "answered": Need(
        "what the current model answers to the leaf's questions", "no model was asked its questions yet"
    ),
    "generated": Need(
        "the training rows that were written from the leaf", "no rows were written from it yet"
    ),
}
# How far each of the three must have come: a document that is not there has been looked for, and nobody read it.
SETTLED: Mapping[str, frozenset[State]] = {
    "citations": frozenset(("there", "not-found", "moved", "too-large", "unreachable", "refused")),
    "documents": frozenset(("there", "not-found", "moved", "too-large", "unreachable")),
    "texts": frozenset(("there",)),
}


def lacking(need: str, contribution: Contribution, facts: Facts) -> str | None:
    """Why a rule with this need can't look at all of this; None where it can, or there is nothing to look at."""
    if need in SETTLED:
        return _documents(need, contribution, facts)
    if need in ("answered", "generated"):
        known = {each.leaf for each in getattr(facts.told, need) or ()}
        return NEEDS[need].why if any(leaf.path not in known for leaf in contribution.leaves) else None
    there = bool(contribution.body) if need == "body" else facts.has(need)
    return None if there else NEEDS[need].why


def cited_by(contribution: Contribution) -> tuple[Cited, ...]:
    """What the leaves of a contribution cite, each once, as many as are looked at."""
    return _cited(contribution)[:MOST_CITED]


def _cited(contribution: Contribution) -> tuple[Cited, ...]:
    refs = (leaf.document for leaf in contribution.leaves if leaf.document is not None)
    return tuple(dict.fromkeys(Cited.by(ref) for ref in refs if ref.repo and ref.commit))


def awaited(contribution: Contribution, facts: Facts) -> tuple[Cited, ...]:
    """The documents that somebody fetches just now, so that this is no last word."""
    documents = facts.told.documents
    if documents is None or not documents.coming:
        return ()
    settled = {each.cited for each in documents.known if each.state != "later"}
    return tuple(each for each in cited_by(contribution) if each not in settled)


def _documents(need: str, contribution: Contribution, facts: Facts) -> str | None:
    """Why some of the cited documents could not be looked at; None where all were, or none is cited."""
    if awaited(contribution, facts):
        return "the cited document is still being fetched"
    documents = facts.told.documents
    known = {each.cited: each for each in documents.known} if documents is not None else {}
    for each in cited_by(contribution):
        found = known.get(each)
        if found is None:
            return NEEDS[need].why
        if found.state not in SETTLED[need]:
            return found.why
    many = len(_cited(contribution)) > MOST_CITED
    return f"only the first {MOST_CITED} documents are looked at" if many else None


def matches(path: str, pattern: str) -> bool:
    """Does a pattern of a leaf name this path of the document's repository? `*` reaches into folders."""
    return fnmatchcase(path, pattern)
