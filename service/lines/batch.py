"""A batch, from merged contributions to a decision.

`form` gathers, `advance` asks the plan what is needed next and makes it so. Both may be repeated at any time:
the plan is a pure function of finished runs, runs are unique by what they depend on, and state changes
together with its event.
"""

from __future__ import annotations

import time
from itertools import chain, takewhile
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from eval_harness import culprit
from service.db import batches, releases
from service.db import runs as queries
from service.db.tables import Batch, Contribution, Release, Repository, Run
from service.house import House
from service.lines import (
    ending,
    gathering,
    held_out,
    intent,
    jobs,
    ledger,
    material,
    noise,
    say,
    stack,
    standstill,
    wishes,
)
from service.lines.bench import Bench, digest, read_lines, write_lines
from service.lines.exam import exam, guard_items
from service.lines.plan import Case, Needs, step
from service.lines.states import OPEN, Move, State, after, along
from service.placement.turns import turn
from service.policy import Policy
from service.record.chain import append


def form(
    house: House, repository: Repository, numbers: list[int] | None = None, profile: str | None = None
) -> Batch | None:
    """Gather merged contributions into a batch, when the policy says that enough are there.

    With `numbers` a maintainer asks for exactly these; asking twice gives the same batch. Only one batch of a
    model line is in work at a time, since the next one starts from what it decides. `profile` is what it is declared
    to be for; None: what the members' changes say.
    """
    policy = house.policy(repository)
    later = policy.merge.when == "after"
    if later and not (gathering.ripe(house, repository, policy, numbers) and stack.ready(house, repository)):
        return None
    with house.database.write() as session:
        if numbers and (known := gathering.batch_of(session, repository.id, numbers)):
            return known
        if batches.at_work(session, repository.id):
            return None
        members = stack.waiting(session, repository, later)
        chosen = [m for m in members if numbers is None or m.number in numbers]
        if numbers is not None and sorted(m.number for m in chosen) != sorted(numbers):
            return None
        at_most = policy.batch.at_most
        if numbers is None:
            chosen = wishes.gather(
                session, repository.id, chosen, at_most, lambda them: gathering.due(policy, them)
            )
        chosen = chosen[:at_most]
        if not chosen:
            return None
        made = stack.place(house, session, repository, chosen, batches.next_id(session, repository.id))
        chosen = [m for m in chosen if made is None or m.number not in made.conflicts]
        return _open(house, session, repository, policy, chosen, profile, made) if chosen else None


def _open(
    house: House,
    session: Session,
    repository: Repository,
    policy: Policy,
    members: list[Contribution],
    profile: str | None,
    made: stack.Stack | None,
) -> Batch:
    last = releases.latest(session, repository.id)
    number = batches.next_id(session, repository.id)
    start = last if last and _continues(session, repository.id, policy) else None
    out = select(Contribution).where(Contribution.repository == repository.id)
    held = list(session.exec(out.where(Contribution.state == State.held_back)))
    seen = stack.seen(members, made)
    ref = stack.ref_of(number) if made else f"refs/heads/{repository.base_branch}"
    spec = _declare(house, repository, policy, seen, held, last, number, ref) | stack.told(number, made)
    start = _intend(house, repository, seen, spec, profile, start)
    items = read_lines(jobs.folder(house, repository.id, number) / "items.jsonl")
    wears = ledger.wear(session, house.home, repository.id, items)
    spec["worn"] = ledger.worn(wears, policy.measure.worn_after)
    spec["history"] = noise.pairs_of(session, house.home, repository.id, jobs.measured_again(last))
    now = time.time()
    batch = Batch(
        repository=repository.id,
        id=number,
        state="generating",
        members=[m.number for m in members],
        start=start.version if start else None,
        spec=spec,
        created=now,
        updated=now,
    )
    session.add(batch)
    for member in members:
        member.state, member.batch, member.updated = after(member.state, Move.batch), number, now
        session.add(member)
        say.batch_joined(session, batch, member)
    told = {"batch": number, "members": batch.members, "start": batch.start, "spec": digest(spec)}
    told |= {"notes": spec["notes"], "corrected": spec["corrected"]}
    append(session, repository.id, "batch.formed", told)
    return batch


