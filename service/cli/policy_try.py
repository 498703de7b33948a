"""``upweight policy try``: what a policy would have said of contributions that are there already."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from service.cli.answer import NOT_FOUND, USAGE, fail, give, table
from service.cli.home import Home, Json, Named, opened, the_repository
from service.cli.policy import taken

if TYPE_CHECKING:
    import pygit2

    from service.hindsight import Past, Row
    from triage_rules.policy import Policy

USUAL = 50  # commits of the branch that are looked at where nothing is named
SHOWN = 200  # lines of the table; --json has all


def attempt(
    policy: Annotated[
        str | None,
        typer.Option(help="A policy file or a preset; none: .upweight/policy.toml of the work tree."),
    ] = None,
    against: Annotated[
        str | None,
        typer.Option(help=f"Past contributions, as FROM..TO; none: the last {USUAL} of the branch."),
    ] = None,
    pulls: Annotated[str | None, typer.Option(help="Pattern of refs, such as refs/pull/*/head.")] = None,
    repo: Annotated[str, typer.Option(help="A Git repository, bare or not.")] = ".",
    into: Annotated[str, typer.Option(help="The base branch.")] = "main",
    before: Annotated[
        str | None, typer.Option(help="What it is compared with; none: the policy of the base branch today.")
    ] = None,
    home: Home = None,
    repository: Named = None,
    most: Annotated[int, typer.Option(min=1, help="At most so many contributions, the newest.")] = 500,
    everything: Annotated[bool, typer.Option("--all", help="Show those that do not differ, too.")] = False,
    as_json: Json = False,
) -> None:
    """Try a policy on contributions that are there: what it would have said, beside what today's policy says.

    `--against` takes the commits of a branch, `--pulls` the refs of pull requests, `--home` the open contributions of a
    running service.
    """
    from service import hindsight
    from service.git.read import NoSuchRevision

    if sum(each is not None for each in (against, pulls, home)) > 1:
        hint = "Name one of --against, --pulls and --home."
        fail(USAGE, "usage", "Several kinds of contributions are named.", hint, as_json)
    if home is not None or repository is not None:
        git, into, found = _at_home(home, repository, as_json)
    else:
        git = _repository(repo, as_json)
        try:
            found = hindsight.pulls(git, pulls, into) if pulls else _merged(git, against, into, as_json)
        except NoSuchRevision as error:
            hint = "`git log --first-parent --oneline` counts the commits of a branch."
            fail(USAGE, "usage", f"{error}.", hint, as_json)
    if not found:
        fail(NOT_FOUND, "not-found", "There is no contribution to try it on.", "Name others.", as_json)
    after_name = policy or _own(git if home is None and repository is None else _here(repo), as_json)
    names = {"before": before or f"the policy of {into}", "after": after_name}
    then, now = _policies(git, into, before, after_name, as_json)
    side_by_side = pulls is not None or home is not None
    rows = list(hindsight.compare(git, found[-most:], then, now, side_by_side))
    _show(rows, names, (then, now), len(found) - len(rows), everything, as_json)


def _merged(git: pygit2.Repository, against: str | None, into: str, as_json: bool) -> list[Past]:
    from service.hindsight import merged

    if against is None:
        return merged(git, None, into)[-USUAL:]
    since, dots, until = against.partition("..")
    if not dots or not since or until.startswith("."):
        hint = "Write FROM..TO, for example main~50..main."
        fail(USAGE, "usage", f"`{against}` is no range.", hint, as_json)
    return merged(git, since, until or into)


def _at_home(
    home: Path | None, named: str | None, as_json: bool
) -> tuple[pygit2.Repository, str, list[Past]]:
    """The open contributions of a service, as they stand."""
    from service.db import contributions
    from service.git import read
    from service.hindsight import proposed
    from service.lines.states import BEFORE_MERGE

    house = opened(home, as_json)
    row = the_repository(house, named, as_json)
    git = house.git(row)
    tip = read.commit_at(git, row.base_branch)
    with house.database.read() as session:
        rows = [each for each in contributions.still_open(session, row.id) if each.state in BEFORE_MERGE]
    found = [
        proposed(git, tip, read.commit_at(git, each.head), each.number, each.title, each.author_id)
        for each in rows
    ]
    return git, row.base_branch, found


def _repository(repo: str, as_json: bool) -> pygit2.Repository:
    import pygit2

    from service.git.read import open_repository

    try:
        return open_repository(repo)
    except pygit2.GitError:
        fail(USAGE, "usage", f"`{repo}` is no Git repository.", "Name one with --repo.", as_json)


def _here(repo: str) -> pygit2.Repository | None:
    """The work tree that one stands in, beside a service's home."""
    import pygit2

    found = pygit2.discover_repository(repo)
    return pygit2.Repository(found) if found else None


