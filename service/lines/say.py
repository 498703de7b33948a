"""What is to be said on a pull request: kept as a wanted report in the transaction that makes it true.

`speak` makes the forge look like it, later and as often as it takes; saying the same thing twice changes nothing.
"""

from __future__ import annotations

import time
from urllib.parse import quote

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from service import links, logs, merge_reports, reports
from service.db.tables import Batch, Contribution, Release, Wanted
from service.house import House
from service.lines import approvals, since
from service.placement.turns import turn
from webhooks.forge import Busy, Denied, Suggestions, show
from webhooks.report import Report

log = logs.named("say")


def want(session: Session, member: Contribution, purpose: str, text: str) -> None:
    """Add or replace one comment of a contribution, and let labels and check follow its state.

    Whatever label we wanted once is ours to take away; what people put there stays.
    """
    row = session.get(Wanted, (member.repository, member.number))
    row = row or Wanted(
        repository=member.repository, number=member.number, report={"comments": {}}, version=0
    )
    comments = {**row.report.get("comments", {}), purpose: text}
    labels = reports.labels(member)
    ours = sorted({*row.report.get("managed", ()), *row.report.get("labels", ()), *labels})
    report = {"comments": comments, "labels": labels, "managed": ours, "check": reports.check(member)}
    if report != row.report:
        row.report, row.version, row.attempts, row.not_before = report, row.version + 1, 0, 0.0
        session.add(row)


def judged(session: Session, member: Contribution) -> None:
    """The triage report; after the merge it says so, and what happens next."""
    want(session, member, "triage", reports.triage(member, _since(session, member)))


def follow(session: Session, member: Contribution) -> None:
    """Let labels and check follow its verdict; what was said last stays said."""
    row = session.get(Wanted, (member.repository, member.number))
    said = row.report.get("comments", {}).get("triage") if row else None
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
    """Its batch is decided without it, and it was never merged."""
    want(session, member, "batch", merge_reports.sent_back(batch, member))


def not_landed(session: Session, batch: Batch, why: str) -> None:
    """The batch passed, and the base branch can't be moved on to it."""
    for number in batch.members:
        member = session.get(Contribution, (batch.repository, number))
        if member is not None and number not in batch.held:
            want(session, member, "batch", merge_reports.not_landed(batch, why))


def told(session: Session, member: Contribution, what: str, reason: str) -> None:
    """A person decided, and said why."""
    want(session, member, "triage", reports.told(member, what, reason, _since(session, member)))


def _since(session: Session, member: Contribution) -> list[str]:
    """What the newest push changed, and whose approvals it kept."""
    return reports.since(since.summary(session, member), approvals.kept(session, member))


def batch_joined(session: Session, batch: Batch, member: Contribution) -> None:
    """It went into a batch."""
    want(session, member, "batch", reports.batch(batch))


def batch_moved(session: Session, batch: Batch) -> None:
    """The batch went on; every member that is still in it hears of it in its one comment."""
    for number in batch.members:
        member = session.get(Contribution, (batch.repository, number))
        if member is not None and number not in batch.held:
            want(session, member, "batch", reports.batch(batch))


def held_back(session: Session, batch: Batch, member: Contribution) -> None:
    """The gate traced a regression to it."""
    want(session, member, "batch", reports.held_back(batch, member))


def given_up(session: Session, batch: Batch, member: Contribution, reason: str) -> None:
    """Its batch ended without a release, by a maintainer's word."""
    want(session, member, "batch", reports.given_up(batch, member, reason))


def released(session: Session, release: Release, member: Contribution) -> None:
    """It is in a release: a new comment, so that it notifies."""
    want(session, member, f"release-{release.version}", reports.released(release, member))


def speak(house: House) -> int:
    """Make every pull request look as it should; gives how many were changed.

    What is due is read when it is our turn to say it: of two who speak at once neither says an older word last.
    """
    with house.database.read() as session:
        due = list(session.exec(select(Wanted.repository, Wanted.number).where(*_due())))
    said = 0
    for repository, number in due:
        with turn(house.home, "speak"):
            said += _speak_one(house, repository, number)
    return said


def rule_pages(house: House, repository: str) -> str | None:
    """Where the pages of a repository's rules are for everybody; None where the service has no public address."""
    public = house.settings.public_url
    return f"{public.rstrip('/')}/r/{quote(repository)}/rules/" if public else None


def _due() -> tuple[ColumnElement[bool], ...]:
    return (col(Wanted.said) < col(Wanted.version), col(Wanted.not_before) <= time.time())


def _speak_one(house: House, repository: str, number: int) -> bool:
    this = (col(Wanted.repository) == repository, col(Wanted.number) == number)
    with house.database.read() as session:
        row = session.exec(select(Wanted).where(*this, *_due())).first()
    if row is None:
        return False  # somebody else said it meanwhile
    forge = house.forge(house.repository(row.repository))
    error: OSError | Denied | None = None
    try:
        told = links.explained(row.report, rule_pages(house, row.repository))
        report = Report.from_json({"number": row.number, **told})
        show(forge, report)
        if report.check is not None and isinstance(forge, Suggestions):
            forge.suggest(number, report.check.head, report.check.annotations)
    except (
        OSError,
        Denied,
    ) as problem:  # told again later: it can't be reached, or a right is missing that may come
        error = problem
        log.warning("not said yet", repository=repository, number=number, why=str(problem)[:300])
    with house.database.write() as session:
        now = session.get(Wanted, (row.repository, row.number))
        if now is None:
            return False
        if error is None:
            now.said, now.looked = max(now.said, row.version), time.time()
        else:
            now.attempts += 1
            wait = error.after if isinstance(error, Busy) else min(2.0 ** min(now.attempts, 10), 600)
            now.not_before = time.time() + wait
        session.add(now)
    return True
