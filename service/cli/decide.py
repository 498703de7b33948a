"""What is decided about one contribution, a word each, by whoever owns the forge: the buttons of its page."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from service.cli.home import Home, Json, Named, carry_out, opened, rows_of, the_one

Why = Annotated[str, typer.Option("--reason", help="Why; its author is told.")]
Head = Annotated[str | None, typer.Option(help="The revision that you saw, in full; none: the newest.")]


def register(app: typer.Typer) -> None:
    """Add the words to the command line."""
    app.command("approve")(approve)
    app.command("request-changes")(request_changes)
    app.command("reject")(reject)
    app.command("close")(close)
    app.command("readmit")(readmit)
    app.command("blame")(blame)
    app.command("acquit")(acquit)
    app.command("precheck")(precheck)


def approve(
    number: int, head: Head = None, repository: Named = None, home: Home = None, as_json: Json = False
) -> None:
    """Approve a contribution in the owner's name; it is merged next. Nobody approves their own."""
    _decide("approve", number, repository, home, as_json, head=head)


def request_changes(
    number: int, reason: Why, repository: Named = None, home: Home = None, as_json: Json = False
) -> None:
    """Ask the author of a contribution for changes."""
    _decide("request-changes", number, repository, home, as_json, reason=reason)


def reject(
    number: int, reason: Why, repository: Named = None, home: Home = None, as_json: Json = False
) -> None:
    """Reject a contribution; a new revision of it is judged anew."""
    _decide("reject", number, repository, home, as_json, reason=reason)


def close(
    number: int, reason: Why = "", repository: Named = None, home: Home = None, as_json: Json = False
) -> None:
    """Close a contribution that is not merged: your own, or another's with a reason. Its topic is free then."""
    _decide("close", number, repository, home, as_json, reason=reason)


def readmit(number: int, repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """Take a contribution that was held back into the mix again; the next batch measures it anew."""
    _decide("readmit", number, repository, home, as_json)


def blame(number: int, repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """Tell the culprit search that this one did the harm; the measurements still decide."""
    _decide("blame", number, repository, home, as_json)


def acquit(number: int, repository: Named = None, home: Home = None, as_json: Json = False) -> None:
    """Tell the culprit search that this one did no harm; the measurements still decide."""
    _decide("acquit", number, repository, home, as_json)


def precheck(
    number: int,
    release: Annotated[
        str | None, typer.Option(help="A release, or `base`; none: the newest release.")
    ] = None,
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Ask a model the contribution's own questions; what it knows of them stands on the contribution's page."""
    _decide("precheck", number, repository, home, as_json, release=release)


def _decide(
    command: str, number: int, repository: str | None, home: Home, as_json: bool, **more: Any
) -> None:
    """Carry the word out about the contribution that was meant, at the revision that stands there."""
    from service.db.tables import Contribution

    house = opened(home, as_json)
    found = [row for row in rows_of(house, Contribution, repository) if row.number == number]
    row = the_one(found, f"contribution {number}", "link", as_json)
    if "head" in more:
        more["head"] = more["head"] or row.head
    carry_out(house, row.repository, command, {"number": row.number, **more}, as_json, number=row.number)
