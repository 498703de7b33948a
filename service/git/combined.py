"""Several heads as one: merged by what their leaves say, a commit for each, in memory. No ref moves.

Nobody's commit is written anew: authors, dates and sign-offs stay as they were pushed, and what merges them is no
contribution of anybody's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import pygit2

from service.git import merge as git_merge
from service.git.merge import Conflict
from service.git.read import commit_at, commits_between
from triage_rules.contribution import Commit

MOST_NAMED = 20  # co-authors in the message of one merge
_TRAILER = re.compile(r"^co-authored-by:[^<>\n]*<([^<>\n]*)>\s*$", re.IGNORECASE | re.MULTILINE)
_NAME = re.compile(r"[^\w .'-]+")
_ADDRESS = re.compile(r"[\w.+-]{1,120}@[\w.-]{1,120}")


class Part(NamedTuple):
    """A contribution that is merged in: its number and its head."""

    number: int
    head: str


class Clash(NamedTuple):
    """The one that does not fit, and where and why it does not."""

    number: int
    found: Conflict


def together(git: pygit2.Repository, base: str, lead: Part, others: Sequence[Part]) -> str | Clash:
    """The commit in which all are merged upon the head of `lead`; the same heads in this order give the same commit.

    What the head holds already is left as it is; where it holds all, it is the answer. `base` is the tip of the base
    branch: what it holds is nobody's here.
    """
    top = commit_at(git, lead.head)
    at = max(commit_at(git, each.head).commit_time for each in (lead, *others))
    who = pygit2.Signature("Upweight", "upweight@localhost", at, 0)
    for each in others:
        if contains(git, str(top.id), each.head):
            continue
        tree = git_merge.merged_tree(git, top, commit_at(git, each.head))
        if isinstance(tree, Conflict):
            return Clash(each.number, tree)
        message = _message(lead.number, each.number, own_commits(git, base, each.head))
        parents = [top.id, pygit2.Oid(hex=each.head)]
        top = git[git.create_commit(None, who, who, message, tree, parents)].peel(pygit2.Commit)
    return str(top.id)


def contains(git: pygit2.Repository, head: str, other: str) -> bool:
    """Whether a head's history holds the commit `other`; no, where either is not there."""
    one, two = pygit2.Oid(hex=head), pygit2.Oid(hex=other)
    return one in git and two in git and (one == two or git.descendant_of(one, two))


def own_commits(git: pygit2.Repository, base: str, head: str) -> list[Commit]:
    """The commits that a head adds to the base branch, newest first; at most `MAX_COMMITS`."""
    return list(commits_between(git, commit_at(git, base), commit_at(git, head)))


def keeps(git: pygit2.Repository, base: str, head: str, other: str) -> bool:
    """Whether `head` still brings what `other` brought, as far as its authors go.

    It holds its commits; or, where they were rebased or squashed, each of their authors has a commit or is named as a
    co-author still. Where Git has forgotten `other`, nobody can say that it does not.
    """
    if pygit2.Oid(hex=other) not in git or contains(git, head, other):
        return True
    here = own_commits(git, base, head)
    known = {email for each in here for email in _people(each)}
    wrote = {each.author_email.casefold() for each in own_commits(git, base, other) if each.parents < 2}
    return wrote <= known


def _people(commit: Commit) -> Iterator[str]:
    if commit.parents < 2:
        yield commit.author_email.casefold()
    yield from (address.casefold() for address in _TRAILER.findall(commit.message))


def _message(lead: int, number: int, commits: Sequence[Commit]) -> str:
    """What a forge that squashes takes the co-authors from. Names are strangers' words: no sign of theirs may act."""
    people = {
        each.author_email: _NAME.sub("", each.author_name).strip()[:100] or "an author"
        for each in reversed(commits)
        if each.parents < 2 and _ADDRESS.fullmatch(each.author_email)
    }
    named = [f"Co-authored-by: {name} <{address}>" for address, name in list(people.items())[:MOST_NAMED]]
    return "\n".join([f"Combine contribution {number} with contribution {lead}", "", *named]).rstrip() + "\n"
