"""`upweight triage`, `check` and `rules`: the same judgement on a bare repository, on a work tree, and
explained.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from service.cli import answer
from service.cli.answer import CONFIGURATION, FINE, NOT_FOUND, USAGE
from service.cli.answer import FOUND as FINDINGS
from service.cli.formats import NoSuchFormat, Output, emit, outputs
from service.cli.judged import Judged

if TYPE_CHECKING:
    from triage_rules.policy import Policy
    from triage_rules.rule import Rule

SIGN_OFF = (
    "missing-sign-off"  # the one rule that looks at commits: it has nothing to look at before there are any
)
Formats = Annotated[
    list[str] | None,
    typer.Option(
        "--format",
        metavar="NAME[=FILE]",
        help="text, github, gitlab or sarif; again, for more than one, with a file.",
    ),
]
AllowDoubts = Annotated[
    bool, typer.Option("--allow-doubts", help="Exit 0 where only a triager has to decide.")
]
RulesUrl = Annotated[str, typer.Option(help="Where the pages of docs/rules lie, for links in SARIF.")]


DOCUMENTS = "A Git repository with the documents that leaves cite; without it they are not checked."


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
    from service.policy import from_bytes, read_file
    from triage_rules.policy import PRESETS, Policy, PolicyError

    try:
        if given in PRESETS:
            return Policy.preset(given)
        if given is not None:
            return read_file(Path(given)).judging
        return from_bytes(found).judging if found is not None else Policy.default()
    except PolicyError as error:
        fail(CONFIGURATION, f"{error.path}:{error.line}: {error.message}", error.remedy, as_json)
    except OSError as error:
        fail(CONFIGURATION, f"The policy `{given or 'of the repository'}` can't be read: {error.strerror or error}.",
             f"Name a file, or one of {', '.join(PRESETS)}.", as_json)  # fmt: skip


def must_be_git(documents: Path | None, as_json: bool) -> None:
    """End the command where the documents that were named are no Git repository."""
    if documents is not None and not any((documents / name).is_file() for name in ("HEAD", ".git/HEAD")):
        hint = "Clone what the leaves cite; the commit that they name must be in it."
        fail(USAGE, f"`{documents}` is no Git repository.", hint, as_json)


def triage(
    repo: Annotated[str, typer.Option(help="A Git repository, bare or not.")] = ".",
    pulls: Annotated[
        str | None, typer.Option(help="Pattern of refs; none, and no --head: refs/pull/*/head.")
    ] = None,
    into: Annotated[str, typer.Option(help="The base branch.")] = "main",
    base: Annotated[str | None, typer.Option(help="Judge one range: its base.")] = None,
    head: Annotated[str | None, typer.Option(help="Judge one range: its head.")] = None,
    policy: Annotated[str | None, typer.Option(help="A policy file, or the name of a preset.")] = None,
    formats: Formats = None,
    rules_url: RulesUrl = "",
    allow_doubts: AllowDoubts = False,
    documents: Annotated[Path | None, typer.Option(help=DOCUMENTS)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """Judge contributions of a repository from its Git objects, without a checkout."""
    import pygit2

    from service import pulls as judging
    from service.git.read import NoSuchRevision, open_repository

    def choose(found: bytes | None) -> Policy:
        return chosen_policy(policy, found, as_json)

    wanted = chosen_outputs(formats, rules_url, as_json)
    if (pulls and head) or (base is not None and head is None):
        fail(USAGE, "Name either --pulls, or --head (with --base).", "See `upweight triage --help`.", as_json)
    if head is None:
        pulls = pulls or "refs/pull/*/head"
    if not Path(repo).exists():
        fail(USAGE, f"There is nothing at `{repo}`.", "Name a Git repository with --repo.", as_json)
    must_be_git(documents, as_json)
    try:
        repository = open_repository(repo)
    except pygit2.GitError as error:
        told = f"`{repo}` can't be opened as a Git repository: {error}."
        fail(USAGE, told, "Name one with --repo; see what `git status` says there.", as_json)
    try:
        lines = (
            judging.pulls(repository, pulls, into, choose, documents)
            if pulls
            else judging.one_range(repository, base, head or "", into, choose, documents)
        )
        outcomes = emit((_judged(line, as_json) for line in lines), wanted, rules_url)
    except NoSuchRevision as error:
        fail(USAGE, f"{error}.", "Look at `git for-each-ref`.", as_json)
    if pulls and not outcomes:
        fail(USAGE, f"No ref is like `{pulls}`.", "Look at `git for-each-ref`.", as_json)
    end(outcomes, allow_doubts)


def end(outcomes: list[str], allow_doubts: bool) -> NoReturn:
    """End a command by what it judged: no doubt is the author's to mend, so a hook may let it pass."""
    from triage_rules.verdict import NEEDS_HUMAN, PASSED

    fine = {PASSED, NEEDS_HUMAN} if allow_doubts else {PASSED}
    raise typer.Exit(FINE if fine.issuperset(outcomes) else FINDINGS)


