"""``upweight init``: set up what Upweight listens to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.answer import USAGE, fail, give
from service.cli.home import Home, Json


def register(app: typer.Typer) -> None:
    """Add ``init`` to the command line."""
    group = typer.Typer(help="Set up a forge.", no_args_is_help=True)
    group.command("plain")(plain)
    app.add_typer(group, name="init")


def plain(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="The bare repository, made where it is missing.")
    ],
    url: Annotated[
        str | None, typer.Option(help="Where the service listens; else where the settings say.")
    ] = None,
    home: Home = None,
    as_json: Json = False,
) -> None:
    """Make a bare Git repository a forge, or mend one: settings, hooks, secret."""
    from service import settings
    from webhooks.plain.setup import init

    if (folder.exists() and not folder.is_dir()) or (folder / ".git").exists():
        hint = "Name a folder that is not there yet, or a bare repository."
        fail(USAGE, "usage", f"{folder} is no bare repository.", hint, as_json)
    chosen = settings.read(home=home)
    made = init(folder, url or chosen.url, settings.plain_secret(chosen.home))
    give({"path": str(made), "url": url or chosen.url, "home": str(chosen.home)}, as_json, str(made))
    typer.echo(f"Serve it:   upweight up --home {chosen.home} --repository {made}", err=True)
    typer.echo("Contribute: git push origin HEAD:refs/for/main -o topic=NAME", err=True)
