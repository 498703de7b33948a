"""From a revision to a verdict: facts from Git, the judgement, and what is said, in one transaction."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec
import pygit2
from sqlmodel import Session

from service import logs
from service.db import contributions, outlines, words
from service.db.tables import Contribution, Repository
from service.git import read
from service.git.refs import PULL
from service.house import PLAIN, House
from service.lines import approvals, join, meant, overrides, say, told
from service.lines.states import BEFORE_MERGE, Move, NoSuchMove, State, after
from service.lines.verdicts import settle
from service.placement.judge import Ask, Fault, Judged, Open, Stopped
from service.placement.turns import Turns
from service.policy import FILE as POLICY
from service.policy import ApproveSection, PolicyError
from service.record.chain import append
from service.reports.check import NOT_JUDGED
from triage_rules.facts import Documents
from triage_rules.finding import Finding, Weight
from triage_rules.judge import rules_version
from triage_rules.policy import Policy as Judging
from triage_rules.rule import all_rules
from triage_rules.verdict import NotChecked, Verdict, next_step, outcome_of
from webhooks.event import Pushed
from webhooks.forge import Listing

log = logs.named("triage")
_judging = Turns()  # who hears of a head from two sides judges it once


def seen(house: House, repository: Repository, event: Pushed) -> str | None:
    """Take in a contribution's newest head and judge it. The ref is the truth; the delivery only rings."""
    head = _head(house.git(repository), event.number)
    if head is None:
        log.warning("no such head", repository=repository.id, number=event.number, head=event.head[:40])
        return "no such contribution on the forge"
    open_there = _open_there(house, repository, event.number)
    now = time.time()
    with house.database.write() as session:
        row = session.get(Contribution, (repository.id, event.number))
        if row is not None and row.state == State.closed and not open_there():
            return "closed on the forge"
        if row is not None and row.head == head and say.closing(session, row):
            return "closed here, and its forge is told next"
        if row is not None and row.head == head and row.state != State.closed:
            anew = _retold(session, row, event)
            meant.stands(session, repository, event, row)
        else:
            anew = False
            row = row or _opened(repository, event, head, now)
            try:
                row.state = after(row.state, Move.pushed)
            except NoSuchMove as problem:
                return str(problem)
            row.head, row.verdict, row.updated = head, None, now
            _retold(session, row, event)
            session.add(row)
            meant.stands(session, repository, event, row)
            words.outdate(session, repository.id, event.number, head)
            join.pushed(session, house.git(repository), repository.base_branch, row)
            append(session, repository.id, "contribution.pushed", {"head": head}, event.number)
    if row.verdict is not None and not anew:
        return None
    with _judging.of((repository.id, event.number)):
        with house.database.read() as session:
            row = session.get_one(Contribution, (repository.id, event.number))
        return None if row.verdict is not None and not anew else _judge(house, repository, event.number)


def _retold(session: Session, row: Contribution, event: Pushed) -> bool:
    """Take over what its author says of it; gives whether that is to be judged. Late words are of no head any more."""
    if event.head != row.head:
        return False
    says = event.text if event.text is not None else row.text
    anew = says != row.text
    row.title, row.text, row.draft = event.title or row.title, says, event.draft
    row.author_name = event.author.name or row.author_name
    session.add(row)
    return anew


def _open_there(house: House, repository: Repository, number: int) -> Callable[[], bool]:
    """Whether the forge has it open, for who would reopen it by news that may be old.

    A forge on this disk is asked in the writer's turn; another before it, since nobody waits for a network while the
    database is held: what was closed here in that instant stays so until it is caught up with.
    """
    forge = house.forge(repository)
    if not isinstance(forge, Listing):
        return lambda: True
    if repository.forge == PLAIN:
        return lambda: forge.pull(number) is not None
    with house.database.read() as session:
        row = session.get(Contribution, (repository.id, number))
    found = row is not None and row.state == State.closed and forge.pull(number) is not None
    return lambda: found


def _head(git: pygit2.Repository, number: int) -> str | None:
    ref = git.references.get(f"{PULL}{number}/head")
    return str(ref.peel(pygit2.Commit).id) if ref else None


def _opened(repository: Repository, event: Pushed, head: str, now: float) -> Contribution:
    return Contribution(
        repository=repository.id,
        number=event.number,
        topic=event.topic,
        title=event.title,
        author_forge=event.forge,
        author_id=event.author.id,
        author_name=event.author.name,
        text=event.text,
        draft=event.draft,
        state=State.opened,
        head=head,
        opened=now,
        updated=now,
    )


def rejudge(house: House, repository: Repository, number: int) -> str | None:
    """Judge a contribution's head as it stands, in its turn; a policy that can't be read judges nobody."""
    with _judging.of((repository.id, number)):
        return _judge(house, repository, number)


def _judge(house: House, repository: Repository, number: int) -> str | None:
    with house.database.read() as session:
        row = session.get_one(Contribution, (repository.id, number))
    git = house.git(repository)
    try:
        policy = house.policy(repository)
    except PolicyError as problem:
        log.error("policy not readable", repository=repository.id, why=str(problem))
        return f"policy: {problem}"
    answer = _asked(house, repository, _question(house, repository, git, row))
    if isinstance(answer, Judged):
        answer = overrides.heard(house, row, answer, policy.judging)
        wrote = _write(house, repository, row, answer, policy.approve)
    else:
        if isinstance(answer, Fault):
            log.error(
                "not judged, by a fault of ours", repository=repository.id, number=number, trace=answer.trace
            )
        verdict = unjudged(answer, policy.judging, row.author_id).to_json()
        wrote = _write(house, repository, row, Judged(verdict, []), policy.approve)
    return wrote or _overtaken(house, repository, number, policy.judging)


