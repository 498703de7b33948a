"""``upweight policy test``: the test cases that lie beside a policy, judged by it, offline."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from service.cli.answer import FOUND, NOT_FOUND, fail, give
from service.cli.home import Json
from service.cli.policy import taken

if TYPE_CHECKING:
    from service.policy_cases import Outcome


def cases(
    path: Annotated[Path, typer.Argument(help="The folder of a taxonomy, or a case in it.")] = Path("."),
    policy: Annotated[
        str | None, typer.Option(help="A policy file or a preset; none: the taxonomy's own.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Judge the test cases in .upweight/policy-tests, and say where the policy differs from them (exit 1)."""
    from service.policy import FILE, Policy
    from service.policy_cases import CASES, EXPECTED, cases_below, root_of, run
    from service.policy_text import named

    here = path.absolute()
    root = root_of(here)
    found = cases_below(root, here) if root is not None else []
    if root is None or not found:
        hint = f"A case is a folder {CASES}/NAME with an {EXPECTED} and the files that are brought."
        fail(NOT_FOUND, "not-found", f"There are no test cases of a policy at {path}.", hint, as_json)
    own = str(root / FILE)
    chosen = policy or (own if Path(own).is_file() else None)
    judging = (taken(lambda: named(chosen), chosen, as_json) if chosen else Policy()).judging
    outcomes = [run(case, judging) for case in found]
    wrong = sum(bool(each.differences) for each in outcomes)
    data = {
        "policy": chosen or "default",
        "judging_hash": judging.hash,
        "cases": [o.to_json() for o in outcomes],
    }
    text = "\n".join(line for outcome in outcomes for line in _lines(outcome))
    if not wrong:
        give(data, as_json, f"{text}\nAll {len(outcomes)} as expected." if len(outcomes) > 1 else text)
        return
    if not as_json:
        give(None, False, text)
    message = f"{wrong} of {len(outcomes)} differ."
    fail(FOUND, "policy-tests", message, "Change the policy, or what the case expects.", as_json, data=data)


def _lines(outcome: Outcome) -> list[str]:
    if not outcome.differences:
        return [f"as expected  {outcome.name}"]
    return [f"differs      {outcome.name}", *(f"    {each}" for each in outcome.differences)]
