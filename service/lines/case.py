"""What a batch is to its plan: who and what goes in, which runs it may want, and how it asks for their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

Scores = Mapping[str, Any]  # item id -> [right, p of the right choice]


@dataclass(frozen=True)
class Wish:
    """A run that a batch wants: what goes in, and which items are measured (`all` or `search`)."""

    kind: str
    purpose: str
    mix: tuple[int, ...] = ()
    seed: int | None = None
    split: str = "all"


@dataclass(frozen=True)
class Case:
    """Everything that the plan depends on."""

    members: tuple[int, ...]
    seeds: tuple[int, ...]  # training seeds of the candidate; the first one ships
    spare: tuple[int, ...]  # seeds for controls, search and confirmation, in order of use
    release: tuple[Wish, ...]  # how N is measured beside the candidate (and the anchor, where it is another)
    shares: Mapping[int, float]  # each member's part of the rows
    leaves: Mapping[int, tuple[str, ...]]  # and the leaves that it brings
    said: Mapping[str, str] = field(default_factory=dict)  # a person's blame and acquit
    settled: tuple[
        Mapping[str, Any], ...
    ] = ()  # searches whose rest was trained and gated: not decided again
    at_most_suspects: int = 16
    seconds: float | None = None  # what one training of the candidate took, on average
    stopped: bool = False  # a person ended the search
    further: tuple[int, ...] = ()  # the seed of the second look; none where one look was declared


@dataclass(frozen=True)
class Needs:
    """Runs to do (those not done yet are to be queued)."""

    stage: str
    wishes: tuple[Wish, ...]
    gates: tuple[dict[str, Any], ...] = ()
    search: dict[str, Any] | None = None


@dataclass(frozen=True)
class Ends:
    """The batch is decided: `passed` with the mix that ships, else `failed` or `inconclusive`."""

    decision: str
    mix: tuple[int, ...]
    blamed: tuple[int, ...]
    gates: tuple[dict[str, Any], ...]
    search: dict[str, Any] | None = None


class Measures(Protocol):
    """How the plan asks for numbers; the service gives it results of finished runs."""

    def done(self, wish: Wish) -> bool:
        """Whether this run has ended well."""

    def searched(self) -> list[Wish]:
        """The search runs that have ended well, whatever is wanted today."""

    def gate(self, mix: tuple[int, ...], candidates: tuple[Wish, ...], look: int) -> dict[str, Any]:
        """The gate's result (the contract of `compare`) for these candidate runs against N, at this look."""

    def score(self, wish: Wish, leaf: str) -> float:
        """Mean scaled p on the search items of `leaf`."""

    def noise(self, leaf: str, pairs: Iterable[tuple[Wish, Wish]]) -> float:
        """The sd of one run's score on `leaf`, from pairs of runs of one recipe."""


def missing(measures: Measures, wishes: Iterable[Wish]) -> list[Wish]:
    """The wishes that no finished run answers yet."""
    return [wish for wish in wishes if not measures.done(wish)]


def pairs(wishes: tuple[Wish, ...]) -> list[tuple[Wish, Wish]]:
    """Runs of one recipe, two by two: they differ by their seed alone, so they measure the noise."""
    return [(a, b) for i, a in enumerate(wishes) for b in wishes[i + 1 :]]
