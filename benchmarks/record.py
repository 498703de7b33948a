"""What is kept of a measurement: the value, where and when it was had, and what it was had from.

A record is one JSON file in `benchmarks/results/`, named by the claim. It goes stale when one of the claim's
inputs changes, which is decided by the content of the files, not by their dates.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
RESULTS = ROOT / "benchmarks" / "results"


def read(claim_id: str, folder: Path = RESULTS) -> dict[str, Any] | None:
    """The last record of a claim; None where there is none."""
    file = folder / f"{claim_id}.json"
    if not file.exists():
        return None
    record: dict[str, Any] = json.loads(file.read_text())
    return record


def write(claim_id: str, record: dict[str, Any], folder: Path = RESULTS) -> None:
    """Keep a record; written beside and renamed, so that an interrupted run leaves the former one whole."""
    folder.mkdir(parents=True, exist_ok=True)
    new = folder / f".{claim_id}.new"
    new.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n")
    new.replace(folder / f"{claim_id}.json")


def inputs_hash(globs: Sequence[str], root: Path = ROOT) -> str:
    """A hash over names and contents of the files that these patterns name, as Git sees them.

    Raises ValueError where a pattern names no file: a claim that depends on nothing could never go stale.
    """
    digest = hashlib.sha256()
    for pattern in globs:
        names = _files(pattern, root)
        if not names:
            raise ValueError(f"the input {pattern!r} names no file")
        for name in names:
            content = hashlib.sha256((root / name).read_bytes()).hexdigest()
            digest.update(f"{name}\0{content}\n".encode())
    return digest.hexdigest()[:16]


def _files(pattern: str, root: Path) -> list[str]:
    listing = _git(root, "ls-files", "-co", "--exclude-standard", "-z", "--", f":(glob){pattern}")
    return sorted({name for name in listing.split("\0") if name and (root / name).is_file()})


def commit(root: Path = ROOT) -> str:
    """The short commit that is checked out, with a plus where tracked files differ from it."""
    head = _git(root, "rev-parse", "--short=10", "HEAD").strip() or "none"
    changed = _git(root, "status", "--porcelain", "--untracked-files=no", "--", ".", ":!benchmarks/results")
    return head + ("+" if changed.strip() else "")


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=False)
    return done.stdout


def machine() -> dict[str, Any]:
    """This machine in a few words; `load` tells how busy it was when the measurement began."""
    cpu = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", info.read_text()) if info.exists() else None
    return {
        "cpu": found.group(1).strip() if found else cpu,
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30),
        "system": platform.system(),
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1),
    }
