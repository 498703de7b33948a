"""``upweight doctor``: does this machine, and this home, have what Upweight needs? Each lack with its remedy."""

from __future__ import annotations

from typing import Any

import typer

from service.cli.answer import FOUND, fail, give
from service.cli.home import Home, Json


def register(app: typer.Typer) -> None:
    """Add ``doctor`` to the command line."""
    app.command("doctor")(doctor)


def doctor(home: Home = None, as_json: Json = False) -> None:
    """Look at machine and home: ok, warn or fail, a line each; exit 1 where something fails."""
    from service import settings
    from service.cli.checks import CHECKS
    from service.cli.forge_checks import forges

    chosen = settings.read(home=home)
    found = [*(check(chosen) for check in CHECKS), *forges(chosen)]
    data: dict[str, Any] = {"home": str(chosen.home), "checks": [each._asdict() for each in found]}
    if not as_json:
        for each in found:
            remedy = f" {each.remedy}" if each.remedy and each.state != "ok" else ""
            typer.echo(f"{each.state:4}  {each.name:8}  {each.message}{remedy}")
    failed = [each for each in found if each.state == "fail"]
    if failed:
        names = ", ".join(each.name for each in failed)
        fail(FOUND, "unfit", f"Something is missing: {names}.", "Each line names its remedy.", as_json, data)
    if as_json:
        give(data, True, "")
