"""What is to be said on a pull request: kept as a wanted report in the transaction that makes it true.

`speak` makes the forge look like it, later and as often as it takes; saying the same thing twice changes nothing.
"""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from service import logs, merge_reports, reports
from service.db.tables import Batch, Contribution, Release, Repository, Wanted
from service.house import House
from service.lines import answers, beside, quiet, shown
from service.lines.states import State
from service.placement.turns import turn
from webhooks.forge import Busy, Closing, Denied, Listing, Suggestions
from webhooks.plain.forge import PlainForge
from webhooks.reconcile import Shown, make

ENDED = (State.closed, State.joined)  # what its forge closes too

log = logs.named("say")


def want(session: Session, member: Contribution, purpose: str, text: str) -> None:
    """Add or replace a word of a contribution, in the comment where `quiet` puts it; labels and check follow its state.

    Whatever label we wanted once is ours to take away; what people put there stays. A new word ends a reminder.
    """
    row = _row(session, member)
    comments = row.report.get("comments", {})
    _keep(session, member, row, comments={**comments, quiet.place(comments, purpose): text}, notice="")


def _row(session: Session, member: Contribution) -> Wanted:
    row = session.get(Wanted, (member.repository, member.number))
    return row or Wanted(
        repository=member.repository, number=member.number, report={"comments": {}}, version=0
    )


def _keep(session: Session, member: Contribution, row: Wanted, **changed: Any) -> None:
    """Let the report hold this; where it does already, nothing is said again."""
    report = {**row.report, **changed}
    labels = sorted({*reports.labels(member), *([quiet.WAITING] if report.get("notice") else [])})
    ours = sorted({*report.get("managed", ()), *report.get("labels", ()), *labels})
    report |= {"labels": labels, "managed": ours, "check": reports.check(member), "state": member.state}
    report |= {"waits": answers.waits(session, member), "answers": answers.replies(session, member)}
    report["closing"] = bool(report.get("closing")) and member.state in ENDED
    report = {key: value for key, value in report.items() if value or key not in reports.AROUND}
    if report != row.report:
        row.report, row.version, row.attempts, row.not_before = report, row.version + 1, 0, 0.0
        session.add(row)


def refreshed(session: Session, member: Contribution) -> None:
    """Let what it waits for and what was answered follow; a comment that is not there yet says so when it comes."""
    row = session.get(Wanted, (member.repository, member.number))
    if row is not None and "triage" in row.report.get("comments", {}):
        want(session, member, "triage", row.report["comments"]["triage"])


def judged(session: Session, member: Contribution) -> None:
    """The triage report; after the merge it says so, and what happens next."""
    want(session, member, "triage", reports.triage(member, beside.of(session, member)))


def _first(session: Session, member: Contribution) -> None:
    """Let its first comment say where it stands by now; what it said of a batch at work holds no more."""
    if "triage" in _row(session, member).report.get("comments", {}):
        judged(session, member)


def follow(session: Session, member: Contribution) -> None:
    """Let labels and check follow its verdict; what was said last stays said."""
    said = _row(session, member).report.get("comments", {}).get("triage")
    want(session, member, "triage", said or reports.triage(member))


def conflicted(session: Session, member: Contribution, paths: tuple[str, ...], why: str) -> None:
    """It can't be merged as it is."""
    want(session, member, "triage", reports.conflicted(member, paths, why))


def not_merged(session: Session, member: Contribution, why: str) -> None:
    """It is approved, and the forge does not let us merge it."""
    want(session, member, "triage", merge_reports.not_merged(member, why))


def rewound(session: Session, member: Contribution, anew: bool) -> None:
    """The base branch was pushed by force and no longer holds it."""
    want(session, member, "triage", merge_reports.rewound(member, anew))


def sent_back(session: Session, batch: Batch, member: Contribution) -> None:
    """Its batch is decided without it, and it was never merged: in the comment that told that it is held back.

    Where a maintainer held it back, that comment says why, and how it comes back, already.
    """
    _first(session, member)
    if member.held or "held" not in _row(session, member).report.get("comments", {}):
        want(session, member, "held", merge_reports.sent_back(batch, member))


def not_landed(session: Session, batch: Batch, why: str) -> None:
    """The batch passed, and the base branch can't be moved on to it."""
    for number in batch.members:
        member = session.get(Contribution, (batch.repository, number))
        if member is not None and number not in batch.held:
            want(session, member, "batch", merge_reports.not_landed(batch, why))


def told(session: Session, member: Contribution, what: str, reason: str) -> None:
    """A person decided, and said why."""
    want(session, member, "triage", reports.told(member, what, reason, beside.of(session, member)))


def unmeasured(session: Session, member: Contribution, what: str, again: float | None) -> None:
    """Something failed by a fault of ours; `again` is when it is tried again, None where a person looks first."""
    want(session, member, "batch" if member.merged else "triage", reports.unmeasured(what, again))


def reminded(session: Session, member: Contribution, days: int, closes: float | None) -> None:
    """Its author is waited for: a line above the report, which is edited, and a label."""
    _keep(session, member, _row(session, member), notice=reports.reminder(days, closes))


def heard(session: Session, member: Contribution) -> None:
    """Its author spoke: nobody waits for them any more."""
    row = session.get(Wanted, (member.repository, member.number))
    if row is not None and row.report.get("notice"):
        _keep(session, member, row, notice="")


def closed_for_silence(session: Session, member: Contribution, days: int) -> None:
    """It is closed because nobody wrote, which is no verdict."""
    want(session, member, "triage", reports.closed_for_silence(days))
    close(session, member)


def close(session: Session, member: Contribution) -> None:
    """Have its forge close it too, since we did."""
    _keep(session, member, _row(session, member), closing=True)


