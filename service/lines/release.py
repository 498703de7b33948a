"""From a batch that passed to model version N+1: each step may be repeated safely; promotion trains nothing.

planned → built (weights merged into a plain folder) → asked (the same questions of N and N+1) → published
(manifest, card, notes, checksums, tag) → announced (a comment on every contribution that went in).
"""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pygit2
from sqlmodel import Session, col, select

from service.db import releases, runs
from service.db.tables import Batch, Contribution, Release, Repository, Run
from service.git.refs import tag as git_tag
from service.house import House
from service.lines import authors, jobs, release_on_forge, say, standstill
from service.lines.batch import before
from service.lines.bench import digest, read_lines, write_lines, write_whole
from service.lines.rows import still, withdrawn
from service.lines.stack import landed
from service.lines.states import Move, Turn, after, turned
from service.record.chain import append
from service.release import paper
from service.release.manifest import manifest as write_manifest


def plan(house: House, repository: Repository, questions: list[str] | None = None) -> Release | None:
    """Plan the release of the oldest batch that passed and has none; asking twice plans it once.

    Raises ValueError where it was compared with an older release than there is by now.
    """
    with house.database.write() as session:
        query = select(Batch).where(Batch.repository == repository.id, Batch.state == "passed")
        batch = session.exec(query.order_by(col(Batch.id))).first()
        if batch is None:
            return None
        known = releases.of_batch(session, repository.id, batch.id)
        if known is not None:
            return known
        if not landed(session, batch):
            return None  # it is released when the base branch holds it
        if why := standstill.behind(session, batch):
            raise ValueError(why)
        sequence = releases.next_sequence(session, repository.id)
        version = f"v{sequence}"
        release = Release(
            repository=repository.id,
            version=version,
            sequence=sequence,
            batch=batch.id,
            state="planned",
            directory=str(house.home / "releases" / repository.id / version),
            manifest={"questions": questions or []},
            created=time.time(),
        )
        session.add(release)
        append(session, repository.id, "release.planned", {"version": version, "batch": batch.id})
    return release


def advance(house: House, repository: Repository) -> None:
    """Take every unfinished release one step on."""
    with house.database.read() as session:
        query = select(Release).where(
            Release.repository == repository.id, col(Release.state).in_(("planned", "built", "published"))
        )
        rows = list(session.exec(query.order_by(col(Release.sequence))))
    for row in rows:
        {"planned": _build, "built": _publish, "published": _announce}[row.state](house, repository, row)


def _batch_and_last(house: House, release: Release) -> tuple[Batch, Release | None, list[Run]]:
    with house.database.read() as session:
        batch = session.get_one(Batch, (release.repository, release.batch))
        last = before(session, batch)
        return batch, last, runs.of_batch(session, release.repository, batch.id)


def final_runs(batch: Batch, batch_runs: list[Run]) -> list[Run]:
    """The trainings of the mix that ships, the shipped seed first; the second look's too, where there was one.

    These are the runs by which the gate let it pass, so the next batch measures N in each of them again: in fewer, N
    would be another model than the one that passed, and less well known.
    """
    mix = tuple(n for n in batch.members if n not in batch.held)
    chosen = [r for r in batch_runs if r.kind == "train" and r.state == "done" and tuple(r.mix) == mix]
    chosen = [r for r in chosen if r.purpose == ("confirm" if batch.held else "candidate")]
    return sorted(chosen, key=lambda run: run.seed or 0)


