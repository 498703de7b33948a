"""Roots: one hash for a folder of weights, so that two trainings can be compared by a line of text."""

from __future__ import annotations

import hashlib
from pathlib import Path


def file_hash(path: Path) -> str:
    """The sha256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def files(folder: Path) -> dict[str, str]:
    """The sha256 of every file of a folder by its relative path, in order."""
    found = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): file_hash(p) for p in found}


def weights_root(folder: Path) -> str:
    """One hash over the names and contents of a folder's safetensors files. Raises ValueError for none."""
    lines = [f"{name} {digest}\n" for name, digest in files(folder).items() if name.endswith(".safetensors")]
    if not lines:
        raise ValueError(f"{folder} holds no safetensors file")
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def identity(root: str, adapter: Path | None = None) -> str:
    """What weights are called: the root of whole ones, with the root of an adapter that lies on them."""
    return f"{root}+{weights_root(adapter)}" if adapter else root