def closing(session: Session, member: Contribution) -> bool:
    """Whether we closed it and its forge has not been told yet: that it is open there is no news."""
    row = session.get(Wanted, (member.repository, member.number))
    return member.state in ENDED and row is not None and bool(row.report.get("closing"))


def close_here(house: House, member: Contribution) -> None:
    """Close it on a forge that is our own repository, in the writer's turn that closes it: its topic is free then.

    Another forge is told by `speak`, since nobody waits for a network while the database is held.
    """
    forge = house.forge(house.repository(member.repository))
    if isinstance(forge, PlainForge):
        forge.close(member.number, "closed")


def batch_joined(session: Session, batch: Batch, member: Contribution) -> None:
    """It went into a batch."""
    want(session, member, "batch", reports.batch(batch, member))


def batch_moved(session: Session, batch: Batch) -> None:
    """The batch went on; every member that is still in it finds it in its one comment."""
    for number in batch.members:
        member = session.get(Contribution, (batch.repository, number))
        if member is not None and number not in batch.held:
            want(session, member, "batch", reports.batch(batch, member))


def held_back(session: Session, batch: Batch, member: Contribution) -> None:
    """The gate traced a regression to it: the first time it notifies."""
    _first(session, member)
    want(session, member, "held", reports.held_back(batch, member))


def given_up(session: Session, batch: Batch, member: Contribution, reason: str) -> None:
    """Its batch ended without a release, by a maintainer's word; who is held back by it is notified."""
    purpose = "batch"
    if member.state == State.held_back:
        _first(session, member)
        purpose = "held"
    want(session, member, purpose, reports.given_up(batch, member, reason))


def superseded(session: Session, member: Contribution, by: Contribution) -> None:
    """A newer one took its place: nothing is left to do, so nobody is rung for."""
    want(session, member, "superseded", reports.superseded(by))


def released(session: Session, release: Release, member: Contribution) -> None:
    """It is in a release: a new comment the first time, so that it notifies; a later version edits that."""
    _first(session, member)
    want(session, member, "shipped", reports.released(release, member))


def speak(house: House) -> int:
    """Make every pull request look as it should; gives how many were changed.

    What is due is read when it is our turn to say it: of two who speak at once neither says an older word last.
    """
    with house.database.read() as session:
        due = list(session.exec(select(Wanted.repository, Wanted.number).where(*_due())))
    said = 0
    for repository, number in due:
        with turn(house.home, "speak"):
            said += _spoken(house, repository, number)
    return said


def _spoken(house: House, repository: str, number: int) -> bool:
    """Say one; a fault of ours with it keeps none of the others waiting, and it comes again later."""
    try:
        return _speak_one(house, repository, number)
    except Exception as fault:  # the edge of one report: the next are another's, perhaps of another forge
        log.exception("not said, by a fault of ours", repository=repository, number=number)
        _put_off(house, repository, number, fault)
        return False


def _put_off(house: House, repository: str, number: int, why: Exception) -> None:
    with house.database.write() as session:
        row = session.get(Wanted, (repository, number))
        if row is not None:
            row.attempts += 1
            wait = why.after if isinstance(why, Busy) else min(2.0 ** min(row.attempts, 10), 600)
            row.not_before = time.time() + wait
            session.add(row)


def _due() -> tuple[ColumnElement[bool], ...]:
    return (col(Wanted.said) < col(Wanted.version), col(Wanted.not_before) <= time.time())


def _close(house: House, forge: Closing, served: Repository, number: int) -> None:
    """Close it there too; one that was pushed to meanwhile, or is for another branch by now, is not ours to close."""
    with house.database.read() as session:
        if session.get_one(Contribution, (served.id, number)).state not in ENDED:
            return
    pull = forge.pull(number) if isinstance(forge, Listing) else None
    if pull is None or pull.base == served.base_branch:
        forge.close(number, "closed")


def _speak_one(house: House, repository: str, number: int) -> bool:
    this = (col(Wanted.repository) == repository, col(Wanted.number) == number)
    with house.database.read() as session:
        row = session.exec(select(Wanted).where(*this, *_due())).first()
    if row is None:
        return False  # somebody else said it meanwhile
    served = house.repository(row.repository)
    forge = house.forge(served)
    try:
        report = shown.shown(house, row)
        done = make(forge, report)
        if row.report.get("closing") and isinstance(forge, Closing):
            _close(house, forge, served, number)
        if report.check is not None and isinstance(forge, Suggestions):
            forge.suggest(number, report.check.head, report.check.annotations)
    except (OSError, Denied) as problem:
        _not_yet(house, repository, number, problem)
        return True
    with house.database.write() as session:
        now = session.get(Wanted, (row.repository, row.number))
        if now is None:
            return False
        now.looked = time.time()
        if done.refused is None:
            now.said = max(now.said, row.version)
        _note(now, row, done)
        session.add(now)
    if done.refused is not None:
        _not_yet(house, repository, number, done.refused)
    return True


def _not_yet(house: House, repository: str, number: int, why: Exception) -> None:
    """It is told again later: the forge can't be reached, or a right is missing that may come."""
    log.warning("not said yet", repository=repository, number=number, why=str(why)[:300])
    _put_off(house, repository, number, why)


def _note(now: Wanted, row: Wanted, done: Shown) -> None:
    """Remember which comments rang, and that the forge was told of the end, where nothing else was said meanwhile."""
    rung = quiet.rung(now.report.get("rung", {}), done, row.report.get("state", ""), shown.head_of(row))
    report = {**now.report, "rung": rung} if rung else dict(now.report)
    if now.version == row.version:
        report.pop("closing", None)
    now.report = report
