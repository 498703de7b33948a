"""A release as its forge shows it: the tag, the notes, and the files that are no weights, before anybody is told."""

from __future__ import annotations

import time
from pathlib import Path

import pygit2

from service import logs
from service.db.tables import Release, Repository
from service.house import House
from service.lines import whose
from webhooks.forge import Busy, Denied, Moved, Releases

log = logs.named("release")
PAPERS = ("release.json", "gate.json", "README.md", "NOTES.md", "SHA256SUMS")
AGAIN = 60.0  # seconds until a forge that did not answer is asked once more
_BELOW = 1_000_000  # in House.later a batch is its number below zero, and a release is this much lower


def shown(house: House, repository: Repository, release: Release) -> str | None:
    """Where the forge shows it, empty where it never will: then people may be told. None: not yet, and they wait.

    Asked again, it adds what is missing. A forge without releases of its own has the tag in its repository already.
    What it refuses is said in the log, and keeps nobody from the release; a tag of that name elsewhere is a refusal.
    """
    forge, key = house.forge(repository), (repository.id, -_BELOW - release.sequence)
    if not isinstance(forge, Releases) or release.tag is None:
        return ""
    if house.later.get(key, 0.0) > time.time():
        return None
    where = ""
    try:
        now = whose.confirmed(house, repository)  # a stranger who took its name gets none of it
        where = _put(house.git(now), house.forge(now), release)
        log.info("release shown", repository=repository.id, version=release.version, where=where)
    except (Denied, Moved) as why:
        log.warning(
            "the forge shows no release",
            repository=repository.id,
            version=release.version,
            why=str(why)[:300],
        )
    except OSError as why:
        house.later[key] = time.time() + (why.after if isinstance(why, Busy) else AGAIN)
        log.warning(
            "release not shown yet", repository=repository.id, version=release.version, why=str(why)[:300]
        )
        return None
    house.later.pop(key, None)
    return where


def _put(git: pygit2.Repository, forge: Releases, release: Release) -> str:
    name, folder = str(release.tag), Path(release.directory)
    tag = git[git.references[f"refs/tags/{name}"].target]
    message = tag.message if isinstance(tag, pygit2.Tag) else name
    target = str(tag.peel(pygit2.Commit).id)
    forge.tag(name, target, message)
    files = [folder / each for each in PAPERS] + sorted((folder / "adapter").glob("*"))
    notes = (folder / "NOTES.md").read_text(encoding="utf-8")
    title = message.partition("\n")[0]
    return forge.release(name, title, notes, [file for file in files if file.is_file()])
