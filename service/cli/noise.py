"""``upweight noise``: how far each leaf's score moves by the training seed alone."""

from __future__ import annotations

from typing import Annotated

import typer

from service.cli.answer import give, table
from service.cli.home import Home, Json, Named, carry_out, opened, the_repository


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command("noise")(noise)


def noise(
    measure: Annotated[
        bool,
        typer.Option("--measure", help="Train a pair of placebos: the anchor's recipe with two fresh seeds."),
    ] = False,
    repository: Named = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """The noise of each leaf in points, what it rests on, and the smallest drop that the gate can see."""
    from service.lines import noise as rows

    house = opened(home, as_json)
    row = the_repository(house, repository, as_json)
    if measure:
        carry_out(house, row.id, "placebo", {}, as_json)
        return
    with house.database.read() as session:
        found = rows.table(session, house.home, row.id)
    shown = [
        [
            one["leaf"],
            one["clusters"],
            _points(one["run_sd"]),
            _points(one["seen_sd"]),
            one["pairs"],
            _points(one["detectable"]["even"]),
            _points(one["detectable"]["patchy"]),
        ]
        for one in found
    ]
    headings = (
        "leaf",
        "seeds",
        "run sd used",
        "of its pairs",
        "pairs",
        "seen: all of it",
        "seen: whole seeds",
    )
    give(found, as_json, table(headings, shown, "Nothing is measured yet."))


def _points(value: float | None) -> str:
    return "-" if value is None else "nothing" if value > 1 else f"{100 * value:.1f}"
