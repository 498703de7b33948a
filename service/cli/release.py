"""``upweight release list|verify``: what was released, and whether it is still what it was."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.answer import fail, give
from service.cli.show import Home, Json, rows_of


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    group = typer.Typer(help="Releases.", no_args_is_help=True)
    group.command("list")(listed)
    group.command("verify")(verify)
    app.add_typer(group, name="release")


def listed(home: Home = None, as_json: Json = False) -> None:
    """Every release of a home."""
    from service.db.tables import Release

    keep = ("repository", "version", "batch", "state", "directory", "weights_root", "tag")
    data = [{k: getattr(r, k) for k in keep} for r in rows_of(home, Release)]
    lines = [
        f"{r['repository']} {r['version']} {r['state']} {r['directory']} {r['weights_root']}" for r in data
    ]
    give(data, as_json, "\n".join(lines))


def verify(
    folder: Annotated[Path, typer.Argument(help="A release's folder.")], as_json: Json = False
) -> None:
    """Compare every file of a release with its checksums; 1 where one differs."""
    from service.lines.release import verify as check

    if not (folder / "SHA256SUMS").is_file():
        fail(5, "not-found", f"{folder} holds no SHA256SUMS.", "Name a release's folder.", as_json)
    wrong = check(folder)
    if wrong:
        fail(1, "differs", "; ".join(wrong[:20]), "Fetch the release again.", as_json)
    give({"folder": str(folder)}, as_json, f"{folder}: every file is what it was.")
