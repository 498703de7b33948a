"""`upweight new`: a leaf with everything but what only its author can say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from service.cli import answer
from service.cli.answer import USAGE
from service.cli.triage import chosen_policy
from service.cli.triage import fail as refuse

if TYPE_CHECKING:
    from triage_rules.gap import Gap
    from triage_rules.policy import Policy

TREES = {"skill": "compositional_skills", "knowledge": "knowledge"}
LEAST = 5  # seeds that the newest schemas ask for, whatever a policy says
AGAINST = (  # what rules say of the place, and of the handle
    "closed-tree", "folder-name", "odd-path", "protected-path", "stray-file", "no-handle", "unreadable-yaml", "schema",
)  # fmt: skip

Target = Annotated[str, typer.Argument(help="The leaf's folder, which is not there yet.")]
By = Annotated[str | None, typer.Option("--by", help="Your handle on the forge.")]
PolicyName = Annotated[str | None, typer.Option("--policy", help="A policy file, or the name of a preset.")]
Into = Annotated[str, typer.Option(help="The base branch, whose policy holds.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def register(app: typer.Typer) -> None:
    """Hang the commands into the command line."""
    group = typer.Typer(help="Begin a leaf: its two files, with gaps for you to fill.", no_args_is_help=True)
    group.command("skill")(skill)
    group.command("knowledge")(knowledge)
    app.add_typer(group, name="new")


def skill(
    path: Target,
    grounded: Annotated[
        bool, typer.Option("--grounded", help="Each seed works on a text of its own.")
    ] = False,
    by: By = None,
    policy: PolicyName = None,
    into: Into = "main",
    as_json: AsJson = False,
) -> None:
    """Begin a skill below compositional_skills/."""
    _begin("skill", "grounded" if grounded else "freeform", path, by, policy, into, as_json)


def knowledge(
    path: Target, by: By = None, policy: PolicyName = None, into: Into = "main", as_json: AsJson = False
) -> None:
    """Begin knowledge below knowledge/."""
    _begin("knowledge", "knowledge", path, by, policy, into, as_json)


def _begin(
    tree: str, kind: str, path: str, by: str | None, named: str | None, into: str, as_json: bool
) -> None:
    from service.git.mending import inside
    from service.git.worktree import NoWork, ground

    target = Path(os.path.abspath(path))  # not resolved: a link on the way is refused below
    if os.path.lexists(target):
        _usage(
            f"`{path}` is there already.",
            "Name a folder that is not; `upweight migrate` lifts an old leaf.",
            as_json,
        )
    try:
        found = ground(target, into)
        root, text = found.root, found.policy
    except NoWork:
        root, text = _bare_root(target, tree), None
    target = _below(root, target)
    name = target.relative_to(root).as_posix()
    if not name.startswith(TREES[tree] + "/") or not inside(
        root, target
    ):  # a link on the way leads elsewhere
        hint = f"Name a folder below {root / TREES[tree]}, for example {TREES[tree]}/{target.name}."
        _usage(f"`{name}` is no place for {'a skill' if tree == 'skill' else tree}.", hint, as_json)
    if TREES[tree] in name.split("/")[1:]:  # somebody stands in a tree, and names the leaf from its root
        meant = TREES[tree] + name.rpartition(f"/{TREES[tree]}")[2]
        hint = f"From here it is {os.path.relpath(root / meant)}, if you mean {meant}."
        _usage(f"`{name}` would be a tree within a tree.", hint, as_json)
    policy = chosen_policy(named, text, as_json)
    files = _files(kind, policy, by)
    gaps = _judged(name, files, policy, as_json)
    _write(target, files)
    told = [{"path": each.place.path, "line": each.place.line, "what": each.what} for each in gaps]
    said = f"Begun: {name}, with {' and '.join(sorted(files))}.\n{left(len(gaps), name)}"
    answer.give({"path": name, "files": sorted(files), "gaps": told}, as_json, said)


def _usage(message: str, hint: str, as_json: bool) -> NoReturn:
    refuse(USAGE, message, hint, as_json)


def _bare_root(target: Path, tree: str) -> Path:
    """Where the first tree of a new taxonomy would lie."""
    parts = target.parts
    at = next((index for index, part in enumerate(parts) if part == TREES[tree]), None)
    return Path(*parts[:at]) if at else target.parent


def _below(root: Path, target: Path) -> Path:
    """The target by the root's own path, whatever link leads to the root; links below the root stay in it."""
    start = next((each for each in target.parents if each.resolve() == root), None)
    return root / target.relative_to(start) if start is not None else target.resolve()


def _files(kind: str, policy: Policy, by: str | None) -> dict[str, str]:
    from triage_rules import draft
    from triage_rules.attribution import ORIGIN
    from triage_rules.taxonomy import ATTRIBUTION, QNA

    rules: dict[str, Any] = dict(policy.rules)
    few, fields, licence = rules["too-few-seeds"], rules["attribution-fields"], rules["unknown-licence"]
    seeds = LEAST if few.weight == "off" else max(LEAST, few.at_least)
    origin = rules["undeclared-origin"]
    wanted = [*(fields.knowledge if kind == draft.KNOWLEDGE else fields.skill)]
    wanted += [ORIGIN] if origin.asked and origin.weight != "off" else []
    licences = () if licence.weight == "off" else licence.allowed
    return {QNA: draft.qna(kind, seeds, by), ATTRIBUTION: draft.attribution(wanted, licences)}


def _judged(name: str, files: dict[str, str], policy: Policy, as_json: bool) -> list[Gap]:
    """The gaps of the draft; where the rules have anything against its place, that is said and nothing written."""
    from triage_rules.contribution import ChangedFile, Contribution
    from triage_rules.gap import gaps
    from triage_rules.judge import judge

    changed = (ChangedFile(f"{name}/{file}", "added", after=text.encode()) for file, text in files.items())
    contribution = Contribution("", "", tuple(changed))
    wrong = next((each for each in judge(contribution, policy).findings if each.rule in AGAINST), None)
    if wrong is not None:
        _usage(wrong.message, wrong.remedy, as_json)
    return list(gaps(contribution))


def _write(target: Path, files: dict[str, str]) -> None:
    """Both files, or neither."""
    target.mkdir(parents=True, exist_ok=False)
    try:
        for name, text in files.items():
            with (target / name).open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
    except BaseException:
        shutil.rmtree(target)
        raise


def left(count: int, name: str) -> str:
    """What is still the author's to do."""
    gaps = "1 gap is" if count == 1 else f"{count} gaps are"
    return f"{gaps} marked <TO WRITE ...>; `upweight check {name}` names what is left."
