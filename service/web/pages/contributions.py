"""The queue and one contribution."""

from __future__ import annotations

import json
import time
from typing import Any
from urllib.parse import quote

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath, FromQuery
from litestar.response import Template
from sqlmodel import Session, col, select

from service import reports
from service.db import batches, releases, runs
from service.db import contributions as rows
from service.db.tables import Contribution, Event, Wanted
from service.lines import approvals, authors, precheck, stale, standstill
from service.lines.moved import moved
from service.lines.states import MOVES, State
from service.links import linked
from service.policy import PolicyError
from service.web import events, people, render
from service.web.pages import since as parts
from service.web.pages.evidence import evidence
from service.web.signin import whoever

VIEWS = {
    "needs-you": ("needs-review", "needs-human", "approved", "conflicted"),
    "waiting": ("opened", "changes-requested"),
    "merged": ("merged", "batched"),
    "held-back": ("held-back",),
    "released": ("released",),
    "rejected": ("rejected", "closed", "superseded", "joined"),
    "all": (),
}
NOT_JUDGED: dict[str, Any] = {
    "findings": [], "verdict": "not judged yet", "next": "", "files": [], "not_checked": [], "waits": [],
}  # fmt: skip


@get("/r/{repository:str}/queue", sync_to_thread=True)
def queue(
    request: Request[Any, Any, Any],
    repository: FromPath[str],
    view: FromQuery[str] = "needs-you",
    page: FromQuery[int] = 1,
) -> Template:
    """What needs you first; the other views behind it."""
    chosen = view if view in VIEWS else "needs-you"
    with request.app.state.services.database.read() as session:
        found = rows.queue(session, repository, VIEWS[chosen], page)
        counts = rows.counts(session, repository)
        in_work = _in_work(session, repository)
        silent = _silent(request.app.state.services, session, repository)
    totals = {
        name: sum(n for s, n in counts.items() if not states or s in states) for name, states in VIEWS.items()
    }
    fault = request.app.state.services.policy_fault(repository)
    title = "Needs you" if chosen == "needs-you" else chosen.replace("-", " ").capitalize()
    return render.page(
        request, "queue.html", repository, title, found=found, view=chosen, totals=totals, in_work=in_work,
        policy_fault=fault, stuck=counts.get(State.opened, 0) if fault else 0, silent=silent,
    )  # fmt: skip


def _silent(services: Any, session: Session, repository: str) -> list[stale.Silence]:
    """What waits for us longer than an author may keep us waiting; nothing where the policy can't be read."""
    try:
        return stale.ours(session, repository, services.policy(repository).stale, time.time())
    except PolicyError:
        return []


def _in_work(session: Session, repository: str) -> dict[str, Any]:
    """The batch, the run and the release that are being worked on, or were last."""
    return {
        "batch": next(iter(batches.at_work(session, repository)), None),
        "run": next(iter(runs.listed(session, repository, ("running",), 1)), None),
        "release": releases.latest(session, repository),
    }


@get("/r/{repository:str}/contributions/{number:int}", sync_to_thread=True)
def contribution(
    request: Request[Any, Any, Any], repository: FromPath[str], number: FromPath[int],
    since: FromQuery[int] = 0, until: FromQuery[int] = 0,
) -> Template:  # fmt: skip
    """The verdict beside the evidence: findings at their lines, the files, what was said, what happened."""
    services = request.app.state.services
    with services.database.read() as session:
        row = rows.get(session, repository, number)
        if row is None:
            raise NotFoundException(f"There is no contribution {number} in {repository[:60]}.")
        wanted = session.get(Wanted, (repository, number))
        revisions = rows.revisions(session, repository, number)
        batch = batches.get(session, repository, row.batch) if row.batch else None
        heard = batch is not None and standstill.hears(session, batch, number)
        query = select(Event).where(Event.stream == repository, Event.number == number)
        happened = list(session.exec(query.order_by(col(Event.sequence))))
        signed_in = whoever(session, request)
        checked = precheck.told(session, row)
        changed = parts.explained(session, (since, until), revisions, happened, signed_in)
        given, kept = approvals.given(session, row), approvals.kept(session, row)
        into, holds = authors.goes_on(session, row), authors.joined(session, row)
        own = signed_in is not None and people.is_author(session, row, signed_in.person)
    parts.look(request, revisions, signed_in)
    verdict = {**NOT_JUDGED, **(row.verdict or {})}
    return render.page(
        request, "contribution.html", repository, row.title, row=row, verdict=verdict, batch=batch, heard=heard,
        shown=evidence(services, row, verdict),
        comments=_said(wanted, repository), changed=changed, given=given, kept=kept, needs=_needs(services, repository),
        put_aside=_put_aside(row, happened), way_back=reports.BACK, revisions=revisions, own=own,
        moves={move.value for state, move in MOVES if state == State(row.state)},
        moved=moved(batch, row), checked=checked, into=into, holds=holds, became=reports.became(row, verdict),
        policy_fault=services.policy_fault(repository),
        events=[(event, events.words(event.kind), events.lines(event)) for event in happened],
    )  # fmt: skip


def _said(wanted: Wanted | None, repository: str) -> list[tuple[str, str]]:
    """The comments, each rule's name with its page on this machine."""
    comments = wanted.report.get("comments", {}) if wanted else {}
    return [(name, linked(text, f"/r/{quote(repository)}/rules/")) for name, text in comments.items()]


def _needs(services: Any, repository: str) -> int:
    """How many approvals the policy asks for; one where it can't be read."""
    try:
        return int(services.policy(repository).approve.needs)
    except PolicyError:
        return 1


def _put_aside(row: Contribution, happened: list[Event]) -> dict[str, Any] | None:
    """What a maintainer said who kept it out of the next batch; None where a measurement holds it, or nobody."""
    if row.state != State.held_back or (row.held and row.batch in (None, row.held["batch"])):
        return None
    said = [json.loads(event.body) for event in happened if event.kind == "contribution.held-back"]
    return {"reason": said[-1].get("reason", "") if said else ""}


ROUTES = [queue, contribution]
