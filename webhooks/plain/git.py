"""Just enough of git for a hook: ask for objects, write small ones, move refs all at once.

``subprocess`` alone takes longer to import than all that the hook does, so children are spawned by hand and
small objects are written here, as git writes them.
"""

from __future__ import annotations

import os
import zlib
from hashlib import sha1

TREE, BLOB = 0o040000, 0o100644


class GitFailed(Exception):
    """A git command that ended with an error; the text is what it said."""


def _spawn(arguments: list[str], stderr: int | None = None) -> tuple[int, int, int]:
    """Start git with pipes: (process id, a descriptor to write to, one to read from)."""
    child_in, ours_out = os.pipe()
    ours_in, child_out = os.pipe()
    actions = [(os.POSIX_SPAWN_DUP2, child_in, 0), (os.POSIX_SPAWN_DUP2, child_out, 1)]
    if stderr is not None:
        actions.append((os.POSIX_SPAWN_DUP2, stderr, 2))
    process = os.posix_spawnp("git", ["git", *arguments], os.environ, file_actions=actions)
    os.close(child_in)
    os.close(child_out)
    return process, ours_out, ours_in


def run(*arguments: str, send: bytes = b"") -> bytes:
    """Run a git command to its end and return what it printed. `send` must fit a pipe (64 KB)."""
    said, stderr = os.pipe()
    process, to_git, from_git = _spawn(list(arguments), stderr)
    os.close(stderr)
    os.write(to_git, send) if send else None
    os.close(to_git)
    with open(from_git, "rb") as stream:
        printed = stream.read()
    with open(said, "rb") as stream:
        complaint = stream.read().decode("utf-8", "replace").strip()
    if os.waitpid(process, 0)[1] != 0:
        raise GitFailed(complaint or f"git {arguments[0]} failed")
    return printed


class Objects:
    """The objects of the repository that we stand in, through one ``git cat-file --batch``."""

    def __init__(self) -> None:
        self._process, self._to, back = _spawn(["cat-file", "--batch"])
        self._from = open(back, "rb")  # noqa: SIM115 (closed by close)

    def get(self, name: str) -> tuple[str, str, bytes] | None:
        """(id, type, content) of what `name` means, None where there is no such thing."""
        os.write(self._to, name.encode("utf-8", "surrogateescape") + b"\n")
        head = self._from.readline().decode("utf-8", "surrogateescape").rstrip("\n")
        fields = head.rsplit(" ", 2)
        if len(fields) != 3 or not fields[2].isdigit():
            return None
        content = self._from.read(int(fields[2]))
        self._from.read(1)
        return fields[0], fields[1], content

    def close(self) -> None:
        """End the child."""
        os.close(self._to)
        self._from.close()
        os.waitpid(self._process, 0)


def write_object(kind: str, content: bytes) -> str:
    """Store a loose object durably and return its id; one that is there already stays as it is."""
    store = f"{kind} {len(content)}".encode() + b"\0" + content
    name = sha1(store, usedforsecurity=False).hexdigest()
    folder = os.path.join("objects", name[:2])
    path = os.path.join(folder, name[2:])
    if os.path.exists(path):
        return name
    os.makedirs(folder, exist_ok=True)
    temporary = os.path.join(folder, f"tmp_obj_{os.getpid()}_{name[2:10]}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o444)
    try:
        os.write(descriptor, zlib.compress(store, 1))
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.rename(temporary, path)
    return name


def read_tree(content: bytes) -> dict[bytes, tuple[int, bytes]]:
    """The raw bytes of a tree as {name: (mode, 20-byte id)}."""
    entries: dict[bytes, tuple[int, bytes]] = {}
    at = 0
    while at < len(content):
        space = content.index(b" ", at)
        end = content.index(b"\0", space)
        entries[content[space + 1 : end]] = int(content[at:space], 8), content[end + 1 : end + 21]
        at = end + 21
    return entries


def write_tree(entries: dict[bytes, tuple[int, bytes]]) -> str:
    """Store a tree, its entries in git's order (a folder sorts as if its name ended in a slash)."""
    ordered = sorted(entries.items(), key=lambda entry: entry[0] + (b"/" if entry[1][0] == TREE else b""))
    return write_object("tree", b"".join(b"%o %s\0%s" % (mode, name, oid) for name, (mode, oid) in ordered))


def graft(objects: Objects, tree: str | None, path: str, content: bytes) -> str:
    """A tree like `tree` with `content` at `path`; returns its id."""
    found = objects.get(tree) if tree else None
    entries = read_tree(found[2]) if found and found[1] == "tree" else {}
    name, _, rest = path.partition("/")
    if rest:
        below = entries.get(name.encode())
        entries[name.encode()] = (
            TREE,
            bytes.fromhex(
                graft(objects, below[1].hex() if below and below[0] == TREE else None, rest, content)
            ),
        )
    else:
        entries[name.encode()] = BLOB, bytes.fromhex(write_object("blob", content))
    return write_tree(entries)
