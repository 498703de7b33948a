"""A gate's settings tried before anybody depends on them: what passes, by how much a batch truly gains or harms."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from eval_harness.gate import Case, judge
from eval_harness.gate_plan import planned
from eval_harness.gate_whole import FAILED, PASSED
from eval_harness.gate_world import BLOCK, Population, World, play, spec_of

GAINED = 0.50  # what the touched leaves gain where something else is asked
GAINS = (0.0, 0.05, 0.10, 0.20, 0.30, 0.50)
DAMAGES = (-0.10, -0.20, -0.30, -0.40, -0.60)
EVERYWHERE = (-0.01, -0.02, -0.04, -0.06)
SEARCH_MORE = 5  # what a culprit search may cost beyond log2 of its suspects


@dataclass(frozen=True)
class Settings:
    """What a policy says of the gate, for batches against the last release."""

    alpha: float
    epsilon_most: float  # the widest ε, a fraction
    k: int  # training seeds of a candidate, and of the release


@dataclass(frozen=True)
class Chance:
    """Of batches that truly do this, the shares (of 1) that pass, fail and stay open."""

    what: str  # gain, even, patchy or everywhere
    effect: float
    passed: float
    failed: float
    inconclusive: float


def margin(world: World, settings: Settings, seed: int = 0) -> float:
    """ε as it is planned when an anchor is frozen: the middling one of nine such worlds, bounded by the policy."""
    found = []
    for block in range(9):
        rng = np.random.default_rng((seed, block))
        people = Population(world, rng, 1)
        runs = [people.scores(people.margins(people.accuracy, settings.k), 3.0) for _ in range(2)]
        ones = [replace(run, y=run.y[0], p=run.p[0]) for run in runs]
        case = Case(spec_of(world), people.items_of(), ones[0], ones[1], np.ones(people.total, dtype=bool))
        found.append(planned(case, judge(case))[0])
    return min(settings.epsilon_most, float(np.median(found)))


def worlds_of(world: World) -> Iterator[tuple[str, float, World]]:
    """The batches that are tried: what they do, by how much, and the world in which they do it."""
    good = replace(world, touched=GAINED)
    for gain in GAINS:
        yield "gain", gain, replace(world, touched=gain)
    for damage in DAMAGES:
        yield "even", damage, replace(good, even=-damage)
    for damage in DAMAGES:
        yield "patchy", damage, replace(good, patchy=-damage)
    for loss in EVERYWHERE:
        yield "everywhere", loss, replace(good, everywhere=-loss)


def chances(world: World, settings: Settings, epsilon: float, blocks: int, seed: int = 0) -> Iterator[Chance]:
    """Play `blocks` of a hundred worlds for each kind of batch."""
    spec = spec_of(world, "gain", epsilon, settings.alpha)
    for number, (what, effect, told) in enumerate(worlds_of(replace(world, k=settings.k))):
        rng = np.random.default_rng((seed, 1, number))
        codes = np.concatenate([play(told, spec, rng, BLOCK).decision for _ in range(blocks)])
        passed, failed = float((codes == PASSED).mean()), float((codes == FAILED).mean())
        yield Chance(what, effect, passed, failed, 1 - passed - failed)


def runs(settings: Settings, members: int) -> dict[str, int]:
    """Trainings that a batch of so many contributions costs: when it passes, and at most when one is searched for."""
    search = math.ceil(math.log2(max(2, members))) + SEARCH_MORE
    whole = settings.k
    return {"passes": whole, "searched_at_most": whole + settings.k + search + settings.k}
