"""``upweight policy check``: is this policy one that we take?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, NoReturn

import typer


def register(app: typer.Typer) -> None:
    """Hang the commands into the command line."""
    group = typer.Typer(help="The community's policy.", no_args_is_help=True)
    group.command("check")(check)
    app.add_typer(group, name="policy")


def check(
    path: Annotated[Path, typer.Argument(help="A policy file, or the folder of a taxonomy.")] = Path("."),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on stdout.")] = False,
) -> None:
    """Check a policy: unknown keys and impossible values are named with their line (exit 1)."""
    from service.policy import PolicyError, read_file

    try:
        policy = read_file(path)
    except PolicyError as error:
        place = {"path": error.path, "line": error.line}
        _end(as_json, 1, "policy", f"{error.path}:{error.line}: {error.message}", error.remedy, place)
    except OSError as error:
        hint = "Name a policy file, or a folder that holds .upweight/policy.toml."
        _end(as_json, 5, "not-found", f"{path}: {error.strerror}.", hint, {})
    if as_json:
        typer.echo(json.dumps({"ok": True, "data": {"policy_hash": policy.hash}, "error": None}))
    else:
        typer.echo(f"Fine: {policy.hash[:12]}")


def _end(as_json: bool, code: int, name: str, message: str, hint: str, place: dict[str, object]) -> NoReturn:
    if as_json:
        error = {"code": name, "message": message, "hint": hint, **place}
        typer.echo(json.dumps({"ok": False, "data": None, "error": error}))
    else:
        typer.echo(f"{message} {hint}", err=True)
    raise typer.Exit(code)
