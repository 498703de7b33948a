"""What ``upweight init`` keeps of a forge: one file in the home's secrets, its owner's alone.

``Settings.forge`` reads it; the environment goes before it.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path


def place(home: Path, forge: str) -> Path:
    """Where it lies."""
    return home.absolute() / "secrets" / f"{forge}.json"


def load(file: Path) -> dict[str, str]:
    """What is kept; empty where nothing is. Raises ValueError where it is damaged."""
    if not file.exists():
        return {}
    try:
        told = json.loads(file.read_bytes())
    except ValueError as problem:
        raise ValueError(f"{file} is damaged ({problem}); take it away, or mend it") from None
    if not isinstance(told, dict):
        raise ValueError(f"{file} is damaged (it holds no object); take it away, or mend it")
    return {str(key): str(value) for key, value in told.items()}


def keep(file: Path, told: Mapping[str, str]) -> None:
    """Put it there: whole or not at all, and never readable by anybody else, not even for a moment."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f".{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            json.dump(dict(told), out, indent=1)
            out.write("\n")
            out.flush()
            os.fsync(out.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)


def rotated(new: str, before: str) -> str:
    """Two webhook secrets: the new one first, and the newest of those before, which deliveries on their way bear."""
    older = [part.strip() for part in before.split(",") if part.strip()]
    return ",".join([new, *older[:1]]) if new not in older[:1] else new