def _judged(line: dict[str, Any], as_json: bool) -> Judged:
    """A line of the contract as a judgement; printed as it is where that was asked for."""
    from triage_rules.verdict import Verdict

    if as_json:
        print(json.dumps(line, ensure_ascii=False), flush=True)
    name = f"#{line['pull']}" if line["pull"] is not None else line["head"][:10]
    return Judged(Verdict.from_json(line), name, line["pull"])


def chosen_outputs(formats: list[str] | None, rules_url: str, as_json: bool) -> list[Output]:
    """Where the judgements go, as `--format` and `--json` say; ends the command where they can't."""
    if rules_url and not re.match(r"https?://[^\s/]", rules_url):
        fail(USAGE, f"`{rules_url}` is no address.", "Begin --rules-url with https://.", as_json)
    try:
        return outputs(formats or (), as_json)
    except NoSuchFormat as error:
        fail(USAGE, str(error), error.remedy, as_json)


def check(
    path: Annotated[str, typer.Argument(help="A work tree, a folder or a leaf in it.")] = ".",
    into: Annotated[str, typer.Option(help="The base branch that the work is compared with.")] = "main",
    everything: Annotated[
        bool, typer.Option("--all", help="Judge all leaves below PATH, changed or not.")
    ] = False,
    policy: Annotated[str | None, typer.Option(help="A policy file, or the name of a preset.")] = None,
    staged: Annotated[bool, typer.Option("--staged", help="Judge what the next commit would hold.")] = False,
    formats: Formats = None,
    rules_url: RulesUrl = "",
    allow_doubts: AllowDoubts = False,
    documents: Annotated[Path | None, typer.Option(help=DOCUMENTS)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> None:
    """Judge your own work before any push, offline: what differs from the base branch, committed or not."""
    from msgspec import structs

    from service.facts.mirror import documents_of
    from service.git.worktree import NoWork, read_worktree
    from service.kept import judged_work
    from triage_rules.facts import Told
    from triage_rules.verdict import NotChecked

    wanted = chosen_outputs(formats, rules_url, as_json)
    if not Path(path).exists():
        fail(USAGE, f"`{path}` does not exist.", "Name a folder of the taxonomy.", as_json)
    must_be_git(documents, as_json)
    try:
        work = read_worktree(Path(path), into, everything, staged)
    except NoWork as error:
        fail(USAGE, f"{error}.", error.remedy, as_json)
    chosen = chosen_policy(policy, work.policy, as_json)
    verdict = judged_work(work, chosen, Told(documents_of(documents, work.contribution)))
    if verdict.files and not work.contribution.commits and chosen.rules[SIGN_OFF].weight != "off":
        unseen = NotChecked(SIGN_OFF, "what is judged here is not committed yet")
        verdict = structs.replace(verdict, not_checked=(*verdict.not_checked, unseen))
    if as_json:
        answer.give(verdict.to_json(), True, "")
    emit([Judged(verdict)], wanted, rules_url)
    if work.compared and not verdict.files and not as_json:
        below = "" if path == "." else f" below {path}"
        typer.echo(answer.visible(f"Nothing{below} differs from {work.compared}."), err=True)
    if verdict.findings and not as_json and not formats:
        hint = f"`upweight rules {verdict.findings[0].rule}` explains the first; each rule by its name."
        typer.echo(hint, err=True)
    end([verdict.outcome], allow_doubts)


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
            needs = f" (needs {', '.join(each.needs)})" if each.needs else ""
            print(f"{each.id:27} {each.weight.name:6} {each.title}{needs}")