def _build(house: House, repository: Repository, release: Release) -> None:
    """Merge the weights, and ask both models the same; ordinary runs in the batch's folder."""
    batch, last, batch_runs = _batch_and_last(house, release)
    final = final_runs(batch, batch_runs)[0]
    root = jobs.folder(house, repository.id, batch.id)
    out = Path(release.directory)
    merged = _job(house, repository, batch, "merge", "build", root, {
        "model": repository.model, "recipe": batch.spec["recipe"], "cache": str(house.settings.cache),
        "weights": jobs.trained(Path(final.directory)), "out": str(out),
    })  # fmt: skip
    questions = list(release.manifest["questions"]) or _questions(root, batch)

    def ask(purpose: str, model: str) -> Run:
        return _job(house, repository, batch, "ask", purpose, root, {
            "model": model, "questions": questions, "cache": str(house.settings.cache),
        })  # fmt: skip

    former = ask("ask-before", str(Path(last.directory) / "model") if last else repository.model)
    begun = [_done(house, run) for run in (merged, former)]  # rings for each
    if merged.state != "done":
        return
    asked = [former, ask("ask-after", str(out / "model"))]
    if not all([*begun, _done(house, asked[1])]):
        return
    result = json.loads((Path(merged.directory) / "result.json").read_text())
    answers = [json.loads((Path(r.directory) / "result.json").read_text())["answers"] for r in asked]
    with house.database.write() as session:
        row = session.get_one(Release, (release.repository, release.version))
        if row.state != "planned":
            return
        row.state, row.weights_root = "built", result["root"]
        row.manifest = {
            **row.manifest,
            "answers": [
                {"question": q, "before": b, "after": a} for q, b, a in zip(questions, *answers, strict=True)
            ],
            "base": result.get("base"),
        }
        session.add(row)
        append(session, row.repository, "release.built", {"version": row.version, "root": row.weights_root})
    house.ring("tick")


def _questions(root: Path, batch: Batch) -> list[str]:
    """Where nobody chose: the first seed's question of each leaf that ships."""
    leaves = [leaf for leaf in read_lines(root / "leaves.jsonl") if leaf["pull"] not in batch.held]
    return [leaf["seeds"][0]["question"] for leaf in leaves if leaf["kind"] != "grounded" and leaf["seeds"]]


def _job(
    house: House,
    repository: Repository,
    batch: Batch,
    kind: str,
    purpose: str,
    root: Path,
    job: dict[str, Any],
) -> Run:
    job = {"schema": 1, "kind": kind, **job}
    key = digest({"batch": batch.id, "purpose": purpose, **{k: v for k, v in job.items() if k != "cache"}})
    directory = root / f"{purpose}-{key[:12]}"
    write_whole(directory / "job.json", json.dumps(job, indent=1, sort_keys=True).encode())
    row = Run(
        repository=repository.id, batch=batch.id, key=key, kind=kind, purpose=purpose, position=batch.id * 10 + 9,
        directory=str(directory), created=time.time(),
    )  # fmt: skip
    with house.database.write() as session:
        known = runs.ask(session, row)
    return known


def _done(house: House, run: Run) -> bool:
    if run.state == "queued":
        house.ring("work")
    return run.state == "done"


