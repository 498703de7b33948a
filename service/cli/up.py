"""``upweight up``: web, worker and timetable in one process."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer


def register(app: typer.Typer) -> None:
    """Add ``up`` to the command line."""
    app.command("up")(up)


def up(
    home: Annotated[Path | None, typer.Option(help="Everything of this service lies there.")] = None,
    port: Annotated[int | None, typer.Option(help="0 takes a free one.")] = None,
    bind: Annotated[str | None, typer.Option(help="Address to listen on; only this machine's own.")] = None,
    repository: Annotated[
        list[Path] | None, typer.Option(help="A plain forge (bare repository) to serve; again for more.")
    ] = None,
    model: Annotated[
        str, typer.Option(help="smollm2, tiny, a folder or a hub's name, for new repositories.")
    ] = "smollm2",
    seed: Annotated[int, typer.Option(help="Where every seed comes from, for new repositories.")] = 7,
    documents: Annotated[Path | None, typer.Option(help="Mirror of the documents that leaves cite.")] = None,
    guard: Annotated[Path | None, typer.Option(help="Folder of guard suites, for new repositories.")] = None,
    by_hand: Annotated[bool, typer.Option(help="Batches and releases only by a maintainer's word.")] = False,
) -> None:
    """Serve until Ctrl-C; prints where, and a one-time link to sign in."""
    from service import serve, settings
    from service.house import AtHome

    bound = bind or "127.0.0.1"
    if bound not in ("127.0.0.1", "::1", "localhost"):
        typer.echo("Only this machine may be listened on: there is no sign-in for a network yet.", err=True)
        raise typer.Exit(3)
    try:
        chosen = settings.read(home=home, port=port, bind=bind)
        taken = {"model": model, "seed": seed, "documents": documents, "guard": guard, "by_hand": by_hand}
        serve.serve(chosen, repository or [], taken, _told)
    except AtHome as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(6) from None
    except settings.SettingsError as problem:
        typer.echo(str(problem), err=True)
        raise typer.Exit(3) from None


def _told(facts: dict[str, Any]) -> None:
    typer.echo(json.dumps(facts))
    typer.echo(f"Upweight listens on {facts['url']}. Sign in once: {facts['link']}", err=True)
    sys.stdout.flush()