def _intend(
    house: House,
    repository: Repository,
    members: list[Contribution],
    spec: dict[str, Any],
    declared: str | None,
    start: Release | None,
) -> Release | None:
    """Fix what the batch is for. Gives what its training starts from: a withdrawal always from the base."""
    git, protected = house.git(repository), spec["protected"]
    changes = {member.number: list(material.versions(git, member)) for member in members}
    by_diff = intent.suggested(chain.from_iterable(changes.values()), protected)
    spec["profile"] = intent.settled(declared, by_diff)
    spec["notes"] += intent.disagreement(declared, by_diff)
    if spec["profile"] != "remove":
        return start
    spec["withdrawn"] = {str(n): intent.withdrawn(mine, protected) for n, mine in changes.items()}
    return None


def _continues(session: Session, repository: str, policy: Policy) -> bool:
    """Whether training goes on from the newest release; else the whole mix is trained anew from the base.

    With `rebase_every = 3` three releases in a row continue, and the fourth is trained anew.
    """
    if policy.train.start_from == "base":
        return False
    out = [row for row in releases.listed(session, repository) if row.state in releases.PUBLIC]
    in_a_row = sum(1 for _ in takewhile(lambda row: row.manifest.get("start", "base") != "base", out))
    return not policy.train.rebase_every or in_a_row < policy.train.rebase_every


def _declare(
    house: House,
    repository: Repository,
    policy: Policy,
    members: list[Contribution],
    held: list[Contribution],
    last: Release | None,
    number: int,
    ref: str,
) -> dict[str, Any]:
    """Everything about the comparison that is fixed before anything is trained."""
    git = house.git(repository)
    folder = jobs.folder(house, repository.id, number)
    leaves: dict[str, list[str]] = {}
    made, notes = [], []
    for member in members:
        found = material.member_leaves(git, repository, member, held)
        leaves[str(member.number)] = [leaf["path"] for leaf in found.leaves]
        made += found.leaves
        notes += found.notes
    frozen = ledger.frozen(last) or guard_items(repository.guard)
    protected = sorted({item["leaf"] for item in frozen})
    trained = read_lines(Path(last.directory) / "data" / "rows.jsonl") if last else []
    brought = (leaf["path"] for leaf in made)
    judge = house.settings.judge is not None
    asked = exam(git, ref, frozen, brought, trained, repository.guard, judge)
    spared = held_out.hold_out(made, asked.bare, policy.measure.make_items)
    items = asked.items + spared.items
    write_lines(folder / "leaves.jsonl", spared.leaves)
    write_lines(folder / "search.jsonl", [i for i in items if i["split"] == "search"])
    items_hash = write_lines(folder / "items.jsonl", items)
    base = repository.seed * 1000 + number * 100
    k, looks = policy.measure.seeds, policy.gate.looks
    first_spare = k + looks - 1
    return {
        "alpha": {"release": policy.gate.alpha_release, "anchor": policy.gate.alpha_anchor},
        "epsilon": jobs.epsilon(policy, last, protected),
        "protected": protected,
        "leaves": leaves,
        "items": items_hash,
        "seeds": [base + i + 1 for i in range(k)],
        "suites": sorted(set(policy.measure.suites)),
        "looks": looks,
        "further": [base + i + 1 for i in range(k, first_spare)],
        "spare": [base + i + 1 for i in range(first_spare, 60)],
        "shipped": [last.manifest["seed"]] if last else [],
        "against": last.version if last else None,
        "recipe": policy.train.recipe or repository.recipe,
        "model": repository.model,
        "taxonomy": str(git.references[ref].target),  # what is merged later is not in it
        "at_most_suspects": policy.search.at_most_suspects,
        "notes": notes + asked.notes + spared.notes,
        "corrected": asked.corrected,
        "fresh": asked.fresh,
    }