def _own(git: pygit2.Repository | None, as_json: bool) -> str:
    """The policy that lies in the work tree, where somebody edits it."""
    from service.policy import FILE

    file = None if git is None or git.is_bare else Path(git.workdir) / FILE
    if file is None or not file.is_file():
        fail(
            USAGE, "usage", f"There is no {FILE} in a work tree here.", "Name a policy by --policy.", as_json
        )
    return str(file)


def _policies(
    git: pygit2.Repository, into: str, before: str | None, after: str, as_json: bool
) -> tuple[Policy, Policy]:
    from service.policy import load
    from service.policy_text import named

    then = taken(lambda: named(before) if before else load(git, into), before or into, as_json)
    return then.judging, taken(lambda: named(after), after, as_json).judging


def _show(
    rows: list[Row], names: dict[str, str], policies: tuple[Policy, Policy], older: int, everything: bool, as_json: bool
) -> None:  # fmt: skip
    from service.hindsight import totals

    unable = sorted({rule for row in rows for rule in row.not_checked})
    sums = totals(rows)
    sides = {
        side: {"policy": names[side], "judging_hash": policy.hash}
        for side, policy in zip(("before", "after"), policies, strict=True)
    }
    data: dict[str, Any] = {
        **sides, "contributions": [row.to_json() for row in rows], "totals": sums, "older_left_out": older,
        "not_checked": unable,
    }  # fmt: skip
    chosen = [row for row in rows if everything or row.differs]
    text = [table(("", "before", "after", "newly", "gone", "weight", "title"), [_cells(row) for row in chosen[:SHOWN]],
                  "The two policies differ on none.")]  # fmt: skip
    if len(chosen) > SHOWN:
        text.append(f"... and {len(chosen) - SHOWN} more; --json has all.")
    text += ["", *_summary(sums, names, policies, older, unable)]
    give(data, as_json, "\n".join(text))


def _cells(row: Row) -> tuple[object, ...]:
    past = row.past
    name = f"#{past.number}" if past.number is not None else past.commit[:10]
    weight = [*(f"{rule} ↑" for rule in row.heavier), *(f"{rule} ↓" for rule in row.lighter)]
    title = " ".join(past.title.split())
    return (
        name,
        row.before,
        row.after,
        row.newly,
        row.gone,
        weight,
        title[:39] + "…" if len(title) > 40 else title,
    )


def _summary(
    sums: dict[str, Any], names: dict[str, str], policies: tuple[Policy, Policy], older: int, unable: list[str]
) -> list[str]:  # fmt: skip
    moves = ", ".join(f"{count} {move}" for move, count in sums["moves"].items())
    lines = [
        f"{sums['contributions']} contributions: {sums['other_verdict']} with another verdict"
        f"{f' ({moves})' if moves else ''}, {sums['other_findings']} with other findings alone.",
        f"Before: {names['before']} ({policies[0].hash[:12]}). After: {names['after']} ({policies[1].hash[:12]}).",
    ]
    if older:
        lines.append(f"{older} older ones are left out; --most takes more.")
    if unable:
        lines.append(f"Not checked by either, for want of facts: {', '.join(unable)}.")
    return lines
