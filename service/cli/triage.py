"""`upweight triage`, `check` and `rules`: the same judgement on a bare repository, on a work tree, and
explained.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from service.cli import answer
from service.cli.answer import CONFIGURATION, FINE, NOT_FOUND, USAGE, visible
from service.cli.answer import FOUND as FINDINGS

if TYPE_CHECKING:
    from triage_rules.policy import Policy
    from triage_rules.rule import Rule
    from triage_rules.verdict import Verdict


def register(app: typer.Typer) -> None:
    """Hang the three commands into the root application."""
    app.command("check")(check)
    app.command("triage")(triage)
    app.command("rules")(rules)


def fail(code: int, message: str, hint: str, as_json: bool) -> NoReturn:
    """The answer of a command that can't judge; ends it with `code`."""
    names = {USAGE: "usage", CONFIGURATION: "configuration", NOT_FOUND: "not-found"}
    answer.fail(code, names[code], message, hint, as_json)


def chosen_policy(given: str | None, found: bytes | None, as_json: bool) -> Policy:
    """The policy to judge by: a file or a preset that was named, else the repository's own, else the
    default.
    """
    from triage_rules.policy import PRESETS, Policy, PolicyError

    try:
        if given in PRESETS:
            return Policy.preset(given)
        if given is not None:
            return Policy.from_toml(Path(given).read_text(encoding="utf-8"), given)
        return Policy.from_toml(found.decode("utf-8")) if found is not None else Policy.default()
    except PolicyError as error:
        fail(CONFIGURATION, f"{error.path}:{error.line}: {error.message}", error.remedy, as_json)
    except (OSError, UnicodeDecodeError) as error:
        fail(CONFIGURATION, f"The policy `{given or 'of the repository'}` cannot be read: {error}.",
             f"Name a file, or one of {', '.join(PRESETS)}.", as_json)  # fmt: skip


def triage(
    repo: Annotated[str, typer.Option(help="A Git repository, bare or not.")] = ".",
    pulls: Annotated[
        str | None, typer.Option(help="Pattern of refs; none, and no --head: refs/pull/*/head.")
    ] = None,
    into: Annotated[str, typer.Option(help="The base branch.")] = "main",
    base: Annotated[str | None, typer.Option(help="Judge one range: its base.")] = None,
    head: Annotated[str | None, typer.Option(help="Judge one range: its head.")] = None,
    policy: Annotated[str | None, typer.Option(help="A policy file, or the name of a preset.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Judge contributions of a repository from its Git objects, without a checkout."""
    import pygit2

    from service import pulls as judging
    from service.git.read import NoSuchRevision, open_repository

    def choose(found: bytes | None) -> Policy:
        return chosen_policy(policy, found, as_json)

    if (pulls and head) or (base is not None and head is None):
        fail(USAGE, "Name either --pulls, or --head (with --base).", "See `upweight triage --help`.", as_json)
    if head is None:
        pulls = pulls or "refs/pull/*/head"
    if not Path(repo).exists():
        fail(USAGE, f"There is nothing at `{repo}`.", "Name a Git repository with --repo.", as_json)
    try:
        repository = open_repository(repo)
    except pygit2.GitError:
        fail(USAGE, f"`{repo}` is no Git repository.", "Name one with --repo.", as_json)
    try:
        lines = (
            judging.pulls(repository, pulls, into, choose)
            if pulls
            else judging.one_range(repository, base, head or "", into, choose)
        )
        outcomes = [_show(line, as_json) for line in lines]
    except NoSuchRevision as error:
        fail(USAGE, f"{error}.", "Look at `git for-each-ref`.", as_json)
    if pulls and not outcomes:
        fail(USAGE, f"No ref is like `{pulls}`.", "Look at `git for-each-ref`.", as_json)
    raise typer.Exit(FINE if all(outcome == "passed" for outcome in outcomes) else FINDINGS)


def _show(line: dict[str, Any], as_json: bool) -> str:
    if as_json:
        print(json.dumps(line, ensure_ascii=False), flush=True)
    else:
        name = f"#{line['pull']}" if line["pull"] is not None else line["head"][:10]
        print(visible(f"{name}  {line['verdict']}: {line['next']}"))
        _show_findings(line["findings"])
    return str(line["verdict"])


def _show_findings(findings: list[dict[str, Any]]) -> None:
    for each in findings:
        place = ":".join(
            str(part) for part in (each["path"] or "commits", each["line"], each["column"]) if part
        )
        print(visible(f"  {place}: {each['weight']} [{each['rule']}] {each['message']}"))
        if each["remedy"]:
            print(visible(f"      {each['remedy']}"))


def check(
    path: Annotated[str, typer.Argument(help="A work tree, a folder or a leaf in it.")] = ".",
    into: Annotated[str, typer.Option(help="The base branch that the work is compared with.")] = "main",
    everything: Annotated[
        bool, typer.Option("--all", help="Judge all leaves below PATH, changed or not.")
    ] = False,
    policy: Annotated[str | None, typer.Option(help="A policy file, or the name of a preset.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Judge your own work before any push, offline: what differs from the base branch, committed or not."""
    from service.git.worktree import NoWork, read_worktree
    from triage_rules.judge import judge
    from triage_rules.rule import Facts

    if not Path(path).exists():
        fail(USAGE, f"`{path}` does not exist.", "Name a folder of the taxonomy.", as_json)
    try:
        work = read_worktree(Path(path), into, everything)
    except NoWork as error:
        fail(USAGE, f"{error}.", error.remedy, as_json)
    verdict = judge(
        work.contribution, chosen_policy(policy, work.policy, as_json), Facts(seeds_index=work.known)
    )
    _show_check(verdict, as_json)
    raise typer.Exit(FINE if verdict.outcome == "passed" else FINDINGS)


def _show_check(verdict: Verdict, as_json: bool) -> None:
    told = verdict.to_json()
    if as_json:
        answer.give(told, True, "")
        return
    print(visible(f"{told['verdict']}: {told['next']}"))
    _show_findings(told["findings"])
    for each in told["not_checked"]:
        print(visible(f"  not checked: {each['rule']}, because {each['why']}"))


def rules(
    name: Annotated[str | None, typer.Argument(help="One rule, such as too-few-seeds.")] = None,
    docs: Annotated[Path | None, typer.Option(help="Write a page for each rule into this folder.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """List the rules, explain one, or write their pages."""
    from service.cli.rule_pages import page, told, write_pages
    from triage_rules.rule import all_rules, rule_named

    if docs is not None:
        written = [str(page) for page in write_pages(docs)]
        answer.give(written, as_json, "\n".join(written))
        return
    chosen: list[Rule] = list(all_rules())
    if name is not None:
        found = rule_named(name)
        if found is None:
            fail(NOT_FOUND, f"There is no rule `{name}`.", "`upweight rules` lists them.", as_json)
        chosen = [found]
    if as_json:
        answer.give([told(each) for each in chosen], True, "")
    elif name is not None:
        print(page(chosen[0]), end="")
    else:
        for each in chosen:
            print(f"{each.id:22} {each.weight.name:6} {each.title}")
