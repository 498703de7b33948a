"""How many deliveries of 24 KB the door keeps durably on one core, beside Probot and a bare route that keep nothing.

Each has a process of its own on one core, the sender another core; they are measured in turn, again and again, and a
ratio is the median of its rounds, so that whatever else runs here costs each as much. Prints one JSON object:
`durable_per_second`, `bare_per_second`, `ratio` (door to bare), `probot_per_second`, `against_probot` (door to Probot,
left out with `--no-probot`), `against_probot_processor` (the same by the processor's time alone), `p50_ms` and
`p99_ms` at 200 a second, and the processor's milliseconds for each delivery.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import logging
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from benchmarks import probot
from benchmarks.door_load import Request, drip, flood, free_port, listens, processor_seconds
from webhooks.plain.ring import new_id, sign

SECRET = b"benchmark"
SIZE = 24_000
RATE = 200.0
LINKS = (
    "html_url",
    "diff_url",
    "patch_url",
    "issue_url",
    "commits_url",
    "statuses_url",
    "comments_url",
    "review_url",
)


def body() -> bytes:
    """A delivery of 24 KB in the shape of GitHub's `pull_request`: mostly addresses, and one long text."""
    api = "https://api.github.com/repos/octo-org/taxonomy"
    user = {
        "login": "ada",
        "id": 1,
        "node_id": "MDQ6VXNlcjE=",
        "type": "User",
        "site_admin": False,
        "url": api,
    }
    repository = {
        "id": 1,
        "full_name": "octo-org/taxonomy",
        "name": "taxonomy",
        "owner": user,
        "private": False,
    }
    repository |= {f"{name}_{n}": f"{api}/{name}/{{/sha}}" for n in range(6) for name in LINKS}
    side = {"ref": "main", "sha": "0" * 40, "user": user, "repo": repository, "label": "octo-org:main"}
    pull = {
        "number": 1,
        "id": 1,
        "state": "open",
        "title": "Bells",
        "draft": False,
        "user": user,
        "merged": False,
    }
    pull |= {"head": side, "base": side, "labels": [], **{name: f"{api}/{name}/1" for name in LINKS}}
    told = {
        "action": "synchronize",
        "number": 1,
        "pull_request": {**pull, "body": ""},
        "repository": repository,
    }
    told |= {"sender": user, "installation": {"id": 1}}
    words = itertools.cycle(f"word{n % 997}" for n in range(3200))
    text = " ".join(itertools.islice(words, (SIZE - len(json.dumps(told))) // 8))
    return json.dumps({**told, "pull_request": {**pull, "body": text}}).encode()


def request() -> Request:
    """Requests with that body as GitHub sends them, each with an id of its own."""
    payload = body()
    head = (
        "POST /webhooks/github HTTP/1.1\r\nHost: x\r\nUser-Agent: GitHub-Hookshot/1\r\nAccept: */*\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(payload)}\r\nX-GitHub-Event: pull_request\r\n"
        f"X-Hub-Signature-256: {sign(SECRET, payload)}\r\nX-GitHub-Delivery: "
    ).encode()
    return lambda: b"".join((head, new_id().encode(), b"\r\n\r\n", payload))


def serve(kind: str, port: int, home: Path) -> None:
    """The server's process: the door with its inbox, or a route that only answers. It logs as the service does."""
    import uvicorn

    from service import logs

    logs.tell(logging.INFO)
    uvicorn.run(_bare if kind == "bare" else _door(home), port=port, log_level="error", access_log=False)


async def _bare(scope: dict[str, object], receive: object, send: object) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):  # type: ignore[operator]
        pass
    head = {"type": "http.response.start", "status": 202, "headers": [(b"content-length", b"2")]}
    await send(head)  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"{}"})  # type: ignore[operator]


def _door(home: Path) -> object:
    from service.db.engine import Database, sqlite_url
    from service.db.inbox import open_inbox
    from service.settings import store_file
    from webhooks.routes import door

    url = sqlite_url(store_file(home))
    Database(url).upgrade()
    inbox = open_inbox(url)
    inbox.start()
    return door(inbox, lambda _forge: [SECRET], lambda _id: None)


