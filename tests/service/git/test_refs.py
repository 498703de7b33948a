"""Refs of the bare repository: heads of contributions by number, tags made once."""

from __future__ import annotations

from pathlib import Path

import pygit2
import pytest

from service.git.refs import contribution_heads, tag, tip

WHO = pygit2.Signature("A", "a@example.org", 1000, 0)


@pytest.fixture
def repo(tmp_path: Path) -> pygit2.Repository:
    return pygit2.init_repository(str(tmp_path / "t.git"), bare=True)


def commit(repo: pygit2.Repository, text: str, ref: str | None = None) -> str:
    return str(repo.create_commit(ref, WHO, WHO, text, repo.TreeBuilder().write(), []))


def test_the_heads_of_contributions_are_found_by_number_and_nothing_else_is(repo: pygit2.Repository) -> None:
    heads = {number: commit(repo, str(number), f"refs/pull/{number}/head") for number in (10, 9, 1)}
    for ref in ("refs/pull/2/merge", "refs/pull/x/head", "refs/pull/3/head/more", "refs/heads/pull/4/head"):
        commit(repo, ref, ref)
    assert list(contribution_heads(repo).items()) == sorted(heads.items())


def test_a_branch_that_is_not_there_has_no_tip(repo: pygit2.Repository) -> None:
    assert tip(repo, "main") is None
    made = commit(repo, "c", "refs/heads/main")
    found = tip(repo, "main")
    assert found is not None
    assert str(found.id) == made


def test_a_tag_made_twice_is_one_and_it_never_moves(repo: pygit2.Repository) -> None:
    one, other = commit(repo, "one"), commit(repo, "other")
    made = tag(repo, "model/v1", one, "Model 1\n", WHO)
    assert tag(repo, "model/v1", one, "Another word\n", WHO) == made
    with pytest.raises(ValueError, match="another commit"):
        tag(repo, "model/v1", other, "Model 1\n", WHO)
    assert str(repo.references["refs/tags/model/v1"].peel(pygit2.Commit).id) == one
    assert repo[made].peel(pygit2.Tag).message == "Model 1\n"
