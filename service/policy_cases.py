"""Test cases of a policy: folders beside it, each with what a contribution brings and what must be said of it.

`.upweight/policy-tests/NAME/` holds `files/` (what is brought, by its place in the taxonomy), `base/` where something
stands there before, and `expected.toml`. A case is judged as a contribution is: two commits are made of it in a
repository that is thrown away, and read as any other.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import pygit2
from pydantic import BaseModel, ConfigDict

from service.facts.listings import in_tree, listings
from service.facts.seeds import known_at
from service.git import read
from triage_rules.contribution import EXECUTABLE, REGULAR, SYMLINK, Contribution
from triage_rules.facts import Author, Told
from triage_rules.finding import Finding, Weight
from triage_rules.judge import judge
from triage_rules.policy import Policy
from triage_rules.rule import Facts, WeightName, all_rules
from triage_rules.tables import PolicyError, checked, decoded, locator, parsed, unknown
from triage_rules.verdict import Verdict

CASES = ".upweight/policy-tests"
EXPECTED, FILES, BASE = "expected.toml", "files", "base"
MOST_FILES, MOST_CASES = 1000, 1000
SOMEBODY = ("A contributor", "contributor@example.org")


class Brought(BaseModel):
    """Who brings it, and in which commits; without any, in one that is signed off."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    author: str | None = None
    name: str = SOMEBODY[0]
    email: str = SOMEBODY[1]
    title: str = ""
    body: str = ""
    commits: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()


class Expected(BaseModel):
    """What must be said: the verdict, rules that must find something (how heavily), and such that must not."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    verdict: Literal["passed", "needs-human", "changes-requested", "rejected"] | None = None
    found: dict[str, WeightName | Literal["any"]] = {}
    not_found: tuple[str, ...] = ()
    contribution: Brought = Brought()


@dataclass(frozen=True)
class Outcome:
    """What became of one case; no difference means that the policy says what was expected."""

    name: str
    differences: tuple[str, ...]
    verdict: str | None = None
    found: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The outcome as plain values."""
        return {
            "case": self.name, "ok": not self.differences, "differences": list(self.differences),
            "verdict": self.verdict, "found": self.found,
        }  # fmt: skip


def root_of(path: Path) -> Path | None:
    """The folder of the taxonomy that holds cases: the path itself, or one above it."""
    return next((each for each in (path, *path.parents) if (each / CASES).is_dir()), None)


def cases_below(root: Path, path: Path) -> list[Path]:
    """The folders of the cases of a taxonomy, those at or below the path where it lies among them."""
    folders = sorted(each for each in (root / CASES).iterdir() if each.is_dir() and not each.is_symlink())
    if path.is_relative_to(root / CASES):
        folders = [each for each in folders if each.is_relative_to(path) or path.is_relative_to(each)]
    return folders[:MOST_CASES]


def run(case: Path, policy: Policy) -> Outcome:
    """Judge one case; a case that can't be read differs from whatever was expected."""
    try:
        expected = expectation(case)
        with tempfile.TemporaryDirectory(prefix="upweight-case-") as folder:
            verdict = judge(*_brought(case, expected.contribution, Path(folder), policy))
    except PolicyError as error:
        return Outcome(case.name, (str(error),))
    heaviest = {each.rule: each for each in reversed(verdict.findings)}
    found = {rule: heaviest[rule].weight.name for rule in sorted(heaviest)}
    told = tuple(differences(expected, verdict, policy))
    return Outcome(case.name, told, verdict.outcome, found)


def expectation(case: Path) -> Expected:
    """What a case expects. Raises PolicyError with the line of what nobody knows."""
    file = case / EXPECTED
    name = f"{case.name}/{EXPECTED}"
    try:
        text = decoded(_bytes(file), name)
    except OSError:
        remedy = f"Write it: the verdict, or rules under `[found]`, and the files under `{FILES}/`."
        raise PolicyError(name, 1, "There is no such file.", remedy) from None
    locate = locator(text)
    expected = checked(Expected, parsed(text, name), (), name, locate)
    known = [rule.id for rule in all_rules()]
    places = [("found", rule) for rule in expected.found] + [
        ("not_found", rule) for rule in expected.not_found
    ]
    for place, rule in places:
        if rule not in known:
            raise unknown(name, locate((place, rule)), f"There is no rule `{rule}`.", rule, known)
    if expected.verdict is None and not places:
        remedy = 'Say `verdict = "passed"`, or name a rule under `[found]`.'
        raise PolicyError(name, 1, "Nothing is expected.", remedy)
    return expected


