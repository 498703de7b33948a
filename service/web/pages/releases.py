"""Releases: scores by leaf with their intervals, who made it, what was held back, answers of N and N+1."""

from __future__ import annotations

from typing import Any

from litestar import Request, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath
from litestar.response import Template
from sqlmodel import col, select

from service.db import batches
from service.db import releases as rows
from service.db.tables import Batch, Release
from service.lines import attribution
from service.web import render
from service.web.figures import TAUGHT

NOISE = 0.005  # a change under half a point is none
DRAWN = 24  # releases that the drawing of their course holds


@get("/r/{repository:str}/releases", sync_to_thread=True)
def releases(request: Request[Any, Any, Any], repository: FromPath[str]) -> Template:
    """Every release, newest first, and the batch that could be released now."""
    with request.app.state.services.database.read() as session:
        found = rows.listed(session, repository)
        cut = {row.batch for row in found}
        wanted = (col(Batch.id).in_(cut)) | (Batch.state == "passed")
        of = {
            batch.id: batch
            for batch in session.exec(select(Batch).where(Batch.repository == repository, wanted))
        }
    return render.page(
        request, "releases.html", repository, "Releases", found=found,
        ready=[batch for number, batch in sorted(of.items()) if number not in cut],
        newest=DRAWN,
        drift=[one for row in found if (one := _drift(row, of.get(row.batch)))],
        overridden={row.version: word for row in found if (word := _override(row, of.get(row.batch)))},
    )  # fmt: skip


def _override(row: Release, batch: Batch | None) -> dict[str, Any] | None:
    """Who let the batch pass that the gate did not pass, and why: known before the manifest tells it."""
    word: dict[str, Any] | None = row.manifest.get("override") or (batch.override if batch else None)
    return word


def _drift(row: Release, batch: Batch | None) -> dict[str, Any] | None:
    """How all protected leaves together stand against the release before, and against the anchor; None without a gate.

    Small losses that each gate lets pass add up, and only the comparison with a model that stays sees it.
    """
    if batch is None or not batch.gates or row.state not in rows.PUBLIC:
        return None
    result = batch.gates[-1]["result"]
    anchor = row.manifest.get("anchor") or {}
    against = (result.get("anchor") or {}).get("global")
    before = result.get("global") or {}
    return {
        "version": row.version,
        "before": before if before.get("change") is not None else None,
        "anchor": against if against and against.get("change") is not None else None,
        "anchor_is": anchor.get("version"),
        "is_anchor": anchor.get("version") == row.version,
    }


@get("/r/{repository:str}/releases/{version:str}", sync_to_thread=True)
def release(request: Request[Any, Any, Any], repository: FromPath[str], version: FromPath[str]) -> Template:
    """One release."""
    with request.app.state.services.database.read() as session:
        row = rows.get(session, repository, version)
        if row is None:
            raise NotFoundException(f"There is no release {version[:40]} in {repository[:60]}.")
        parts = attribution.told(session, request.app.state.services.home, row)
        batch = batches.get(session, repository, row.batch)
    told = row.manifest
    return render.page(
        request,
        "release.html",
        repository,
        f"{repository} {version}",
        row=row,
        told=told,
        sums=_sums(told),
        parts=parts,
        gate=len(batch.gates) if batch else 0,
        overridden=_override(row, batch),
    )


def _sums(told: dict[str, Any]) -> dict[str, Any]:
    """The few numbers that stand on top: what was taught, and what else fell."""
    leaves = told.get("leaves", [])
    taught = [leaf for leaf in leaves if leaf["role"] in TAUGHT]
    others = [leaf for leaf in leaves if leaf["role"] not in TAUGHT]
    members = told.get("members", [])
    people = {each for member in members for each in (member["author"], *member.get("co_authors", ()))}
    return {
        "contributions": len(members),
        "people": len(people),
        "taught": len(taught),
        "after": sum(leaf["after"] for leaf in taught) / len(taught) if taught else None,
        "before": sum(leaf["before"] for leaf in taught) / len(taught) if taught else None,
        "others": len(others),
        "fell": sum(leaf["change"] < -NOISE for leaf in others),
        "worst": min((leaf["change"] for leaf in others), default=None),
    }


ROUTES = [releases, release]
