"""A contribution is read from Git objects: what changed, and nothing of what did not."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pygit2
import pytest

from service.git.read import NoSuchRevision, commit_at, contribution, merge_base

FOLDER = "knowledge/science/moons"
WHO = pygit2.Signature("Ada Brandt", "ada@example.org", 1_700_000_000, 0)


@pytest.fixture
def repository(tmp_path: Path) -> pygit2.Repository:
    return pygit2.init_repository(str(tmp_path / "taxonomy.git"), bare=True)


def tree_of(repository: pygit2.Repository, files: Mapping[str, bytes | tuple[bytes, int]]) -> pygit2.Oid:
    index = pygit2.Index()
    for path, told in files.items():
        data, mode = told if isinstance(told, tuple) else (told, 0o100644)
        index.add(pygit2.IndexEntry(path, repository.create_blob(data), pygit2.enums.FileMode(mode)))
    return index.write_tree(repository)


def commit(
    repository: pygit2.Repository,
    files: Mapping[str, bytes | tuple[bytes, int]],
    *parents: str,
    message: str = "m",
) -> str:
    tree = tree_of(repository, files)
    return str(repository.create_commit(None, WHO, WHO, message, tree, [pygit2.Oid(hex=p) for p in parents]))


def test_every_kind_of_change_is_named(repository: pygit2.Repository) -> None:
    base = commit(
        repository, {"knowledge/a": b"1", "knowledge/b": b"2", "knowledge/c": b"3", "knowledge/d/x": b"4"}
    )
    head = commit(
        repository,
        {"knowledge/a": b"9", "knowledge/moved": b"2", "knowledge/c": b"3", "knowledge/d": b"5"},
        base,
    )
    read = contribution(repository, base, head)
    assert [(f.path, f.status, f.before, f.after) for f in read.files] == [
        ("knowledge/a", "modified", b"1", b"9"),
        ("knowledge/b", "deleted", b"2", None),
        ("knowledge/d/x", "deleted", b"4", None),
        ("knowledge/d", "added", None, b"5"),
        ("knowledge/moved", "renamed", None, b"2"),
    ]


def test_the_unchanged_files_beside_a_touched_leaf_come_along(repository: pygit2.Repository) -> None:
    far = {"knowledge/far/qna.yaml": b"x"}
    base = commit(repository, {f"{FOLDER}/qna.yaml": b"a: 1\n", f"{FOLDER}/attribution.txt": b"Title", **far})
    head = commit(
        repository, {f"{FOLDER}/qna.yaml": b"a: 2\n", f"{FOLDER}/attribution.txt": b"Title", **far}, base
    )
    assert contribution(repository, base, head).siblings == {f"{FOLDER}/attribution.txt": b"Title"}


def test_links_and_submodules_have_a_mode_and_no_content(repository: pygit2.Repository) -> None:
    base = commit(repository, {"knowledge/a": b"1"})
    link: dict[str, bytes | tuple[bytes, int]] = {
        "knowledge/a": b"1",
        "knowledge/l": (b"/etc/passwd", 0o120000),
    }
    read = contribution(repository, base, commit(repository, link, base))
    assert [(f.path, f.mode, f.after) for f in read.files] == [("knowledge/l", 0o120000, None)]


def test_the_commits_of_the_range_are_told_newest_first(repository: pygit2.Repository) -> None:
    base = commit(repository, {"a": b"1"}, message="base")
    one = commit(repository, {"a": b"2"}, base, message="one")
    two = commit(repository, {"a": b"3"}, one, message="two")
    read = contribution(repository, base, two)
    assert [(c.message, c.author_email, c.parents) for c in read.commits] == [
        ("two", "ada@example.org", 1),
        ("one", "ada@example.org", 1),
    ]
    assert read.title == "two"


def test_equal_trees_are_never_opened(repository: pygit2.Repository) -> None:
    same = {f"knowledge/f{n}/qna.yaml": b"a: 1\n" for n in range(50)}
    base = commit(repository, {**same, "knowledge/z": b"1"})
    head = commit(repository, {**same, "knowledge/z": b"2"}, base)
    opened: list[str] = []

    class Watched(pygit2.Repository):
        def __getitem__(self, key: str | pygit2.Oid) -> pygit2.Object:
            opened.append(str(key))
            return super().__getitem__(key)

    assert [f.path for f in contribution(Watched(repository.path), base, head).files] == ["knowledge/z"]
    inner = str((commit_at(repository, head).tree / "knowledge/f1").id)
    assert inner not in opened


def test_a_name_that_is_no_commit_is_refused(repository: pygit2.Repository) -> None:
    with pytest.raises(NoSuchRevision):
        commit_at(repository, "refs/heads/nowhere")


def test_the_base_of_a_pull_request_is_where_it_left_the_branch(repository: pygit2.Repository) -> None:
    base = commit(repository, {"a": b"1"})
    main, head = commit(repository, {"a": b"2"}, base), commit(repository, {"a": b"3"}, base)
    found = merge_base(repository, commit_at(repository, main), commit_at(repository, head))
    assert found is not None
    assert str(found.id) == base