class Server:
    """One kind of server in its process, on one core."""

    def __init__(self, kind: str, home: Path, peer: Path | None) -> None:
        self.port = free_port()
        own = [
            sys.executable,
            "-m",
            "benchmarks.door",
            "--serve",
            kind,
            "--port",
            str(self.port),
            "--home",
            str(home),
        ]
        command = own if peer is None else probot.command(peer, self.port, SECRET)
        core = {min(os.sched_getaffinity(0))}
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sys.stderr,
            preexec_fn=lambda: os.sched_setaffinity(0, core),
        )

    def __enter__(self) -> Server:
        until = time.monotonic() + 120
        while not listens(self.port):
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError("the server does not come up; its reason stands above")
            time.sleep(0.1)
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait(30)

    def flooded(self, asked: Request, seconds: float) -> tuple[float, float]:
        """(deliveries a second, the processor's milliseconds for one)."""
        before, began = processor_seconds(self.process.pid), time.perf_counter()
        rate = asyncio.run(flood(self.port, asked, seconds))
        done = rate * (time.perf_counter() - began)
        return rate, 1000 * (processor_seconds(self.process.pid) - before) / done


def measure(seconds: float, rounds: int, peer: Path | None) -> dict[str, object]:
    """All that is told."""
    asked = request()
    found: dict[str, list[tuple[float, float]]] = {}
    with tempfile.TemporaryDirectory(prefix="upweight-door-") as home, ExitStack() as stack:
        kinds = ["bare", "door", *(["probot"] if peer else [])]
        core = os.sched_getaffinity(0)
        servers = {
            kind: stack.enter_context(Server(kind, Path(home), peer if kind == "probot" else None))
            for kind in kinds
        }
        os.sched_setaffinity(0, {max(core)})
        for server in servers.values():
            server.flooded(asked, max(3.0, seconds))  # warm: node compiles what runs often
        for turn in range(rounds):
            for kind in kinds if turn % 2 else reversed(kinds):
                found.setdefault(kind, []).append(servers[kind].flooded(asked, seconds))
        took = asyncio.run(drip(servers["door"].port, asked, max(5.0, seconds), RATE))
        os.sched_setaffinity(0, core)
    told = {
        f"{'durable' if kind == 'door' else kind}_per_second": round(_median(found[kind], 0))
        for kind in kinds
    }
    told |= {f"{kind}_processor_ms": round(_median(found[kind], 1), 3) for kind in kinds}
    told |= {"ratio": _ratio(found, "bare"), **(_beside(found) if peer else {})}
    told |= {
        "p50_ms": round(1000 * took[len(took) // 2], 1),
        "p99_ms": round(1000 * took[len(took) * 99 // 100], 1),
    }
    return {**told, "rounds": rounds, "seconds_each": seconds}


def _median(found: list[tuple[float, float]], at: int) -> float:
    return statistics.median(one[at] for one in found)


def _beside(found: dict[str, list[tuple[float, float]]]) -> dict[str, float]:
    """The door beside Probot: by what was delivered, and by what that cost the processor, which no disk holds up."""
    pairs = zip(found["door"], found["probot"], strict=True)
    cost = statistics.median(peer[1] / door[1] for door, peer in pairs)
    return {"against_probot": _ratio(found, "probot"), "against_probot_processor": round(cost, 2)}


def _ratio(found: dict[str, list[tuple[float, float]]], other: str) -> float:
    """The median of the rounds' ratios: what ran beside them cost both sides of a round alike."""
    pairs = zip(found["door"], found[other], strict=True)
    return round(statistics.median(door[0] / peer[0] for door, peer in pairs), 2)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.door", description=__doc__)
    parser.add_argument("--seconds", type=float, default=2.0, help="of each server in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--no-probot", action="store_true", help="measure without Probot, which needs npm")
    parser.add_argument(
        "--probot", type=Path, help="a folder with Probot in node_modules; none: npm installs it"
    )
    parser.add_argument("--json", action="store_true", help="as it is anyway")
    parser.add_argument("--serve", choices=("door", "bare"), help=argparse.SUPPRESS)
    parser.add_argument("--port", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--home", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    if options.serve:
        serve(options.serve, options.port, options.home)
        return 0
    if len(os.sched_getaffinity(0)) < 2:
        print("two cores are needed: one for the server and one for the load", file=sys.stderr)
        return 5
    peer = None if options.no_probot else probot.installed(options.probot)
    if isinstance(peer, str):
        print(f"{peer}; --no-probot measures without it", file=sys.stderr)
        return 5
    print(json.dumps(measure(options.seconds, options.rounds, peer)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
