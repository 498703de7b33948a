"""What a model answers to a contribution's own questions: the current one before it is merged, any release afterwards.

Two ordinary runs: one measures the seeds' questions by multiple choice among the answers of the leaf, one writes free
answers to the first of them. They belong to no batch, and decide nothing.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from eval_harness.items import items_of
from eval_harness.items_draft import own_questions
from eval_harness.job import Seed
from service.db import contributions, releases
from service.db import runs as queries
from service.db.tables import Contribution, Release, Repository, Run
from service.git.read import commit_at, read_blob
from service.house import House
from service.lines.bench import digest, write_lines, write_whole
from service.record.chain import append
from triage_rules.taxonomy import read_leaf

PURPOSE = "precheck"
BASE = "base"
ASKED = 5  # questions of a leaf that are answered freely
KNOWN, CHANCE = 0.8, 0.15  # a share of right answers that counts as known; what chance may add
POSITION = 900_000_000  # behind batches, before placebos


def ask(house: House, repository: Repository, number: int, version: str | None = None) -> list[int]:
    """Queue the two runs for each leaf of a contribution; asking twice queues nothing more. Gives the runs' ids.

    `version` is a release, or `base`; none: the newest release, or the base before the first. Raises ValueError.
    """
    with house.database.read() as session:
        member = contributions.must(session, repository.id, number)
        release = _release(session, repository, version)
    made = [
        run
        for leaf, seeds in _seeds(house, repository, member)
        for run in _runs(house, repository, member, release, leaf, seeds)
    ]
    if not made:
        raise ValueError(f"#{number} has no leaf whose questions could be asked.")
    with house.database.write() as session:
        rows = [queries.ask(session, run) for run in made]
        ids = [row.id or 0 for row in rows]
        told = {"release": release.version if release else BASE, "head": member.head, "runs": ids}
        append(session, repository.id, "contribution.precheck-asked", told, number)
    house.ring("work")
    return ids


def _release(session: Session, repository: Repository, version: str | None) -> Release | None:
    if version is None:
        return releases.latest(session, repository.id)
    if version == BASE:
        return None
    found = releases.get(session, repository.id, version)
    if found is None or found.state not in releases.PUBLIC:
        raise ValueError(f"There is no release {version[:40]} that is out.")
    return found


def _seeds(house: House, repository: Repository, member: Contribution) -> list[tuple[str, list[Seed]]]:
    """The leaves of its newest revision, with their seeds; what can't be read as a leaf is triage's business."""
    git = house.git(repository)
    found = []
    for path in sorted(member.leaves):
        data = read_blob(git, commit_at(git, member.head), f"{path}/qna.yaml")
        leaf = read_leaf(f"{path}/qna.yaml", data)[0] if data is not None else None
        if leaf is not None and len({seed.answer.strip() for seed in leaf.seeds}) >= 2:
            grounded = leaf.kind == "grounded"
            seeds = [Seed(s.question, s.answer, s.context if grounded else None) for s in leaf.seeds]
            found.append((path, seeds))
    return found


def _runs(
    house: House,
    repository: Repository,
    member: Contribution,
    release: Release | None,
    leaf: str,
    seeds: list[Seed],
) -> list[Run]:
    """A measuring and an asking, each in a folder named by all that its result depends on."""
    model = str(Path(release.directory) / "model") if release else None
    items = [item.to_json() for item in items_of(leaf, own_questions(seeds))]
    shared = {"schema": 1, "model": repository.model, "cache": str(house.settings.cache), "threads": 1}
    questions = [f"{s.context}\n\n{s.question}" if s.context else s.question for s in seeds[:ASKED]]
    weights = {"adapter": None, "model": model}
    jobs = {
        "measure": {
            **shared,
            "kind": "measure",
            "recipe": repository.recipe,
            "weights": weights,
            "items": "items.jsonl",
        },
        "ask": {**shared, "kind": "ask", "model": model or repository.model, "questions": questions},
    }
    made = []
    for kind, job in jobs.items():
        known = {key: value for key, value in job.items() if key != "cache"}
        key = digest({"precheck": member.number, "head": member.head, "leaf": leaf, "items": items, **known})
        folder = house.home / "runs" / repository.id / "prechecks" / f"{member.number}-{kind}-{key[:12]}"
        about: dict[str, Any] = {
            "leaf": leaf,
            "release": release.version if release else BASE,
            "head": member.head,
        }
        about["questions"] = [{"question": s.question, "answer": s.answer} for s in seeds[:ASKED]]
        write_lines(folder / "items.jsonl", items)
        write_whole(folder / "about.json", json.dumps(about, ensure_ascii=False).encode())
        write_whole(folder / "job.json", json.dumps(job, indent=1, sort_keys=True).encode())
        made.append(
            Run(
                repository=repository.id, batch=0, key=key, kind=kind, purpose=PURPOSE, mix=[member.number],
                position=POSITION, directory=str(folder), created=time.time(),
            )
        )  # fmt: skip
    return made


def told(session: Session, member: Contribution) -> list[dict[str, Any]]:
    """By leaf, then by model: how much is known, and what is answered. Runs that have not ended say their state."""
    query = select(Run).where(Run.repository == member.repository, Run.purpose == PURPOSE, Run.batch == 0)
    leaves: dict[str, dict[str, dict[str, Any]]] = {}
    for run in session.exec(query.order_by(Run.id)):  # type: ignore[arg-type]
        if run.mix != [member.number]:
            continue
        about = json.loads((Path(run.directory) / "about.json").read_text())
        if about["head"] != member.head:
            continue
        fresh = {"release": about["release"], "state": "done", "known": None, "share": None, "answers": []}
        one = leaves.setdefault(about["leaf"], {}).setdefault(about["release"], fresh)
        if run.state != "done":
            one["state"] = run.state
        elif run.kind == "measure":
            one.update(_known(Path(run.directory)))
        else:
            answers = json.loads((Path(run.directory) / "result.json").read_text())["answers"]
            one["answers"] = [{**q, "given": a} for q, a in zip(about["questions"], answers, strict=False)]
    return [{"leaf": leaf, "models": list(models.values())} for leaf, models in sorted(leaves.items())]


def _known(folder: Path) -> dict[str, Any]:
    """How many of its questions a model answers right, and what that is called."""
    items = [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]
    scores = json.loads((folder / "result.json").read_text())["scores"]
    share = sum(scores[item["id"]][0] for item in items) / len(items)
    chance = sum(1 / len(item["choices"]) for item in items) / len(items)
    word = "already known" if share >= KNOWN else "not known" if share <= chance + CHANCE else "partly known"
    return {"share": share, "chance": chance, "known": word, "count": len(items)}
