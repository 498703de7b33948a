"""What the doctor looks at: one function a look, each giving what is so and, where it lacks, the remedy."""

from __future__ import annotations

import fcntl
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from service.cli.answer import last_line
from service.settings import Settings, store_file

GIGABYTE = 1024**3
PYTHON, GIT = (3, 11), (2, 37)  # http.curloptResolve, for documents; the plain forge's hooks need 2.36
DISK, DISK_LEAST = 5 * GIGABYTE, GIGABYTE  # a base, its cache of the trunk, some releases
MEMORY, MEMORY_LEAST = 3 * GIGABYTE, GIGABYTE  # two trainings of the small real model side by side
INSTALL = "Install it: pip install 'upweight[gpu]' (in a checkout: pip install -r requirements-torch.txt)."


class Look(NamedTuple):
    """One line of the doctor: `state` is ok, warn or fail."""

    name: str
    state: str
    message: str
    remedy: str = ""


Check = Callable[[Settings], Look]


def python(_settings: Settings) -> Look:
    """The interpreter."""
    have = sys.version_info[:2]
    state = "ok" if have >= PYTHON else "fail"
    return Look("python", state, f"Python {have[0]}.{have[1]}.", "Take Python 3.11 or newer.")


def git(_settings: Settings) -> Look:
    """Git's command, new enough for the plain forge's hooks."""
    remedy = f"Install Git {GIT[0]}.{GIT[1]} or newer: the plain forge and the fetching of documents need it."
    if shutil.which("git") is None:
        return Look("git", "fail", "There is no `git`.", remedy)
    said = subprocess.run(["git", "--version"], capture_output=True, text=True, check=False).stdout.strip()
    return Look("git", "ok" if git_version(said) >= GIT else "fail", f"{said}.", remedy)


def git_version(said: str) -> tuple[int, int]:
    """`git version 2.39.5` -> (2, 39); what can't be read counts as too old."""
    found = re.search(r"(\d+)\.(\d+)", said)
    return (int(found.group(1)), int(found.group(2))) if found else (0, 0)


def disk(settings: Settings) -> Look:
    """Room where the home is, or will be."""
    place = next(p for p in (settings.home, *settings.home.parents) if p.exists())
    free = shutil.disk_usage(place).free
    return Look("disk", grade(free, DISK, DISK_LEAST), f"{free / GIGABYTE:.1f} GB free at {place}.",
                f"Make room ({DISK // GIGABYTE} GB), or put the home elsewhere by --home.")  # fmt: skip


def memory(_settings: Settings) -> Look:
    """Memory that is not in use."""
    free = available_memory()
    message = f"{free / GIGABYTE:.1f} GB of memory to be had."
    remedy = "End other programs, set UPWEIGHT_SLOTS=1, or train the model `tiny`."
    return Look("memory", grade(free, MEMORY, MEMORY_LEAST), message, remedy)


def available_memory() -> int:
    """Bytes to be had: as the kernel tells, else all there are."""
    told = Path("/proc/meminfo")
    if told.exists() and (found := re.search(r"MemAvailable:\s+(\d+) kB", told.read_text())):
        return int(found.group(1)) * 1024
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def grade(have: float, well: float, least: float) -> str:
    """ok from `well` up, fail under `least`, warn between."""
    return "ok" if have >= well else "warn" if have >= least else "fail"


