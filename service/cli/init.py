"""``upweight init``: set up what Upweight listens to."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    """Add ``init`` to the command line."""
    group = typer.Typer(help="Set up a forge.", no_args_is_help=True)
    group.command("plain")(plain)
    app.add_typer(group, name="init")


def plain(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The bare repository, made where it is missing.")
    ],
    url: Annotated[str, typer.Option(help="Where the service listens.")] = "http://127.0.0.1:8321",
    home: Annotated[Path, typer.Option(help="The service's home; the secret lies there.")] = Path(
        ".upweight-home"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Make a bare Git repository a forge, or mend one: settings, hooks, secret."""
    from service.settings import plain_secret
    from webhooks.plain.setup import init

    made = init(folder, url, plain_secret(home))
    if as_json:
        typer.echo(json.dumps({"ok": True, "data": {"path": str(made), "url": url}, "error": None}))
        return
    typer.echo(str(made))
    typer.echo("Contribute: git push origin HEAD:refs/for/main -o topic=NAME", err=True)
