"""The gate in simulation: harmless and harmful batches of known worlds, and how often it is right about them.

Prints a table and, last, one JSON object: `cells` (what, must, measured, simulations) and `missed`. The worlds are
those of `eval_harness/gate_world.py`, which `upweight gate simulate` uses too.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from eval_harness.gate import PASSED, Case, Spec, judge
from eval_harness.gate_clusters import Mask
from eval_harness.gate_world import (
    BLOCK,
    Population,
    Read,
    World,
    fallen,
    flagged,
    no_worse,
    passed,
    play,
    spec_of,
    vetoed,
)


def drift(world: World, rng: np.random.Generator, anchored: bool, block: int = BLOCK) -> Mask:
    """Ten releases that each lose `everywhere`: which worlds (block,) ship all ten."""
    people = Population(world, rng, block)
    names = frozenset(f"{i:03d}" for i in range(world.leaves))
    alpha = (0.03, 0.02) if anchored else (0.05, 0.05)
    spec = Spec("gain", frozenset(), names, alpha, (0.04, 0.05))
    first = last = people.scores(people.margins(people.accuracy, world.k), 3.0)
    shipped = np.ones(block, dtype=bool)
    for lost in range(1, 11):
        accuracy = np.clip(people.accuracy - lost * world.everywhere, 0.02, 0.98)
        ours = people.scores(people.margins(accuracy, world.k), 3.0)
        anchor = first if anchored and lost > 1 else None
        case = Case(spec, people.items_of(), ours, last, np.ones(people.total, dtype=bool), anchor)
        shipped &= judge(case).decision == PASSED
        last = ours
    return shipped


@dataclass(frozen=True)
class Cell:
    """One kind of batch, and what share of them must be read as asked (`>=` or `<=`)."""

    what: str
    world: World
    targets: tuple[tuple[str, Read, str, float], ...]
    profile: str = "gain"
    epsilon: float = 0.04


WHOLE = World(leaves=15, new=6, touched=0.5)


def cells() -> Iterator[Cell]:
    """The table of targets, but for the drift."""
    for clusters in (5, 12):
        for rho in (0.3, 0.9):
            for sigma in (0.02, 0.05):
                name = f"harmless: 8 leaves, {clusters} clusters, rho {rho}, run sd {100 * sigma:.0f}"
                targets = (("vetoed", vetoed, "<=", 0.05), ("flagged", flagged, "<=", 0.10))
                yield Cell(name, World(clusters=clusters, rho=rho, sigma=sigma), targets)
    uneven = World(leaves=15, noisy_share=0.25)
    yield Cell("harmless: a quarter of 15 leaves has run sd 9", uneven, (("vetoed", vetoed, "<=", 0.07),))
    for clusters in (5, 12):
        soft = World(leaves=20, clusters=clusters, steepness=2.0)
        yield Cell(
            f"harmless, softer: 20 leaves, {clusters} clusters", soft, (("vetoed", vetoed, "<=", 0.04),)
        )
    wide = World(leaves=15)
    for name, world, least in (
        ("-40 patchy: 15 leaves, 12 clusters, run sd 2", replace(wide, patchy=0.4), 0.93),
        ("-40 patchy: 15 leaves, 12 clusters, run sd 5", replace(wide, patchy=0.4, sigma=0.05), 0.83),
        ("-30 even: 15 leaves, 12 clusters, run sd 2", replace(wide, even=0.3), 0.97),
        ("-30 patchy: 8 leaves, 12 clusters, run sd 2", World(patchy=0.3), 0.70),
    ):
        yield Cell(name, world, (("fallen leaf vetoed", fallen, ">=", least),))
    small = World(clusters=5, patchy=0.6)
    yield Cell("-60 patchy: 8 leaves, 5 clusters", small, (("anything vetoed", vetoed, ">=", 0.94),))
    for name, world, op, must in (
        ("whole gate, good, run sd 2", WHOLE, ">=", 0.88),
        ("whole gate, good, run sd 5", replace(WHOLE, sigma=0.05), ">=", 0.66),
        ("whole gate, -40 patchy", replace(WHOLE, patchy=0.4), "<=", 0.04),
        ("whole gate, -60 patchy", replace(WHOLE, patchy=0.6), "<=", 0.005),
        ("whole gate, nothing gained", replace(WHOLE, touched=0.0), "<=", 0.02),
    ):
        yield Cell(name, world, (("passed", passed, op, must),))
    for profile, lost, op, must in (
        ("repair", 0.0, ">=", 0.88),
        ("repair", 0.2, "<=", 0.01),
        ("remove", 0.5, ">=", 0.88),
    ):
        name = f"{profile}, -{100 * lost:.0f} in its three leaves"
        yield Cell(name, replace(wide, corrected=lost), (("passed", passed, op, must),), profile)
    for leaves in (8, 15):
        sunk = World(leaves=leaves, everywhere=0.04)
        yield Cell(f"-4 everywhere: {leaves} leaves, epsilon 4", sunk, (("no worse", no_worse, "<=", 0.08),))


def measured(what: str, op: str, must: float, hits: Sequence[Mask]) -> dict[str, Any]:
    """A row of the result; a miss is further off than two standard errors of the simulation."""
    every = np.concatenate(hits)
    share, error = float(every.mean()), 2 * math.sqrt(must * (1 - must) / every.size)
    met = share >= must - error if op == ">=" else share <= must + error
    return {"what": what, "must": f"{op} {must}", "measured": share, "simulations": every.size, "met": met}


def simulate(blocks: int) -> Iterator[dict[str, Any]]:
    """Every cell on `blocks` of a hundred worlds (a drift on fewer: it is ten gates long)."""
    for number, cell in enumerate(cells()):
        rng, spec = np.random.default_rng(number), spec_of(cell.world, cell.profile, cell.epsilon)
        played = [play(cell.world, spec, rng) for _ in range(blocks)]
        for name, read, op, must in cell.targets:
            yield measured(f"{cell.what}: {name}", op, must, [read(found) for found in played])
    world, rng = World(leaves=15, everywhere=0.01), np.random.default_rng(99)
    gone = [drift(world, rng, True) for _ in range(max(1, blocks // 4))]
    yield measured("ten releases of -1, anchored: all ten shipped", "<=", 0.01, gone)


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; `--help` tells."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate_simulation", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="200 worlds a cell instead of 2,000")
    parser.add_argument("--json", action="store_true", help="no table")
    options = parser.parse_args(argv)
    rows = []
    for row in simulate(2 if options.quick else 20):
        rows.append(row)
        if not options.json:
            print(f"{row['what']}: {row['measured']:.3f} (must {row['must']})", flush=True)
    print(json.dumps({"cells": rows, "missed": sum(not row["met"] for row in rows)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