def differences(expected: Expected, verdict: Verdict, policy: Policy) -> Iterator[str]:
    """Each way in which the verdict is not what was expected, in a line."""
    if expected.verdict is not None and verdict.outcome != expected.verdict:
        why = f": {_told(verdict.findings[0])}" if verdict.findings else ""
        yield f"verdict: expected {expected.verdict}, is {verdict.outcome}{why}"
    first = {each.rule: each for each in reversed(verdict.findings)}  # findings come heaviest first
    unable = {each.rule: each.why for each in verdict.not_checked}
    for rule, weight in expected.found.items():
        if rule not in first:
            off = policy.rules[rule].weight == "off"
            why = "the policy has it off" if off else unable.get(rule, "it finds nothing")
            yield f"{rule}: expected{'' if weight == 'any' else f' as {weight}'}, but {why}"
        elif weight not in ("any", first[rule].weight.name):
            yield f"{rule}: expected as {weight}, is {_told(first[rule])}"
    for rule in expected.not_found:
        if rule in first:
            yield f"{rule}: expected to find nothing, finds {_told(first[rule])}"
        elif rule in unable:
            yield f"{rule}: expected to find nothing, but could not look: {unable[rule]}"


def _told(finding: Finding) -> str:
    place = ":".join(str(part) for part in (finding.path or "commits", finding.line) if part)
    return f"{Weight(finding.weight).name} at {place}: {finding.message}"


def _brought(case: Path, who: Brought, folder: Path, policy: Policy) -> tuple[Contribution, Policy, Facts]:
    """The case as a contribution, the policy, and the seeds and folders that the taxonomy has before it."""
    git = pygit2.init_repository(str(folder), bare=True)
    before = dict(_files(case, BASE))
    after = {**before, **dict(_files(case, FILES))}
    for path in who.deleted:
        if after.pop(path, None) is None:
            remedy = f"Put it under `{BASE}/`, or take it out of `deleted`."
            raise PolicyError(f"{case.name}/{EXPECTED}", 1, f"`{path}` is not there to be deleted.", remedy)
    base = _commit(git, case, before, who, "Begin", [])
    head = base
    for message in who.commits or (f"{who.title or case.name}\n\nSigned-off-by: {who.name} <{who.email}>\n",):
        head = _commit(git, case, after, who, message, [head])
    contribution = read.contribution(
        git, str(base), str(head), title=who.title, body=who.body, author=who.author
    )
    there = read.commit_at(git, str(base))
    beside = listings(in_tree(there.tree), contribution.files)
    told = Told(author=Author(who.author, who.author)) if who.author else Told()
    return contribution, policy, Facts(known_at(git, there), told, beside)


def _files(case: Path, part: str) -> Iterator[tuple[str, tuple[int, bytes]]]:
    """Every file of a part of a case: its place in the taxonomy, its mode and its bytes; links are not followed."""
    count = 0
    for above, folders, names in os.walk(case / part):
        links = [name for name in folders if (Path(above) / name).is_symlink()]
        for name in sorted([*names, *links]):
            count += 1
            if count > MOST_FILES:
                remedy = "Leave out what the rule does not need."
                raise PolicyError(f"{case.name}/{part}", 1, f"It holds more than {MOST_FILES} files.", remedy)
            file = Path(above) / name
            found = os.lstat(file)
            if stat.S_ISLNK(found.st_mode):
                yield file.relative_to(case / part).as_posix(), (SYMLINK, os.fsencode(file.readlink()))
            elif stat.S_ISREG(found.st_mode):
                mode = EXECUTABLE if found.st_mode & 0o100 else REGULAR
                yield file.relative_to(case / part).as_posix(), (mode, _bytes(file))


def _bytes(file: Path) -> bytes:
    with file.open("rb") as opened:
        return opened.read(read.MAX_BLOB + 1)


def _commit(
    git: pygit2.Repository, case: Path, files: dict[str, tuple[int, bytes]], who: Brought, message: str,
    parents: list[pygit2.Oid],
) -> pygit2.Oid:  # fmt: skip
    index = pygit2.Index()
    try:
        for path, (mode, data) in files.items():
            index.add(pygit2.IndexEntry(path, git.create_blob(data), pygit2.enums.FileMode(mode)))
        author = pygit2.Signature(who.name, who.email, 1, 0)
        return git.create_commit(None, author, author, message, index.write_tree(git), parents)
    except (pygit2.GitError, ValueError, OSError) as error:
        raise PolicyError(
            case.name, 1, f"Git can't hold this case: {error}.", "Name its files otherwise."
        ) from None
