"""A batch that fell, was searched and confirmed, as the lines would have kept it: real gates, a real search.

Three contributions taught a leaf each; the second one wrecked `knowledge/b0/l0`.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from sqlmodel import Session

from eval_harness import culprit
from eval_harness.compare import compare
from eval_harness.gate_kinds import by_kind
from service.db.tables import Batch, Contribution, Release, Run
from service.lines import jobs, plan
from service.lines.plan import Case, Ends, Needs, Wish
from tests.eval_harness.test_compare import made

FALLEN = "knowledge/b0/l0"
MEMBERS = {1: "knowledge/new", 2: "knowledge/b0/storms", 3: "skills/songs", 4: "skills/rhymes"}
SEEDS = (11, 12)
SPARE = tuple(range(20, 60))
NUMBER = 5
HOSTILE = "<script>alert(1)</script>"


class Played:
    """Runs end at once, and whoever has contribution 2 in the mix loses half of the fallen leaf."""

    def __init__(self) -> None:
        self.finished: dict[Wish, None] = {}
        self._noise = random.Random(5)
        self._scores: dict[Wish, float] = {}

    def done(self, wish: Wish) -> bool:
        return wish in self.finished

    def searched(self) -> list[Wish]:
        return [wish for wish in self.finished if wish.purpose == "search"]

    def gate(self, mix: tuple[int, ...], candidates: tuple[Wish, ...], look: int = 1) -> dict[str, Any]:
        return deepcopy(_compared(2 in mix))

    def score(self, wish: Wish, leaf: str) -> float:
        if wish not in self._scores:
            self._scores[wish] = 0.82 - 0.25 * (2 in wish.mix) + self._noise.gauss(0, 0.06)
        return self._scores[wish]

    def noise(self, leaf: str, pairs: Iterable[tuple[Wish, Wish]]) -> float:
        return 0.06


@cache
def _compared(harmed: bool) -> dict[str, Any]:
    """What the gate says, with and without who does the harm."""
    told = made(3, clusters=6, broken={"l0": 0.6, "l1": 0.1} if harmed else {}, anchor=True)
    for item, about in told["items"].items():
        about["kind"] = "person" if item.endswith("3") else "paraphrase"
    runs = ([r["items"] for r in told["scores"] if r["role"] == role] for role in ("release", "candidate"))
    return {**compare(told), "learned": {}, "kinds": by_kind(told["items"], *runs)}


def case(said: dict[str, str] | None = None) -> Case:
    """What the plan depends on; the rows were shared out alike."""
    shares = dict.fromkeys(MEMBERS, 1 / len(MEMBERS))
    leaves = {number: (leaf,) for number, leaf in MEMBERS.items()}
    return Case(tuple(MEMBERS), SEEDS, SPARE, (Wish("measure", "release"),), shares, leaves, said or {})


def played(until: str = "") -> tuple[Played, Needs | Ends]:
    """The story up to its end, or to the first moment at which the search's newest word has `until` steps."""
    world = Played()
    while True:
        result = plan.step(case(), world, culprit.step_of)
        told = (result.search or {}).get("steps", [])
        if isinstance(result, Ends) or (until and result.search and len(told) >= int(until)):
            return world, result
        world.finished |= dict.fromkeys(result.wishes)


def fill(session: Session, home: Path, until: str = "") -> Batch:
    """Keep it as batch 5 of repository `t`, with its runs, its members and the release that it was held against."""
    world, result = played(until)
    state = result.decision if isinstance(result, Ends) else result.stage
    row = Batch(
        repository="t", id=NUMBER, state=state, members=list(MEMBERS), start="v4", gates=list(result.gates),
        search=result.search, held=list(result.blamed) if isinstance(result, Ends) else [],
        spec={
            "profile": "gain", "against": "v4", "leaves": {str(n): [leaf] for n, leaf in MEMBERS.items()},
            "protected": [FALLEN], "notes": [f"#3, skills/songs: the document {HOSTILE!r} is not UTF-8."],
            "seeds": list(SEEDS), "spare": list(SPARE),
        },
        created=0, updated=0,
    )  # fmt: skip
    session.add(row)
    for number in MEMBERS:
        title = f"Sea songs, and {HOSTILE} in them" if number == 3 else f"Contribution number {number}"
        found = session.get(Contribution, ("t", number)) or Contribution(
            repository="t", number=number, topic="x", title=title, author_forge="plain", author_id="ada",
            state="batched", head="c" * 40, batch=NUMBER, opened=0, updated=0,
        )  # fmt: skip
        session.add(found)
    waited = result.wishes if isinstance(result, Needs) else ()
    for wish in dict.fromkeys((*world.finished, *waited)):
        state = "done" if wish in world.finished else "running"
        session.add(
            Run(
                repository="t", batch=NUMBER, key=f"{wish}", kind=wish.kind, purpose=wish.purpose,
                mix=list(wish.mix), seed=wish.seed, state=state, directory=str(home), created=0,
                started=1.0, ended=91.0 if state == "done" else None,
            )
        )  # fmt: skip
    manifest = {"anchor": {"version": "v1", "runs": []}, "members": [], "seed": 1}
    session.add(
        Release(
            repository="t", version="v4", sequence=4, batch=4, state="announced", directory=str(home),
            manifest=manifest, created=0,
        )
    )  # fmt: skip
    file = jobs.folder_in(home, "t", NUMBER) / "leaves.jsonl"
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"path": leaf, "pull": number, "seeds": [{}] * 5} for number, leaf in MEMBERS.items()]
    file.write_text("".join(json.dumps(one) + "\n" for one in rows))
    return row
