"""Of new paths the folder is listed in which their first new part would stand, from Git and from paths alike."""

from __future__ import annotations

from pathlib import Path

import pygit2

from service.facts.listings import in_paths, in_tree, listings
from triage_rules.contribution import ChangedFile

THERE = ("README.md", "knowledge/science/moons/qna.yaml", "knowledge/arts/qna.yaml", "knowledge/index.md")


def tree_of(folder: Path) -> pygit2.Tree:
    repository = pygit2.init_repository(str(folder), bare=True)
    index = pygit2.Index()
    for path in THERE:
        index.add(pygit2.IndexEntry(path, repository.create_blob(b"x"), pygit2.enums.FileMode.BLOB))
    return repository[index.write_tree(repository)].peel(pygit2.Tree)


def test_git_and_paths_list_the_folder_of_the_first_new_part(tmp_path: Path) -> None:
    files = [
        ChangedFile("knowledge/sciense/suns/qna.yaml", "added"),
        ChangedFile("knowledge/science/moons/notes.md", "renamed"),
        ChangedFile("Knowledge/qna.yaml", "added"),
        ChangedFile("knowledge/arts/qna.yaml", "modified"),
        ChangedFile("knowledge/index.md/qna.yaml", "added"),
    ]
    wanted = {
        "knowledge": ("arts/", "index.md", "science/"),
        "knowledge/science/moons": ("qna.yaml",),
        "": ("README.md", "knowledge/"),
    }
    assert listings(in_tree(tree_of(tmp_path)), files) == wanted
    assert listings(in_paths(THERE), files) == wanted


def test_without_a_tree_nothing_is_listed() -> None:
    assert listings(in_tree(None), [ChangedFile("knowledge/a/qna.yaml", "added")]) == {}
