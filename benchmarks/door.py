"""How many deliveries of 24 KB a second the door keeps durably, beside a bare ASGI route that keeps nothing.

Both run in turn in a process of their own on one core (uvicorn), under 16 connections from another core. Prints
one JSON object: `durable_per_second`, `bare_per_second`, `ratio`, `seconds_each`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from webhooks.plain.ring import new_id, sign

SECRET = b"benchmark"
CONNECTIONS = 16


def body() -> bytes:
    """A delivery of 24 KB."""
    text = json.dumps({"schema": 1, "repository": "taxonomy", "number": 1, "head": "0" * 40, "padding": ""})
    words = " ".join(f"word{i % 997}" for i in range(3200))
    return text.replace('"padding": ""', f'"padding": "{words}"').encode()[:24_000].rsplit(b" ", 1)[0] + b'"}'


def serve(kind: str, port: int, home: Path) -> None:
    """The server's process: the door with its inbox, or a route that only answers."""
    import uvicorn

    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    uvicorn.run(_bare if kind == "bare" else _door(home), port=port, log_level="error", access_log=False)


async def _bare(scope: dict[str, object], receive: object, send: object) -> None:
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body"):  # type: ignore[operator]
        pass
    await send({"type": "http.response.start", "status": 202, "headers": []})  # type: ignore[operator]
    await send({"type": "http.response.body", "body": b"{}"})  # type: ignore[operator]


def _door(home: Path) -> object:
    from service.db.engine import Database, sqlite_url
    from service.db.inbox import open_inbox
    from webhooks.routes import door

    url = sqlite_url(home / "upweight.db")
    Database(url).upgrade()
    inbox = open_inbox(url)
    inbox.start()
    return door(inbox, lambda _forge: [SECRET], lambda _id: None)


async def _load(port: int, seconds: float) -> float:
    until, payload = time.perf_counter() + seconds, body()
    signature = sign(SECRET, payload)
    done = 0

    async def one() -> None:
        nonlocal done
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while time.perf_counter() < until:
            head = (
                f"POST /webhooks/plain HTTP/1.1\r\nHost: x\r\nContent-Length: {len(payload)}\r\n"
                f"Content-Type: application/json\r\nX-Upweight-Signature-256: {signature}\r\n"
                f"X-Upweight-Delivery: {new_id()}\r\nX-Upweight-Event: pushed\r\n\r\n"
            )
            writer.write(head.encode() + payload)
            answer = await reader.readuntil(b"\r\n\r\n")
            if not answer.startswith(b"HTTP/1.1 202"):
                raise RuntimeError(answer.decode())
            length = [line for line in answer.lower().split(b"\r\n") if line.startswith(b"content-length:")]
            if length:
                await reader.readexactly(int(length[0].split(b":")[1]))
            else:
                while (size := int(await reader.readline(), 16)) or await reader.readexactly(2) != b"\r\n":
                    await reader.readexactly(size + 2)
            done += 1
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CONNECTIONS)))
    return done / (time.perf_counter() - began)


def measure(kind: str, seconds: float) -> float:
    """Deliveries a second that one kind of server takes."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="upweight-door-") as home:
        command = [
            sys.executable,
            "-m",
            "benchmarks.door",
            "--serve",
            kind,
            "--port",
            str(port),
            "--home",
            home,
        ]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
        try:
            for _ in range(200):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            return asyncio.run(_load(port, seconds))
        finally:
            server.terminate()
            server.wait(20)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.door", description=__doc__)
    parser.add_argument("--seconds", type=float, default=5.0)
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
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    bare, kept = measure("bare", options.seconds), measure("door", options.seconds)
    told = {"durable_per_second": round(kept), "bare_per_second": round(bare), "ratio": round(kept / bare, 2)}
    print(json.dumps({**told, "seconds_each": options.seconds}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
