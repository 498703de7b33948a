"""What may go wrong between a forge and us, asked for by number or by chance, and the same each time for one seed.

Requests are answered with an error, hang, or are carried out and their answer lost. Deliveries are lost, repeated, held
back for a while, or change places with the next one.
"""

from __future__ import annotations

import random
import re
import threading
from dataclasses import asdict, dataclass
from typing import Any

HANG, LOST = "hang", "lost"
KINDS = ("403", "404", "422", "429", "500", "502", "503", HANG, LOST)


@dataclass
class Trouble:
    """One kind of trouble for requests: the next `times` of them (None: for good), or a `share` of them.

    `kind` is a status, `hang` (answers after `seconds`) or `lost` (does the work, then hangs up without an answer).
    `method` and `path` (an expression that is searched for) say which requests; `seconds` is what Retry-After says too.
    """

    kind: str
    times: int | None = 1
    share: float = 1.0
    seconds: float = 1.0
    method: str = ""
    path: str = ""

    def __post_init__(self) -> None:
        """Raises ValueError for what is no trouble that we know."""
        if self.kind not in KINDS:
            raise ValueError(f"{self.kind!r} is no trouble; there are {', '.join(KINDS)}")
        try:
            re.compile(self.path)
        except re.error as problem:
            raise ValueError(f"{self.path!r} is no expression: {problem}") from None

    def meets(self, method: str, path: str) -> bool:
        """Whether it is about this request."""
        return self.times != 0 and self.method in ("", method) and re.search(self.path, path) is not None


@dataclass
class Post:
    """What happens to deliveries, each a probability; a delayed one waits up to `seconds`."""

    lose: float = 0.0
    repeat: float = 0.0
    delay: float = 0.0
    reorder: float = 0.0
    seconds: float = 0.5


@dataclass(frozen=True)
class Fate:
    """What happens to one delivery: how many times it comes, how many seconds late, whether the next overtakes it."""

    times: int = 1
    late: float = 0.0
    overtaken: bool = False


class Faults:
    """The troubles of one forge. Requests and deliveries draw from streams of their own."""

    def __init__(self, seed: int = 0) -> None:
        self.post = Post()
        self._troubles: list[Trouble] = []
        self._lock = threading.Lock()
        self.begin(seed)

    def begin(self, seed: int) -> None:
        """Draw anew from this seed; what is asked for stays."""
        self.seed = seed
        self._asked, self._posted = random.Random(f"{seed} requests"), random.Random(f"{seed} deliveries")

    def trouble(self, kind: str, **how: Any) -> Trouble:
        """Ask for trouble; see Trouble for what can be said. Raises ValueError, TypeError."""
        wanted = Trouble(kind, **how)
        with self._lock:
            self._troubles.append(wanted)
        return wanted

    def clear(self) -> None:
        """Everything goes well from now on."""
        with self._lock:
            self._troubles.clear()
        self.post = Post()

    def meet(self, method: str, path: str) -> Trouble | None:
        """What this request meets; None where all goes well."""
        with self._lock:
            for trouble in self._troubles:
                if trouble.meets(method, path) and (
                    trouble.share >= 1 or self._asked.random() < trouble.share
                ):
                    trouble.times = None if trouble.times is None else trouble.times - 1
                    return trouble
        return None

    def fate(self) -> Fate:
        """What happens to the next delivery. Four numbers are drawn whatever the probabilities are."""
        with self._lock:
            lost, twice, late, over = (self._posted.random() for _ in range(4))
            seconds = self._posted.random() * self.post.seconds
        post = self.post
        times = 0 if lost < post.lose else 2 if twice < post.repeat else 1
        return Fate(times, seconds if late < post.delay else 0.0, over < post.reorder)

    def told(self) -> dict[str, Any]:
        """What is asked for, as plain values."""
        return {
            "seed": self.seed,
            "deliveries": asdict(self.post),
            "requests": [asdict(t) for t in self._troubles],
        }