def _publish(house: House, repository: Repository, release: Release) -> None:
    """Write everything that belongs to the release beside its weights, then tag the taxonomy that it was made from."""
    batch, last, batch_runs = _batch_and_last(house, release)
    with house.database.read() as session:
        members = [session.get_one(Contribution, (repository.id, n)) for n in batch.members]
        wrote = {
            row.number: [each.name or each.id for each in authors.beside(session, row)] for row in members
        }
    git = house.git(repository)
    final = final_runs(batch, batch_runs)
    manifest = write_manifest(repository, release, batch, last, final, members, wrote)
    folder = Path(release.directory)
    root = jobs.folder(house, repository.id, batch.id)
    mix = tuple(n for n in batch.members if n not in batch.held)
    new = jobs.mix_rows(root, mix)
    old = read_lines(Path(last.directory) / "data" / "rows.jsonl") if last else []
    gone = withdrawn(batch.spec, mix)
    rows = [row for row in still(old, new) if row["leaf"] not in gone] + new
    kept = {row["leaf"] for row in rows}
    shipped = {leaf for number in mix for leaf in batch.spec["leaves"][str(number)]}
    fresh = batch.spec.get("fresh", {}).items()
    out = {i for leaf, ids in fresh if leaf not in shipped for i in ids}  # asked of seeds that are held back
    items = [
        i
        for i in read_lines(root / "items.jsonl")
        if (i["leaf"] in kept or i["leaf"].startswith("guard/")) and i["id"] not in out
    ]
    manifest["data"] = {
        "rows": {"sha256": write_lines(folder / "data" / "rows.jsonl", rows), "count": len(rows)},
        "items": {"sha256": write_lines(folder / "eval" / "items.jsonl", items), "count": len(items)},
    }
    write_whole(folder / "release.json", _pretty(paper.published(manifest)))
    write_whole(folder / "gate.json", _pretty(batch.gates[-1]))
    write_whole(folder / "README.md", paper.card(manifest).encode())
    write_whole(folder / "NOTES.md", paper.notes(manifest).encode())
    checksums(folder)
    stamp = hashlib.sha256((folder / "release.json").read_bytes()).hexdigest()
    commit = git[manifest["taxonomy"]].peel(pygit2.Commit)
    name = f"model-{release.version}"
    who = pygit2.Signature("Upweight", "upweight@localhost", commit.commit_time, 0)
    git_tag(
        git,
        name,
        str(commit.id),
        f"{manifest['name']} {release.version}\n\nrelease.json sha256 {stamp}\n",
        who,
    )
    with house.database.write() as session:
        _published(session, release, batch, manifest, name)
    house.ring("tick")


def _published(session: Session, release: Release, batch: Batch, manifest: dict[str, Any], name: str) -> None:
    row = session.get_one(Release, (release.repository, release.version))
    if row.state != "built":
        return
    row.state, row.tag, row.manifest = "published", name, manifest
    session.add(row)
    now = session.get_one(Batch, (batch.repository, batch.id))
    now.state = turned(now.state, Turn.release)
    session.add(now)
    told = {"version": row.version, "root": row.weights_root, "tag": name, "members": [
        m["number"] for m in manifest["members"]]}  # fmt: skip
    append(session, row.repository, "release.published", told)


def _announce(house: House, repository: Repository, release: Release) -> None:
    where = release_on_forge.shown(house, repository, release)
    if where is None:
        return
    with house.database.write() as session:
        row = session.get_one(Release, (release.repository, release.version))
        if row.state != "published":
            return
        row.state, row.manifest = "announced", {**row.manifest, **({"shown": where} if where else {})}
        session.add(row)
        for told in row.manifest["members"]:
            member = session.get_one(Contribution, (row.repository, told["number"]))
            if member.release is None:
                member.state, member.release = after(member.state, Move.release), row.version
                member.updated = time.time()
                session.add(member)
            say.released(session, row, member)
        standstill.supersede(session, row.repository)
        append(session, row.repository, "release.announced", {"version": row.version})
    house.ring("speak")


def _pretty(value: Any) -> bytes:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def checksums(folder: Path) -> None:
    """SHA256SUMS over every file of the release but itself."""
    names = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(p.read_bytes()).hexdigest()}  {p.relative_to(folder)}\n" for p in names]
    write_whole(folder / "SHA256SUMS", "".join(lines).encode())


def verify(folder: Path) -> list[str]:
    """What of a release does not agree with its checksums: changed, missing and extra files."""
    listed = {}
    for line in (folder / "SHA256SUMS").read_text().splitlines():
        digest_, _, name = line.partition("  ")
        listed[name] = digest_
    there = {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()} - {"SHA256SUMS"}
    wrong = [f"{n}: missing" for n in sorted(set(listed) - there)]
    wrong += [f"{n}: not in SHA256SUMS" for n in sorted(there - set(listed))]
    for name in sorted(there & set(listed)):
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != listed[name]:
            wrong.append(f"{name}: changed")
    return wrong
