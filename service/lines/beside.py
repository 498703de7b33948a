"""What a triage report tells beside the verdict: what a push changed, what models answer, the lines that are meant."""

from __future__ import annotations

from typing import Any

import pygit2
from sqlmodel import Session, col, select

from service import reports
from service.db.tables import Contribution, Repository, Run
from service.git import read
from service.lines import approvals, obey, precheck, since
from service.reports.findings import WHOLE

AROUND = 2  # lines before and after the one that is meant


def of(session: Session, member: Contribution) -> reports.Beside:
    """Everything that is known at this moment; what can't be read is left out, since a report is said anyway."""
    repository = session.get(Repository, member.repository)
    git = _opened(repository)
    return reports.Beside(
        since=reports.since(since.summary(session, member), approvals.kept(session, member)),
        asked=precheck.told(session, member),
        excerpts=_excerpts(git, member) if git else {},
        base=_base(git, repository.base_branch) if git and repository else None,
        commands=[(name, _help(module)) for name, module in sorted(obey.known().items())],
        cost=_cost(session, member),
    )


def _opened(repository: Repository | None) -> pygit2.Repository | None:
    try:
        return pygit2.Repository(repository.address) if repository is not None else None
    except pygit2.GitError:
        return None


def _excerpts(git: pygit2.Repository, member: Contribution) -> dict[tuple[str, int], str]:
    """The lines around the heaviest findings, numbered; by path and line."""
    try:
        head = read.commit_at(git, member.head)
    except read.NoSuchRevision:
        return {}
    meant = [(f["path"], f["line"]) for f in (member.verdict or {}).get("findings", ())[:WHOLE] if f["line"]]
    files = {path: _lines(git, head, path) for path, _ in meant}
    shown = {place: _around(files[place[0]], place[1]) for place in meant}
    return {place: text for place, text in shown.items() if text}


def _lines(git: pygit2.Repository, head: pygit2.Commit, path: str) -> list[str]:
    data = read.read_blob(git, head, path)
    return data.decode("utf-8", "replace").split("\n") if data is not None else []


def _around(lines: list[str], line: int) -> str:
    first, last = max(1, line - AROUND), min(len(lines), line + AROUND)
    return "\n".join(f"{at:>4}  {lines[at - 1]}" for at in range(first, last + 1)) if line <= last else ""


def _base(git: pygit2.Repository, branch: str) -> tuple[str, str] | None:
    try:
        return branch, str(read.commit_at(git, f"refs/heads/{branch}").id)
    except read.NoSuchRevision:
        return None


def _help(module: Any) -> str:
    """The first line of a command's file, which is its help."""
    return (module.__doc__ or "").strip().partition("\n")[0]


def _cost(session: Session, member: Contribution) -> str:
    """How long models were asked about it, in words; nothing where none was."""
    query = select(Run).where(Run.repository == member.repository, Run.purpose == precheck.PURPOSE)
    runs = session.exec(query.where(col(Run.ended).is_not(None)))
    took = sum(
        (run.ended or 0) - (run.started or run.ended or 0) for run in runs if run.mix == [member.number]
    )
    return f"Asking models took {took:.0f} s" if took else ""
