"""What the leaves of a contribution cite, with the place of each word of it and what became of the document."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from urllib.parse import urlsplit

from triage_rules.contribution import Contribution
from triage_rules.facts import Document, Facts
from triage_rules.finding import Place
from triage_rules.taxonomy import DocumentRef, Leaf, Reading
from triage_rules.yaml_tree import Node

_HOST = re.compile(
    r"[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?"
)  # of a name; whatever else a reader might decode is none


class Citation(NamedTuple):
    """A leaf and its ``document``; the file is read again only for the place of something in it."""

    contribution: Contribution
    leaf: Leaf
    ref: DocumentRef

    @property
    def reading(self) -> Reading:
        """The leaf's file."""
        return self.contribution.reading_of(self.leaf.file)

    @property
    def node(self) -> Node:
        """The ``document`` in it."""
        root = self.reading.root
        assert root is not None  # it gave the leaf
        return root.children["document"]

    def place(self, key: str) -> Place:
        """Where a key of the document stands."""
        node = self.node
        return Place(self.leaf.file, *node.keys.get(key, (node.line, node.column)))

    def pattern_place(self, index: int) -> Place:
        """Where a pattern stands."""
        listed = self.node.children.get("patterns")
        strings = [n for n in listed.children.values() if isinstance(n.value, str)] if listed else []
        if index >= len(strings):
            return self.place("patterns")
        return Place(self.leaf.file, strings[index].line, strings[index].column)


def citations(contribution: Contribution) -> Iterator[Citation]:
    """Every leaf that cites a document."""
    for leaf in contribution.leaves:
        if leaf.document is not None:
            yield Citation(contribution, leaf, leaf.document)


def looked_at(contribution: Contribution, facts: Facts) -> Iterator[tuple[Citation, Document]]:
    """The citations of which it is known what became of the document."""
    for citation in citations(contribution) if facts.told.documents is not None else ():
        found = facts.told.documents.of(citation.ref) if facts.told.documents is not None else None
        if found is not None:
            yield citation, found


class Address(NamedTuple):
    """An address over https, brought to one form; ``host`` has the port where it is not the usual one."""

    host: str
    path: str


def address_of(text: str) -> Address | None:
    """An https address in its parts; None for any other scheme, and for what carries a name, a query or odd letters.

    What is no name of a host (an address in brackets) has none either.
    """
    if len(text) > 500 or not text.isascii() or any(letter <= " " or letter in "\\\x7f" for letter in text):
        return None
    try:
        parts = urlsplit(text)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError:
        return None
    if (
        parts.scheme != "https"
        or not host
        or not _HOST.fullmatch(host)
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        return None
    return Address(host if port in (None, 443) else f"{host}:{port}", parts.path)


def on_list(host: str, listed: tuple[str, ...]) -> bool:
    """Is this host listed, by its name or as one below `*.NAME`?"""
    return any(
        host == each or (each.startswith("*.") and host.endswith(each[1:])) for each in map(str.lower, listed)
    )
