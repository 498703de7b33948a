"""``upweight replay``: real pull requests, from a bundle, through the door of a running service."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from service.cli.answer import NOT_FOUND, USAGE, fail


def register(app: typer.Typer) -> None:
    """Add ``replay`` to the command line."""
    app.command("replay")(replay)


def replay(
    bundle: Annotated[Path, typer.Argument(help="A Git bundle with refs/heads/main and refs/pull/N/head.")],
    home: Annotated[
        Path | None, typer.Option(help="An empty folder for the service; else a fresh one.")
    ] = None,
    most: Annotated[
        int | None, typer.Option(help="Only so many, the lowest numbers first; none: all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="A JSON line for each, and one of totals.")] = False,
) -> None:
    """Judge a bundle's pull requests anew: by a service of its own, a signed delivery and a verdict for each."""
    if not bundle.is_file():
        fail(NOT_FOUND, "not-found", f"{bundle} is no file.", "Name a Git bundle.", as_json)
    from service.replay import Replay

    place = (home or Path(tempfile.mkdtemp(prefix="upweight-replay-"))).absolute()
    if place.exists() and (not place.is_dir() or any(place.iterdir())):
        fail(USAGE, "usage", f"{place} is not empty.", "Name another folder by --home.", as_json)
    player = Replay(bundle.absolute(), place)
    lines = []
    try:
        for line in player.play(most):
            lines.append(line)
            if as_json:
                typer.echo(json.dumps(line))
            else:
                typer.echo(f"#{line['pull']} {line['status']} {line['verdict']} {line['ms_verdict']:.0f} ms")
            sys.stdout.flush()
    finally:
        player.stop()
    totals = player.totals(lines)
    typer.echo(json.dumps(totals) if as_json else f"{totals['pulls']} judged: {totals['verdicts']}")
    raise typer.Exit(0 if totals["pulls"] == totals["judged"] else 1)