def advance(house: House, name: str, number: int) -> None:
    """Do what the batch needs next: queue the runs that are missing, or write down how it ended."""
    with turn(house.home, "advance"):  # job directories are written by one at a time
        _advance(house, name, number)


def _advance(house: House, name: str, number: int) -> None:
    repository = house.repository(name)
    with house.database.read() as session:
        batch = session.get(Batch, (name, number))
        runs = queries.of_batch(session, name, number)
        last = before(session, batch) if batch else None
    waited = house.waiting.pop((name, number), None)
    if batch is None or batch.state not in OPEN:
        return
    looks = repr((batch.model_dump(), [(run.id, run.state) for run in runs]))
    if waited == looks:  # nothing ended and nobody said a word since it was found to wait
        house.waiting[name, number] = looks
        return
    stopped = standstill.stopped(batch)
    broken = [run for run in runs if run.state in standstill.BROKEN]
    if lost := [run for run in broken if not (stopped and standstill.searches(run))]:
        ending.stall(house, batch, lost[0])
        return
    folder = jobs.folder(house, name, number)
    spec = batch.spec
    results = {jobs.wish(run): Path(run.directory) for run in runs if run.state == "done"}
    bench = Bench(spec, read_lines(folder / "items.jsonl"), results)
    case = Case(
        members=tuple(batch.members),
        seeds=tuple(spec["seeds"]),
        spare=tuple(spec["spare"]),
        further=tuple(spec.get("further", ())),
        release=jobs.release_wishes(last),
        shares=jobs.shares(spec, folder),
        leaves={int(number): tuple(leaves) for number, leaves in spec["leaves"].items()},
        said=standstill.of_members(batch),
        seconds=jobs.seconds(runs),
        stopped=stopped,
        settled=tuple((batch.search or {}).get("earlier", ())),
        at_most_suspects=spec["at_most_suspects"],
    )
    result = step(case, bench, culprit.step_of)
    wishes = result.wishes if isinstance(result, Needs) else ()
    going = (run for run in runs if run.purpose == "search" and run.state in ("queued", "running"))
    if any(jobs.wish(run) not in wishes for run in going):
        return  # asked for before a person's word: it counts, so it is waited for before anything else is asked
    if isinstance(result, Needs):
        # what is queued is written again, where it is there: it learns of today's settings
        begun = {jobs.wish(run) for run in runs if run.state != "queued"}
        wanted = [wish for wish in result.wishes if wish not in begun]
        made = [jobs.prepare(house, repository, batch, last, wish) for wish in wanted]
        if not _queue(house, batch, result, made):
            house.waiting[name, number] = looks
    else:
        ending.end(house, batch, result)


def before(session: Session, batch: Batch) -> Release | None:
    """The release that a batch is compared with and follows on, whatever its training starts from."""
    version = batch.spec.get("against", batch.start)
    return session.get(Release, (batch.repository, version)) if version else None


def _queue(house: House, batch: Batch, needs: Needs, runs: list[Run]) -> bool:
    """Write down what it needs; gives whether anything is to be looked at again."""
    with house.database.write() as session:
        row = session.get(Batch, (batch.repository, batch.id))
        if row is None or row.updated != batch.updated:
            return True  # somebody was faster; the sweep or the next finished run asks again
        known = set(session.exec(select(Run.key).where(Run.repository == batch.repository)))
        new = [run for run in runs if run.key not in known]
        if not new and row.state == needs.stage and len(row.gates) == len(needs.gates):
            return False
        for run in new:
            session.add(run)
        ledger.tell_gates(session, row, needs.gates)
        ledger.tell_searches(session, row, needs.search)
        if row.state != needs.stage:
            append(session, row.repository, "batch.stage", {"batch": row.id, "stage": needs.stage})
        row.state, row.gates, row.search = along(row.state, needs.stage), list(needs.gates), needs.search
        row.updated = time.time()
        session.add(row)
        say.batch_moved(session, row)
    if new:
        house.ring("work")
    return True
