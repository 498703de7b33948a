"""``upweight policy``: is it one that we take, and what does it say in full?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from service.cli.answer import FOUND, NOT_FOUND, fail, give
from service.cli.home import Json

if TYPE_CHECKING:
    from service.policy import Policy, PolicyError


def register(app: typer.Typer) -> None:
    """Hang the commands into the command line."""
    from service.cli import policy_cases, policy_try

    group = typer.Typer(help="The community's policy.", no_args_is_help=True)
    group.command("check")(check)
    group.command("show")(show)
    group.command("test")(policy_cases.cases)
    group.command("try")(policy_try.attempt)
    app.add_typer(group, name="policy")


def check(
    path: Annotated[Path, typer.Argument(help="A policy file, or the folder of a taxonomy.")] = Path("."),
    as_json: Json = False,
) -> None:
    """Check a policy: every unknown key and impossible value is named with its line (exit 1)."""
    from service.policy import read_file

    policy = taken(lambda: read_file(path), str(path), as_json)
    cases = beside(path)
    data = {"policy_hash": policy.hash, "judging_hash": policy.judging.hash, "cases": cases}
    lie = "1 test case lies" if cases == 1 else f"{cases} test cases lie"
    more = f"\n{lie} beside it: `upweight policy test {path}` judges them." if cases else ""
    give(data, as_json, f"Fine: {policy.hash[:12]}{more}")


def beside(path: Path) -> int:
    """How many test cases lie beside a policy."""
    from service.policy_cases import cases_below, root_of

    root = root_of(path.absolute())
    return len(cases_below(root, root)) if root is not None else 0


def show(
    name: Annotated[str, typer.Argument(help="A preset, a policy file, or the folder of a taxonomy.")] = ".",
    as_json: Json = False,
) -> None:
    """Show a policy in full, with every default, as TOML that can be a policy itself."""
    from service.policy_text import named, tables_of, text_of

    policy = taken(lambda: named(name), name, as_json)
    data = {"policy_hash": policy.hash, "judging_hash": policy.judging.hash, "policy": tables_of(policy)}
    give(data, as_json, text_of(policy).rstrip())


def taken(read: Callable[[], Policy], name: str, as_json: bool) -> Policy:
    """The policy that was named; ends the command with the lines that are wrong, or where there is none."""
    from service.policy import PolicyError
    from triage_rules.policy import PRESETS

    try:
        return read()
    except PolicyError as error:
        refuse(error, as_json)
    except OSError as error:
        presets = ", ".join(PRESETS)
        hint = f"Name a policy file, a folder that holds .upweight/policy.toml, or one of {presets}."
        fail(NOT_FOUND, "not-found", f"{error.filename or name}: {error.strerror}.", hint, as_json)


def refuse(error: PolicyError, as_json: bool) -> NoReturn:
    """End the command with all that is wrong with a policy, a line each; with --json the first is the error."""
    mistakes = [
        {"path": each.path, "line": each.line, "message": each.message, "remedy": each.remedy}
        for each in error.all
    ]
    lines = [str(each) for each in error.all]
    if len(lines) > 1:
        lines.append(f"{len(lines)} mistakes.")
    if not as_json:
        fail(FOUND, "policy", "\n".join(lines), "", as_json)
    message = f"{error.path}:{error.line}: {error.message}"
    place = {"path": error.path, "line": error.line}
    fail(FOUND, "policy", message, error.remedy, as_json, data={"mistakes": mistakes}, **place)
