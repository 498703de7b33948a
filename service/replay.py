"""Play pull requests of a bundle: each head adopted by a plain forge, told to the door, judged by the service."""

from __future__ import annotations

import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pygit2
from sqlmodel import Session

from service.db.engine import Database, sqlite_url
from service.db.tables import Contribution
from service.demo.process import start_service, stop_service
from service.git.refs import contribution_heads
from service.settings import plain_secret, store_file
from webhooks.event import Person
from webhooks.forge import Pull
from webhooks.plain.forge import PlainForge
from webhooks.plain.ring import new_id, sign
from webhooks.plain.scheme import body_of
from webhooks.plain.setup import init

PATIENCE = 120.0  # seconds that we wait for one verdict


class Replay:
    """One replay in one home."""

    def __init__(self, bundle: Path, home: Path) -> None:
        self.bundle, self.home = bundle, home
        self.bare = home / "repositories" / "replay.git"
        self.server: subprocess.Popen[str] | None = None

    def play(self, most: int | None = None) -> Iterator[dict[str, Any]]:
        """One line for each pull request, by number."""
        init(self.bare, "http://127.0.0.1:9", plain_secret(self.home))
        # the heads are fetched aside: the forge's own refs appear one by one, as pushes would make them
        specs = ["+refs/heads/main:refs/heads/main", "+refs/pull/*/head:refs/replay/*/head"]
        command = ["git", "-C", str(self.bare), "fetch", "--quiet", str(self.bundle), *specs]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL)
        git = pygit2.Repository(str(self.bare))
        heads = {
            int(name.split("/")[2]): str(git.references[name].peel(pygit2.Commit).id)
            for name in git.references
            if name.startswith("refs/replay/")
        }
        self.server, url, _ = start_service(self.home, self.bare, ["--model", "tiny", "--by-hand"])
        secret = plain_secret(self.home).read_bytes().strip()
        database = Database(sqlite_url(store_file(self.home)))
        with httpx.Client(timeout=60, trust_env=False) as client:
            for number in sorted(heads)[:most]:
                yield self._one(client, url, secret, database, git, number, heads[number])
        database.close()

    def _one(
        self,
        client: httpx.Client,
        url: str,
        secret: bytes,
        database: Database,
        git: Any,
        number: int,
        head: str,
    ) -> dict[str, Any]:
        commit = git[head].peel(pygit2.Commit)
        author = Person("plain", commit.author.email or commit.author.name, commit.author.name)
        title = commit.message.partition("\n")[0][:200] or f"pull request {number}"
        forge = PlainForge(self.bare)
        pull = Pull(number, head, "main", f"pull-{number}", title, author, float(commit.commit_time))
        if number not in contribution_heads(git):
            forge.adopt(pull)
        body = body_of(forge.pushed(pull))
        headers = {
            "content-type": "application/json",
            "x-upweight-signature-256": sign(secret, body),
            "x-upweight-delivery": new_id(),
            "x-upweight-event": "pushed",
        }
        began = time.perf_counter()
        answer = client.post(f"{url}/webhooks/plain", content=body, headers=headers)
        door = time.perf_counter()
        verdict = self._verdict(database, number, head)
        ended = time.perf_counter()
        return {
            "pull": number,
            "head": head,
            "status": answer.status_code,
            "verdict": verdict,
            "ms_door": round(1000 * (door - began), 2),
            "ms_verdict": round(1000 * (ended - began), 2),
        }

    def _verdict(self, database: Database, number: int, head: str) -> str | None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with database.read() as session:
                if (found := _judged(session, number, head)) is not None:
                    return found
            time.sleep(0.005)
        return None

    def stop(self) -> None:
        """Stop the service."""
        stop_service(self.server)

    def totals(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        """The last line."""
        waits = sorted(line["ms_verdict"] for line in lines)
        return {
            "pulls": len(lines),
            "judged": sum(line["verdict"] is not None for line in lines),
            "accepted_by_the_door": sum(line["status"] == 202 for line in lines),
            "verdicts": dict(Counter(str(line["verdict"]) for line in lines)),
            "ms_verdict_median": waits[len(waits) // 2] if waits else None,
            "ms_verdict_most": waits[-1] if waits else None,
        }


def _judged(session: Session, number: int, head: str) -> str | None:
    row = session.get(Contribution, ("replay", number))
    return row.verdict["verdict"] if row and row.head == head and row.verdict else None
