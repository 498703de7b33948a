"""What a policy would have said of contributions that are there already, beside what another policy says of them.

Each is read once and judged by the first policy; by the second only those rules look again whose settings differ.
Every commit on the first-parent line of a branch is a past contribution: a merge brought its second parent, any other
commit itself. What was known of other leaves is the tree before it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pygit2
from pygit2.enums import SortMode

from service.facts.listings import in_tree, listings
from service.facts.seeds import beside
from service.git import read
from service.pulls import number_of
from triage_rules.finding import Finding, Weight
from triage_rules.index import SeedsIndex
from triage_rules.judge import GAPS, judge
from triage_rules.policy import Policy
from triage_rules.rule import Facts
from triage_rules.verdict import Verdict, outcome_of

_NUMBER = re.compile(
    r"\AMerge pull request #(\d{1,9})\b|\AMerge contribution (\d{1,9})\b|\A[^\n]*\(#(\d{1,9})\)[ \t]*(?:\n|\Z)"
)


class Past(NamedTuple):
    """One contribution: base..head, the commit whose tree was known then, and the one that it is called by."""

    number: int | None
    commit: str
    base: str
    head: str
    known: str
    title: str
    author: str | None = None


@dataclass(frozen=True)
class Row:
    """What both policies say of one contribution; rules by name, those that weigh otherwise apart."""

    past: Past
    before: str
    after: str
    newly: tuple[str, ...]
    gone: tuple[str, ...]
    heavier: tuple[str, ...]
    lighter: tuple[str, ...]
    not_checked: tuple[str, ...]

    @property
    def differs(self) -> bool:
        """Whether the policies differ on it."""
        return bool(self.before != self.after or self.newly or self.gone or self.heavier or self.lighter)

    def to_json(self) -> dict[str, Any]:
        """The row as plain values."""
        past = self.past
        return {
            "pull": past.number, "commit": past.commit, "title": past.title, "before": self.before, "after": self.after,
            "newly": list(self.newly), "gone": list(self.gone), "heavier": list(self.heavier),
            "lighter": list(self.lighter),
        }  # fmt: skip


def merged(repository: pygit2.Repository, since: str | None, until: str) -> list[Past]:
    """What came to a branch after `since` (None: ever), the oldest first. Raises read.NoSuchRevision.

    A branch that is shorter than `NAME~50` says is taken whole.
    """
    walker = repository.walk(read.commit_at(repository, until).id, SortMode.TOPOLOGICAL)
    walker.simplify_first_parent()
    if since is not None and (start := _start(repository, since)) is not None:
        walker.hide(start.id)
    found = [_brought(repository, commit) for commit in walker if commit.parent_ids]
    return found[::-1]


def _start(repository: pygit2.Repository, since: str) -> pygit2.Commit | None:
    try:
        return read.commit_at(repository, since)
    except read.NoSuchRevision:
        name, tilde, count = since.rpartition("~")
        if not (tilde and count.isdecimal()):
            raise
        read.commit_at(repository, name)
        return None


def _brought(repository: pygit2.Repository, commit: pygit2.Commit) -> Past:
    first, *others = commit.parents
    base = read.merge_base(repository, first, others[0]) if len(others) == 1 else None
    head = others[0] if base is not None else commit
    number = next((int(each) for each in _groups(commit.message) if each), None)
    title = (head if base is not None else commit).message.partition("\n")[0]
    return Past(number, str(commit.id), str((base or first).id), str(head.id), str(first.id), title)


def _groups(message: str) -> Sequence[str | None]:
    found = _NUMBER.match(message)
    return found.groups() if found else ()


def pulls(repository: pygit2.Repository, pattern: str, into: str) -> list[Past]:
    """The pull requests whose refs are like `pattern`, by number. Raises read.NoSuchRevision."""
    refs = [ref for ref in repository.references if fnmatchcase(ref, pattern)]
    tip = read.commit_at(repository, into)
    refs.sort(key=lambda ref: (number_of(ref) or 0, ref))
    return [proposed(repository, tip, read.commit_at(repository, ref), number_of(ref)) for ref in refs]


def proposed(
    repository: pygit2.Repository, tip: pygit2.Commit, head: pygit2.Commit, number: int | None,
    title: str = "", author: str | None = None,
) -> Past:  # fmt: skip
    """A contribution that is not merged: from where it left the branch."""
    base = str((read.merge_base(repository, tip, head) or tip).id)
    title = title or head.message.partition("\n")[0]
    return Past(number, str(head.id), base, str(head.id), base, title, author)


def compare(
    repository: pygit2.Repository, past: Iterable[Past], before: Policy, after: Policy, one_by_one: bool
) -> Iterator[Row]:
    """A row for each; `one_by_one`: they are open side by side, and earlier ones count as known to later ones."""
    seeds, earlier, trial = beside(repository), SeedsIndex(), Trial(before, after)
    for each in past:
        change = read.contribution(
            repository, each.base, each.head, title=each.title, author=each.author, number=each.number
        )
        tree = seeds.standing(repository, read.commit_at(repository, each.known))
        known = SeedsIndex.over(tree, earlier)
        there = listings(in_tree(read.commit_at(repository, each.base).tree), change.files)
        yield trial.row(each, *trial.findings(change, Facts(seeds_index=known, listings=there)))
        for leaf in change.leaves if one_by_one else ():
            earlier.add_leaf(leaf, each.number, change.who)


class Trial:
    """Two policies; what only one of them says otherwise is asked twice, all else once."""

    def __init__(self, before: Policy, after: Policy) -> None:
        self._before, self._after = before, after
        self.changed = _asked(before, after)
        rules = {
            name: settings if name in self.changed else settings.model_copy(update={"weight": "off"})
            for name, settings in after.rules.items()
        }
        self._rest = Policy(rules, after.labels)

    def findings(self, change: Any, facts: Facts) -> tuple[Verdict, tuple[Finding, ...]]:
        """The verdict of the first policy, and the findings of the second."""
        first = judge(change, self._before, facts)
        if not self.changed:
            return first, first.findings
        again = judge(change, self._rest, facts)
        return first, (*(f for f in first.findings if f.rule not in self.changed), *again.findings)

    def row(self, past: Past, first: Verdict, second: tuple[Finding, ...]) -> Row:
        """Both beside one another."""
        then, now = _heaviest(first.findings), _heaviest(second)
        both = sorted(then.keys() & now.keys())
        return Row(
            past,
            first.outcome,
            outcome_of(second),
            tuple(sorted(now.keys() - then.keys())),
            tuple(sorted(then.keys() - now.keys())),
            tuple(rule for rule in both if now[rule] > then[rule]),
            tuple(rule for rule in both if now[rule] < then[rule]),
            tuple(each.rule for each in first.not_checked),
        )


def _asked(before: Policy, after: Policy) -> frozenset[str]:
    """The rules that are asked twice: those whose settings differ, and the one by which others wait for an author."""
    changed = {name for name in after.rules if after.rules[name] != before.rules[name]}
    if GAPS in changed:
        return frozenset(after.rules)
    return frozenset(changed | {GAPS} if changed else changed)


def _heaviest(findings: Iterable[Finding]) -> dict[str, Weight]:
    found: dict[str, Weight] = {}
    for each in findings:
        found[each.rule] = max(each.weight, found.get(each.rule, Weight.note))
    return found


def totals(rows: Sequence[Row]) -> dict[str, Any]:
    """How many there are, how many differ, and how the verdicts moved."""
    moves = Counter(f"{row.before} → {row.after}" for row in rows if row.before != row.after)
    return {
        "contributions": len(rows),
        "other_verdict": sum(row.before != row.after for row in rows),
        "other_findings": sum(row.differs and row.before == row.after for row in rows),
        "before": dict(sorted(Counter(row.before for row in rows).items())),
        "after": dict(sorted(Counter(row.after for row in rows).items())),
        "moves": dict(moves.most_common()),
        "newly": dict(Counter(rule for row in rows for rule in row.newly).most_common()),
        "gone": dict(Counter(rule for row in rows for rule in row.gone).most_common()),
    }
