"""Cited documents, each fetched once: a folder that remembers what became of every citation.

What was found stays until room is needed; what failed is tried again, at once where its author may have mended it,
later and later where its host did not answer. A file is written whole or not at all, so that two who look at once
both see a document.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

import msgspec

from service.facts import mirror
from service.facts.addresses import Barred, endpoint
from service.facts.fetcher import PACK, Order
from service.settings import Settings
from triage_rules.facts import Cited, Document

COMMAND = (sys.executable, "-m", "service.facts.fetcher")
LIMIT = 60.0  # seconds for one document
ROOM = 500 * 1024**2  # bytes of all that is remembered
TRIES = 5
SOON, AGAIN = (
    60.0,
    600.0,
)  # seconds: between the first tries of a host; after which a failure may have been mended
GIVEN_UP = 6 * 3600.0  # after which a host that did not answer is asked anew
NO_HASH = "it names no full hash of a commit"
FULL_HASH = re.compile(r"[0-9a-fA-F]{40}")

Clock = Callable[[], float]


class Kept(msgspec.Struct, frozen=True):
    """A document and when that was found out."""

    document: Document
    at: float


class Shelf:
    """What is known of citations, in a folder of the home."""

    def __init__(
        self,
        settings: Settings,
        command: Sequence[str] = COMMAND,
        clock: Clock = time.time,
        limit: float = LIMIT,
        most: int = PACK,
        room: int = ROOM,
    ) -> None:
        self._settings, self._command, self._clock = settings, tuple(command), clock
        self._limit, self._most, self._room = limit, most, room
        self._folder = settings.home / "documents"

    def known(self, cited: Cited, own: Path | None = None) -> Document | None:
        """What is settled about a citation, by the operator's own mirror, the settings or a try before; else None."""
        found = mirror.read(own, cited) if own is not None else None
        if found is not None:
            return found
        if not FULL_HASH.fullmatch(cited.commit):
            return Document(cited, "refused", NO_HASH)
        try:
            endpoint(cited.repo, self._settings.document_hosts, self._settings.document_private_hosts)
        except Barred as why:
            return Document(cited, "refused", str(why))
        kept = self._read(cited)
        return kept.document if kept is not None and kept.document.state != "later" else None

    def due(self, cited: Cited) -> bool:
        """Is it time for a try?"""
        kept = self._read(cited)
        if kept is None:
            return True
        tries = kept.document.tries
        return kept.document.state == "later" and self._clock() >= kept.at + SOON * 4 ** (tries - 1)

    def fetch(self, cited: Cited) -> Document:
        """Try once, in a process that is killed when it takes too long, and remember what came of it."""
        kept = self._read(cited)
        tries = kept.document.tries + 1 if kept is not None else 1
        found = self._asked(cited)
        if found.state == "later":
            found = msgspec.structs.replace(found, tries=tries)
            if tries >= TRIES:
                why = f"{found.why}, in {TRIES} tries"
                found = msgspec.structs.replace(found, state="unreachable", why=why)
        self._write(Kept(found, self._clock()))
        self._make_room()
        return found

    def _asked(self, cited: Cited) -> Document:
        if not FULL_HASH.fullmatch(cited.commit):
            return Document(cited, "refused", NO_HASH)
        try:
            where = endpoint(cited.repo, self._settings.document_hosts, self._settings.document_private_hosts)
        except Barred as why:
            return Document(cited, "refused", str(why))
        place = self._settings.home / "fetching"
        shutil.rmtree(place, ignore_errors=True)  # what a service that was killed left: one fetches at a time
        place.mkdir(parents=True, exist_ok=True)
        authorities = self._settings.document_authorities
        with tempfile.TemporaryDirectory(dir=place, ignore_cleanup_errors=True) as folder:
            return self._run(
                Order(cited, *where, folder, str(authorities) if authorities else None, self._most)
            )

    def _run(self, order: Order) -> Document:
        process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        try:
            said, _ = process.communicate(msgspec.json.encode(order), timeout=self._limit)
            return msgspec.json.decode(said, type=Document)
        except subprocess.TimeoutExpired:
            return Document(order.cited, "later", f"fetching it took more than {self._limit:.0f} seconds")
        except msgspec.DecodeError:
            return Document(order.cited, "later", "fetching it ended before its time")
        finally:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def _file(self, cited: Cited) -> Path:
        key = hashlib.sha256(msgspec.json.encode(cited)).hexdigest()
        return self._folder / key[:2] / f"{key}.json"

    def _read(self, cited: Cited) -> Kept | None:
        """What is remembered and still holds."""
        file = self._file(cited)
        try:
            kept = msgspec.json.decode(file.read_bytes(), type=Kept)
            os.utime(file)
        except (FileNotFoundError, msgspec.DecodeError):
            return None
        age, state = self._clock() - kept.at, kept.document.state
        stale = state in ("not-found", "moved", "too-large", "refused") and age > AGAIN
        return None if stale or (state == "unreachable" and age > GIVEN_UP) else kept

    def _write(self, kept: Kept) -> None:
        file = self._file(kept.document.cited)
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f".{secrets.token_hex(8)}")
        draft.write_bytes(msgspec.json.encode(kept))
        draft.replace(file)

    def _make_room(self) -> None:
        """Forget what nobody has asked for the longest, where all together are too much."""
        files = []
        for file in self._folder.glob("*/*"):
            with suppress(FileNotFoundError):
                found = file.stat()
                files.append((found.st_mtime, found.st_size, file))
        size = sum(each[1] for each in files)
        for _, bytes_, file in sorted(files):
            if size <= self._room:
                return
            file.unlink(missing_ok=True)
            size -= bytes_
