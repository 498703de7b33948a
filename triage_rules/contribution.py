"""What is judged: one revision of a contribution, with its files before and after, as the service read it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from triage_rules.taxonomy import ATTRIBUTION, QNA, ROOTS, Leaf, Reading, is_leaf_yaml, read

SYMLINK = 0o120000
SUBMODULE = 0o160000
EXECUTABLE = 0o100755
REGULAR = 0o100644


@dataclass(frozen=True)
class ChangedFile:
    """One path of base..head; ``after`` is None where it is gone or no file, ``before`` where it was not."""

    path: str
    status: str  # added, modified, deleted or renamed
    mode: int = REGULAR
    before: bytes | None = None
    after: bytes | None = None

    @property
    def folder(self) -> str:
        """The path without its last part."""
        return self.path.rpartition("/")[0]

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @property
    def in_tree(self) -> bool:
        """Does it lie in one of the taxonomy's trees?"""
        return self.path.split("/", 1)[0] in ROOTS and "/" in self.path


@dataclass(frozen=True)
class Commit:
    """One commit of base..head; a merge has more than one parent."""

    sha: str
    author_name: str
    author_email: str
    message: str
    parents: int = 1


@dataclass(frozen=True)
class Contribution:
    """A revision: head against base, its commits, its description, and the unchanged files beside its
    leaves.
    """

    head: str
    base: str
    files: tuple[ChangedFile, ...]
    commits: tuple[Commit, ...] = ()
    title: str = ""
    body: str = ""
    author: str | None = None
    siblings: Mapping[str, bytes] = field(default_factory=dict)
    number: int | None = None
    known: Mapping[str, Leaf | None] = field(default_factory=dict)  # leaves by file that were read before

    @property
    def who(self) -> str | None:
        """Whose it is: the author as the forge says, else the newest commit's author."""
        return self.author or (self.commits[0].author_email if self.commits else None)

    @cached_property
    def readings(self) -> tuple[Reading, ...]:
        """The YAML files of leaves that exist at the head, read once for all rules."""
        return tuple(
            self._read(file.path, file.after)
            for file in self.files
            if file.after is not None and is_leaf_yaml(file.path)
        )

    def reading_of(self, path: str) -> Reading:
        """One of them; where its leaf is known and only a place in it is asked for, it alone is read."""
        return self._read(path, self.content(path) or b"")

    def _read(self, path: str, data: bytes) -> Reading:
        if (path, data) not in self._known_readings:
            self._known_readings[path, data] = read(path, data)
        return self._known_readings[path, data]

    @cached_property
    def _known_readings(self) -> dict[tuple[str, bytes], Reading]:
        return {}

    @cached_property
    def leaves(self) -> tuple[Leaf, ...]:
        """The leaves that could be read, those under a wrong name included."""
        if self.known.keys() >= set(self.leaf_files):
            return tuple(leaf for path in self.leaf_files if (leaf := self.known[path]) is not None)
        return tuple(reading.leaf for reading in self.readings if reading.leaf is not None)

    @cached_property
    def leaf_files(self) -> tuple[str, ...]:
        """The paths of the YAML files of leaves that exist at the head."""
        return tuple(f.path for f in self.files if f.after is not None and is_leaf_yaml(f.path))

    @cached_property
    def moved(self) -> frozenset[str]:
        """Paths of files that came here from another place as they were, or nearly: their author wrote none of it."""
        return frozenset(file.path for file in self.files if file.status == "renamed")

    @cached_property
    def withdrawn(self) -> tuple[str, ...]:
        """The folders of leaves that the change takes away."""
        gone = {f.folder for f in self.files if f.in_tree and f.name == QNA and f.status == "deleted"}
        return tuple(sorted(gone - {leaf.path for leaf in self.leaves}))

    @cached_property
    def folders(self) -> tuple[str, ...]:
        """The leaf folders whose ``qna.yaml`` or ``attribution.txt`` is touched and still there."""
        touched = {
            f.folder for f in self.files if f.in_tree and (f.name == ATTRIBUTION or is_leaf_yaml(f.path))
        }
        return tuple(sorted(folder for folder in touched if self._has_leaf(folder)))

    def _has_leaf(self, folder: str) -> bool:
        if self.content(f"{folder}/{QNA}") is not None:
            return True
        return any(path.rpartition("/")[0] == folder for path in self.leaf_files)

    @cached_property
    def _leaf_in(self) -> dict[str, Leaf]:
        """The first leaf of each folder."""
        return {leaf.path: leaf for leaf in reversed(self.leaves)}

    @cached_property
    def _contents(self) -> dict[str, bytes | None]:
        return {file.path: file.after for file in self.files}

    def content(self, path: str) -> bytes | None:
        """A file's bytes at the head, changed or not, as far as they were read."""
        if path in self._contents:
            return self._contents[path]
        return self.siblings.get(path)

    def attribution(self, folder: str) -> bytes | None:
        """The bytes of the ``attribution.txt`` of a leaf folder at the head."""
        return self.content(f"{folder}/{ATTRIBUTION}")

    def kind_of(self, folder: str) -> str:
        """The kind of the leaf in a folder: by what was read, else by the tree that it lies in."""
        leaf = self._leaf_in.get(folder)
        if leaf is not None:
            return leaf.kind
        return "knowledge" if folder.split("/", 1)[0] == "knowledge" else "freeform"

    def version_of(self, folder: str) -> int | None:
        """The schema version of the leaf in a folder, None where it is not part of the change."""
        leaf = self._leaf_in.get(folder)
        if leaf is not None:
            return leaf.version
        data = self.content(f"{folder}/{QNA}")
        return read(f"{folder}/{QNA}", data).version if data is not None else None
