"""A wanted report as its forge shows it: what stands around its comments, its labels by the policy of now."""

from __future__ import annotations

from urllib.parse import quote

from service import links, reports
from service.db import words
from service.db.tables import Wanted
from service.house import House
from service.lines import quiet
from service.lines.holds import LEGAL
from service.policy import PolicyError
from webhooks.report import Report


def shown(house: House, row: Wanted) -> Report:
    """The report for its forge, its labels called as the policy calls them now."""
    told = links.explained(reports.whole(row.report), _rule_pages(house, row.repository))
    rung, state = row.report.get("rung", {}), row.report.get("state", "")
    told["comments"] = quiet.within(told["comments"], rung)
    told["gone"] = sorted(quiet.gone(rung, state, head_of(row)))
    try:
        names = house.policy(house.repository(row.repository)).judging.labels
    except PolicyError:
        return Report.from_json({"number": row.number, **told})
    held = bool(row.report.get("waits")) and _held(house, row)
    labels = reports.decided(told["labels"], state, held, names)
    ours = {*told.get("managed", ()), *labels, *reports.triaged(names)}
    told |= {"labels": sorted(labels), "managed": sorted(ours)}
    return Report.from_json({"number": row.number, **told})


def head_of(row: Wanted) -> str:
    """The revision that a report is about; empty before one was judged."""
    return str((row.report.get("check") or {}).get("head", ""))


def _rule_pages(house: House, repository: str) -> str | None:
    """Where the pages of a repository's rules are for everybody; None where the service has no public address."""
    public = house.settings.public_url
    return f"{public.rstrip('/')}/r/{quote(repository)}/rules/" if public else None


def _held(house: House, row: Wanted) -> bool:
    with house.database.read() as session:
        return bool(words.standing(session, row.repository, [LEGAL], row.number))
