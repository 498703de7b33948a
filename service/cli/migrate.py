"""`upweight migrate`: leaves of older schemas lifted to the newest, with gaps where a person has to write."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli import answer
from service.cli.answer import FINE, FOUND, USAGE
from service.cli.fix import difference, refuse_links
from service.cli.triage import chosen_policy, fail

if TYPE_CHECKING:
    from triage_rules.mending import Mended
    from triage_rules.policy import Policy


def register(app: typer.Typer) -> None:
    """Hang the command into the root application."""
    app.command("migrate")(migrate)


def migrate(
    path: Annotated[str, typer.Argument(help="A work tree, a folder or a leaf in it.")] = ".",
    into: Annotated[str, typer.Option(help="The base branch, whose policy holds.")] = "main",
    diff: Annotated[bool, typer.Option("--diff", help="Show what would change, and write nothing.")] = False,
    policy: Annotated[str | None, typer.Option(help="A policy file, or the name of a preset.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Lift every leaf below PATH to the newest schema; what only its author knows becomes a marked gap."""
    from service.git.mending import NotWritten, write
    from service.git.worktree import NoWork, ground

    refuse_links(Path(path), as_json)
    try:
        root, text = ground(Path(path), into)
    except NoWork as error:
        fail(USAGE, f"{error}.", error.remedy, as_json)
    contexts = _contexts(chosen_policy(policy, text, as_json))
    lifted: list[tuple[Mended, int]] = []
    left: list[dict[str, str]] = []
    for name, data in _leaves(root, Path(path).resolve()):
        mended, gaps, why = _lifted(name, data, contexts)
        try:
            if mended is not None and not diff:
                write(root, mended)
        except NotWritten as error:
            mended, why = None, str(error)
        if mended is not None:
            lifted.append((mended, gaps))
        elif why:
            left.append({"path": name, "why": why})
    told = {"written": not diff, "files": [_told(each, gaps) for each, gaps in lifted], "left": left}
    answer.give(told, as_json, "\n".join(_lines(lifted, left, diff)))
    raise typer.Exit(FOUND if left else FINE)


def _contexts(policy: Policy) -> int:
    rule: Any = policy.rules["too-few-seeds"]
    return 0 if rule.weight == "off" else int(rule.at_least)


def _leaves(root: Path, start: Path) -> Iterator[tuple[str, bytes]]:
    """The files of leaves at or below a path, as their names in the taxonomy and their bytes; no link is followed."""
    from service.git.mending import inside
    from triage_rules.taxonomy import QNA, ROOTS
    from triage_rules.yaml_tree import MAX_BYTES

    for file in sorted(start.rglob(QNA)) if start.is_dir() else [start]:
        name = file.relative_to(root).as_posix()
        if name.split("/", 1)[0] in ROOTS and file.name == QNA and inside(root, file) and file.is_file():
            with file.open("rb") as source:
                yield name, source.read(MAX_BYTES + 1)


def _lifted(name: str, data: bytes, contexts: int) -> tuple[Mended | None, int, str]:
    from triage_rules.lifting import lift
    from triage_rules.mending import Mended

    found = lift(name, data, contexts)
    if found.data is None:
        return None, 0, found.why
    return Mended(name, data, found.data, name, ("Lifted to the newest schema.",)), found.gaps, ""


def _told(mended: Mended, gaps: int) -> dict[str, Any]:
    return {
        "path": mended.path,
        "gaps": gaps,
        "diff": "\n".join(difference(mended.path, mended.new_path, mended.before, mended.after)),
    }


def _lines(lifted: list[tuple[Mended, int]], left: list[dict[str, str]], diff: bool) -> Iterator[str]:
    if not lifted and not left:
        yield "Every leaf here has the newest schema."
    for mended, gaps in lifted:
        if diff:
            yield from difference(mended.path, mended.new_path, mended.before, mended.after)
        else:
            ask = f"; {gaps} gaps are marked <TO WRITE ...>, look with `upweight check`" if gaps else ""
            yield f"Lifted: {mended.path}{ask}."
    for each in left:
        yield f"Left as it is: {each['path']}: {each['why']}."
