"""`upweight up` with a command that shows whether it was carried out twice, and a forge that shows what was said twice.

The plain forge's comments are named by their purpose, so that it could not show it. Here each has an id of its own, as
on forges with a server.

Run as a process, it starts the service once for each line that it reads, in a child that shares only the modules:
they take three seconds to import, and a storm starts it a hundred times. A child says its process id first; once it was
killed, the next line starts another.
"""

from __future__ import annotations

import os
import random
import sys
import uuid
from pathlib import Path

import service.commands
import service.serve
import service.taking
from webhooks.forge import Found, FoundComment
from webhooks.known import Where
from webhooks.plain import forge as plain


class Loud(plain.PlainForge):
    """A plain forge on which a second comment is a second comment."""

    def found(self, number: int, purposes: frozenset[str] = frozenset()) -> Found:
        """What the contribution shows, the comments with their purposes."""
        found = super().found(number)
        comments = tuple(FoundComment(c.id, c.id.rpartition(".")[0], c.text) for c in found.comments)
        return Found(comments, found.labels, found.check)

    def write(self, number: int, purpose: str, text: str) -> str:
        """A new comment, whatever is there."""
        return super().write(number, f"{purpose}.{uuid.uuid4().hex}", text)

    def edit(self, number: int, identity: str, text: str) -> None:
        """Another text for this one."""
        super().write(number, identity, text)


def opened(where: Where) -> Loud:
    """The forge that is our own bare repository, with a louder voice."""
    return Loud(where.git)


def start() -> None:
    """Be the service, until somebody ends it."""
    from service.cli import main

    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    random.seed()
    print(os.getpid(), flush=True)
    main()


if __name__ == "__main__":
    service.commands.__path__.append(str(Path(__file__).parent / "commands"))
    plain.opened = opened
    for _ in sys.stdin:
        child = os.fork()
        if not child:
            start()
        os.waitpid(child, 0)
