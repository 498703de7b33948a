"""The documents' repository of a story: its commit is known before the repository is made.

A knowledge leaf names the full hash of the commit that holds its document. The files under `documents/`
become a repository of one commit with a fixed author, date and message, so that its hash follows from the
files alone and can be written into the leaves beforehand.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import pygit2

WHO = ("Upweight demo", "demo@example.org", 1_767_225_600)  # 2026-01-01 00:00 UTC
MESSAGE = "Documents of the story\n"
BRANCH = "refs/heads/main"


def commit_of(folder: Path) -> str:
    """The hash that the commit of `folder` has, as 40 hex digits; computed without a repository."""
    person = f"{WHO[0]} <{WHO[1]}> {WHO[2]} +0000"
    body = f"tree {_tree(folder).hex()}\nauthor {person}\ncommitter {person}\n\n{MESSAGE}"
    return _object("commit", body.encode()).hex()


def build(folder: Path, bare: Path) -> str:
    """Make `bare` a bare repository whose `main` holds `folder` as its only commit; returns its hash."""
    repository = pygit2.init_repository(str(bare), bare=True, initial_head="main")
    signature = pygit2.Signature(WHO[0], WHO[1], WHO[2], 0)
    commit = repository.create_commit(None, signature, signature, MESSAGE, _write(repository, folder), [])
    repository.references.create(BRANCH, commit, force=True)
    return str(commit)


def texts(folder: Path) -> dict[str, str]:
    """Path inside the repository -> text, of every file under `folder` (none where the folder is missing)."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8", errors="replace")
        for path in files
    }


def _write(repository: pygit2.Repository, folder: Path) -> pygit2.Oid:
    builder = repository.TreeBuilder()
    for path in folder.iterdir():
        if path.is_dir():
            builder.insert(path.name, _write(repository, path), pygit2.enums.FileMode.TREE)
        else:
            builder.insert(path.name, repository.create_blob(path.read_bytes()), pygit2.enums.FileMode.BLOB)
    return builder.write()


def _tree(folder: Path) -> bytes:
    entries = sorted(folder.iterdir(), key=lambda path: path.name + ("/" if path.is_dir() else ""))
    body = b""
    for path in entries:
        mode, digest = (
            ("40000", _tree(path)) if path.is_dir() else ("100644", _object("blob", path.read_bytes()))
        )
        body += f"{mode} {path.name}\0".encode() + digest
    return _object("tree", body)


def _object(kind: str, body: bytes) -> bytes:
    # Git names objects by SHA-1: it is an address here, not a safeguard
    return hashlib.sha1(f"{kind} {len(body)}\0".encode() + body, usedforsecurity=False).digest()
