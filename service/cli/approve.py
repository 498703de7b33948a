"""``upweight approve``: the approval of a contribution by whoever owns the forge, as the button on its page."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.home import Home, Json, Named, carry_out, opened, rows_of, the_one


def register(app: typer.Typer) -> None:
    """Add ``approve`` to the command line."""
    app.command("approve")(approve)


def approve(
    number: int,
    head: Annotated[
        str | None, typer.Option(help="The revision that you saw, in full; none: the newest.")
    ] = None,
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Approve a contribution in the owner's name; it is merged next. Nobody approves their own."""
    from service.db.tables import Contribution

    house = opened(home, as_json)
    found = [row for row in rows_of(house, Contribution, repository) if row.number == number]
    row = the_one(found, f"contribution {number}", "link", as_json)
    asked = {"number": row.number, "head": head or row.head}
    carry_out(house, row.repository, "approve", asked, as_json, number=row.number)