def _overtaken(house: House, repository: Repository, number: int, policy: Judging) -> str | None:
    """Judge once more where the policy moved meanwhile: whoever looks for older verdicts may have looked before."""
    try:
        moved = house.policy(repository).judging.hash != policy.hash
    except PolicyError:
        return None  # the verdict stays as it is until the policy can be read
    return _judge(house, repository, number) if moved else None


def _asked(house: House, repository: Repository, ask: Ask) -> Judged | Fault | Stopped:
    """The judgement; a second one where documents that it asks for are at hand, since only it knows what is cited."""
    answer = house.judge.ask(ask)
    known = told.settled(house, repository, answer.verdict) if isinstance(answer, Judged) else ()
    if not known:
        return answer
    facts = msgspec.structs.replace(ask.told, documents=Documents(known, coming=True))
    return house.judge.ask(msgspec.structs.replace(ask, told=facts))


def _question(house: House, repository: Repository, git: pygit2.Repository, row: Contribution) -> Ask:
    """What is judged, with the other open contributions: the judge finds out who said a thing first."""
    tip = read.commit_at(git, f"refs/heads/{repository.base_branch}")
    text = read.read_blob(git, tip, POLICY)
    with house.database.read() as session:
        rows = contributions.still_open(session, repository.id)
        facts = told.facts(session, row, rows)
        seen = contributions.seen(session, repository.id)
    others = [r for r in rows if r.number != row.number and r.state in BEFORE_MERGE and not unreadable(r)]
    return Ask(
        address=repository.address,
        tip=str(tip.id),
        head=row.head,
        number=row.number,
        title=row.title,
        author=row.author,
        text=row.text or "",
        policy=text.decode() if text is not None else None,
        others=tuple(Open(r.number, r.head, r.author_id, seen.get(r.number, ())) for r in others),
        told=facts,
        revisions=seen.get(row.number, ()),
    )


def unreadable(row: Contribution) -> bool:
    """Whether no rule could look at its revision."""
    return any(finding["rule"] == NOT_JUDGED for finding in (row.verdict or {}).get("findings", ()))


def unjudged(answer: Fault | Stopped, policy: Judging, author: str) -> Verdict:
    """The verdict on a revision that no rule could look at: its author's to mend, or a maintainer's to look at."""
    if isinstance(answer, Stopped):
        did = "took longer than ten seconds" if answer.why == "late" else "ended the process that judged it"
        message = f"Judging this revision {did}, so it was stopped and nothing of it was looked at."
        remedy = "Make its files smaller and plainer, and push again."
        finding = Finding(NOT_JUDGED, Weight.stop, answer.reading.path, None, None, message, remedy)
        label = policy.labels.requested_changes
    else:
        message = "Judging this revision failed by a fault of ours."
        remedy = "A maintainer looks at it by hand; the log of the service tells more."
        finding = Finding(NOT_JUDGED, Weight.doubt, "", None, None, message, remedy)
        label = policy.labels.uncertain
    outcome = outcome_of((finding,))
    return Verdict(
        outcome=outcome,
        findings=(finding,),
        labels=(label,) if label else (),
        next=next_step(outcome, (finding,), author),
        not_checked=tuple(NotChecked(rule.id, "the revision could not be judged") for rule in all_rules()),
        files=(),
        policy_hash=policy.hash,
        rules_version=rules_version(),
    )


def _write(
    house: House, repository: Repository, judged: Contribution, judgement: Judged, policy: ApproveSection
) -> str | None:
    verdict = judgement.verdict
    with house.database.write() as session:
        row = session.get_one(Contribution, (repository.id, judged.number))
        if row.head != judged.head or row.state not in BEFORE_MERGE:
            return "moved on"
        if row.verdict == verdict:
            return None  # the sweep and the door's ring both took it in: judged once is judged
        revision = contributions.revise(session, repository.id, row.number, row.head, time.time(), verdict)
        if judgement.outline is not None:
            outlines.keep(session, revision, judgement.outline)
        body = {"head": row.head, "verdict": verdict["verdict"], "policy": verdict["policy_hash"],
                "rules": sorted({f["rule"] for f in verdict["findings"]}),
                **({"waits": len(told.waits(verdict))} if told.waits(verdict) else {})}  # fmt: skip
        append(session, repository.id, "contribution.judged", body, row.number)
        row.leaves = judgement.leaves

        def carry() -> bool:
            return approvals.keep(session, house.git(repository), repository.base_branch, policy, row)

        merges = settle(session, row, verdict, carry)
    house.ring("tick" if merges else "speak")  # a tick speaks too
    if told.waits(verdict):
        house.ring("fetch")
    return None


def elsewhere(house: House, repository: Repository, number: int, branch: str) -> str:
    """It is for another branch than ours, and so none of ours: what we knew of it ends, until it is for ours again."""
    closed(house, repository, number, f"it is for the branch {branch[:200]}")
    return "for another branch"


def closed(house: House, repository: Repository, number: int, why: str = "") -> str | None:
    """The author took it back, or `why` says what ended it."""
    with house.database.write() as session:
        row = session.get(Contribution, (repository.id, number))
        if row is None or row.state not in BEFORE_MERGE or row.state == State.closed:
            return None
        row.state, row.updated = after(row.state, Move.close), time.time()
        session.add(row)
        append(session, repository.id, "contribution.closed", {"reason": why} if why else {}, number)
    return None
