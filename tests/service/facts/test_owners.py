"""OWNERS files: what they may say, and that whatever makes no sense names nobody."""

from __future__ import annotations

from pathlib import Path

import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.facts.owners import MOST_NAMES, MOST_PATHS, NOBODY, Owners, Role, parse, role_for, touched

WHO = pygit2.Signature("Ada", "ada@example.org", 1, 0)


def test_names_stand_one_a_line_below_headings_or_none() -> None:
    text = "# who\n@ada\n\n- @org/team\r\napprovers:\n  - @bo # since May\nreviewers:\n@org/a/b\n"
    assert parse(text.encode()) == Owners(("ada", "org/team", "bo"), ("org/a/b",))


@pytest.mark.parametrize(
    "text",
    ["@ada @bo\n", "ada\n", "@ada\naprovers:\n@bo\n", "@\n", "@ada/\n", "@/team\n", "@a\u202eb\n", "@ada\n<<<<<<< x\n",
     "* @ada\n", "@ada\n" * (MOST_NAMES + 1), "@" + "a" * 200, "@ada\n#" + "x" * 70_000, "@a" + "/a" * 20],
)  # fmt: skip
def test_a_file_of_which_any_line_makes_no_sense_names_nobody(text: str) -> None:
    assert parse(text.encode()) == NOBODY


def test_a_file_that_is_no_text_names_nobody() -> None:
    assert parse(b"@ada\n\xff\n") == NOBODY


@given(st.binary(max_size=200))
def test_no_file_breaks_the_reader(data: bytes) -> None:
    for name in parse(data).approvers:
        assert name.isascii()


class Tree:
    """A bare repository whose files are written as a dictionary."""

    def __init__(self, folder: Path) -> None:
        self.git = pygit2.init_repository(str(folder / "o.git"), bare=True)

    def commit(self, files: dict[str, str | bytes], parents: list[str], ref: str | None = None) -> str:
        index = pygit2.Index()
        for path, text in files.items():
            data = text.encode() if isinstance(text, str) else text
            index.add(pygit2.IndexEntry(path, self.git.create_blob(data), pygit2.enums.FileMode.BLOB))
        tree = index.write_tree(self.git)
        return str(self.git.create_commit(ref, WHO, WHO, "c\n", tree, [pygit2.Oid(hex=p) for p in parents]))


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    return Tree(tmp_path)


def roles(tree: Tree, *paths: str) -> dict[str, Role]:
    return {
        name: role_for(tree.git, "main", paths, lambda each, name=name: each == name)
        for name in ("ada", "bo", "cy")
    }


def test_the_nearest_file_up_the_tree_counts_and_one_person_must_own_every_path(tree: Tree) -> None:
    files = {"OWNERS": "@ada", "a/OWNERS": "@bo\nreviewers:\n@ada", "a/b/c.md": "c", "d/e.md": "e"}
    tree.commit(dict(files), [], "refs/heads/main")
    assert roles(tree, "a/b/c.md") == {"ada": Role.reviewer, "bo": Role.approver, "cy": Role.none}
    assert roles(tree, "a/b/c.md", "d/new.md") == {"ada": Role.reviewer, "bo": Role.none, "cy": Role.none}
    assert roles(tree, "new/deep/x.md")["ada"] == Role.approver
    assert roles(tree)["ada"] == Role.none


def test_no_file_appoints_itself_and_what_decides_about_deciding_has_owners_of_its_own(tree: Tree) -> None:
    tree.commit({"OWNERS": "@ada", "a/OWNERS": "@bo"}, [], "refs/heads/main")
    assert roles(tree, "a/OWNERS") == {"ada": Role.approver, "bo": Role.none, "cy": Role.none}
    assert roles(tree, "OWNERS")["ada"] == Role.none
    assert roles(tree, ".upweight/policy.toml")["ada"] == Role.none
    tip = str(tree.git.references["refs/heads/main"].target)
    tree.commit({"OWNERS": "@ada", ".upweight/OWNERS": "@cy"}, [tip], "refs/heads/main")
    assert roles(tree, ".upweight/policy.toml")["cy"] == Role.approver


def test_a_folder_called_so_names_nobody_and_neither_does_one_that_cannot_be_read(tree: Tree) -> None:
    tree.commit({"OWNERS": "@ada", "a/OWNERS/x": "@ada", "b/OWNERS": b"\xff"}, [], "refs/heads/main")
    assert roles(tree, "a/c.md")["ada"] == Role.none
    assert roles(tree, "b/c.md")["ada"] == Role.none


def test_what_is_touched_is_told_from_where_the_work_began_and_too_much_is_not_told(tree: Tree) -> None:
    base = tree.commit({"a": "1", "b": "1"}, [], "refs/heads/main")
    head = tree.commit({"a": "2", "c": "1"}, [base])
    tree.commit({"a": "1", "b": "1", "later": "1"}, [base], "refs/heads/main")
    assert touched(tree.git, "main", head) == ["a", "b", "c"]
    many = tree.commit({f"f{n}": "1" for n in range(MOST_PATHS + 1)}, [base])
    assert touched(tree.git, "main", many) is None
    assert touched(tree.git, "main", tree.commit({"a": "1"}, [])) is None, "a history of its own"
    assert touched(tree.git, "main", "0" * 40) is None
