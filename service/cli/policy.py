"""``upweight policy check``: is this policy one that we take?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from service.cli.answer import FOUND, NOT_FOUND, fail, give
from service.cli.home import Json


def register(app: typer.Typer) -> None:
    """Hang the commands into the command line."""
    group = typer.Typer(help="The community's policy.", no_args_is_help=True)
    group.command("check")(check)
    app.add_typer(group, name="policy")


def check(
    path: Annotated[Path, typer.Argument(help="A policy file, or the folder of a taxonomy.")] = Path("."),
    as_json: Json = False,
) -> None:
    """Check a policy: unknown keys and impossible values are named with their line (exit 1)."""
    from service.policy import PolicyError, read_file

    try:
        policy = read_file(path)
    except PolicyError as error:
        message = f"{error.path}:{error.line}: {error.message}"
        fail(FOUND, "policy", message, error.remedy, as_json, path=error.path, line=error.line)
    except OSError as error:
        hint = "Name a policy file, or a folder that holds .upweight/policy.toml."
        fail(NOT_FOUND, "not-found", f"{path}: {error.strerror}.", hint, as_json)
    give({"policy_hash": policy.hash}, as_json, f"Fine: {policy.hash[:12]}")