def torch(_settings: Settings) -> Look:
    """The trainer's library, really imported, in a process of its own."""
    if importlib.util.find_spec("torch") is None:
        return Look(
            "torch", "fail", "torch is not installed: pages and triage work, training does not.", INSTALL
        )
    program = (
        "import torch; print(torch.__version__, 'with a GPU' if torch.cuda.is_available() else 'on the CPU')"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    if done.returncode:
        said = last_line(done.stderr, "it said nothing")
        return Look("torch", "fail", f"torch can't be imported: {said}", INSTALL)
    return Look("torch", "ok", f"torch {done.stdout.strip()}.")


def threads(settings: Settings) -> Look:
    """Cores against the runs that may go side by side, one thread each."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    message = f"{cores} cores, {settings.slots} runs side by side with one thread each."
    remedy = f"Set UPWEIGHT_SLOTS={cores}: more runs than cores slow one another down."
    return Look("threads", "ok" if settings.slots <= cores else "warn", message, remedy)


def models(settings: Settings) -> Look:
    """The cache of base models."""
    place = settings.cache
    if place.exists() and not (place.is_dir() and os.access(place, os.W_OK)):
        return Look(
            "models", "fail", f"{place} can't be written.", "Set UPWEIGHT_CACHE to a folder of yours."
        )
    there = sorted({p.name.rpartition("-")[0] for p in place.glob("*-*") if (p / "config.json").is_file()})
    if not there:
        message = f"No base model in {place} yet."
        return Look(
            "models", "warn", message, "The first run fetches or makes one; that needs the network once."
        )
    return Look("models", "ok", f"{', '.join(there)} in {place}.")


def home(settings: Settings) -> Look:
    """The home's tables against those of this version."""
    from alembic.script import ScriptDirectory
    from sqlalchemy.exc import SQLAlchemyError

    from service.db.engine import Database, migrations, store_url

    file = store_file(settings.home)
    if settings.database_url is None and not file.exists():
        remedy = f"`upweight up --home {settings.home}` makes it."
        return Look("home", "warn", f"There is no service's home at {settings.home} yet.", remedy)
    url = store_url(settings)
    newest = ScriptDirectory.from_config(migrations(url)).get_current_head()
    try:
        database = Database(url)
        stands = database.revision()
        database.close()
    except SQLAlchemyError as problem:
        said = str(getattr(problem, "orig", None) or problem)
        return Look(
            "home", "fail", f"{url} can't be read: {said}.", "Restore a backup, or name another --home."
        )
    if stands == newest:
        return Look("home", "ok", f"{settings.home}, tables at {stands}.")
    known = {each.revision for each in ScriptDirectory.from_config(migrations(url)).walk_revisions()}
    if stands is None or stands in known:
        return Look(
            "home", "warn", f"Tables at {stands}, this version has {newest}.", "Run `upweight db upgrade`."
        )
    return Look(
        "home", "fail", f"Tables at {stands}, which is newer than this version.", "Install that version."
    )


def secrets(settings: Settings) -> Look:
    """Secrets are their owner's alone."""
    folder = settings.home / "secrets"
    if not folder.is_dir():
        return Look("secrets", "ok", "None made yet.")
    files = [folder, *sorted(p for p in folder.rglob("*") if p.is_file())]
    open_ones = [p for p in files if p.stat().st_mode & 0o077 and (p.is_file() or p.stat().st_mode & 0o022)]
    if open_ones:
        names = " ".join(map(str, open_ones))
        return Look("secrets", "fail", f"Others may read or change {names}.", f"chmod go= {names}")
    return Look("secrets", "ok", f"{len(files) - 1} in {folder}, readable by their owner alone.")


def service(settings: Settings) -> Look:
    """Whether somebody serves this home."""
    lock = settings.home / "lock"
    if not lock.exists():
        return Look("service", "ok", "Nobody serves this home.")
    with lock.open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return Look("service", "ok", "A service is running on this home.")
    return Look("service", "ok", f"No service is running; `upweight up --home {settings.home}` starts it.")


def chromium(_settings: Settings) -> Look:
    """A browser, for the tests of the pages alone."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    remedy = "Only the tests of the pages need it; they are left out."
    return Look("chromium", "ok" if found else "warn", f"{found or 'Not installed'}.", remedy)


def postgres(settings: Settings) -> Look:
    """A PostgreSQL server's binaries, for a team's database or the store's tests."""
    found = shutil.which("postgres") or next(
        map(str, sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))), None
    )
    remedy = "Only a team's database needs it; a laptop's is a file."
    return Look("postgres", "ok" if found else "warn", f"{found or 'Not installed'}.", remedy)


CHECKS: tuple[Check, ...] = (
    python, git, disk, memory, torch, threads, models, home, secrets, service, chromium, postgres,
)  # fmt: skip
