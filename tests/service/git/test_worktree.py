"""A work tree is read as Git would commit it: on disk, staged, and committed come to the same."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from itertools import product
from pathlib import Path

import pygit2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.git.read import contribution
from service.git.worktree import NoWork, Work, read_worktree
from triage_rules.contribution import EXECUTABLE, SUBMODULE, SYMLINK, Contribution

WHO = pygit2.Signature("Ada Brandt", "ada@example.org", 1_700_000_000, 0)
LEAF = "knowledge/science/moons"
PATHS = [f"{LEAF}/qna.yaml", f"{LEAF}/attribution.txt", f"{LEAF}/notes.md", "knowledge/science/stars/qna.yaml",
         "knowledge/science-fiction/qna.yaml", "knowledge/science", "README.md", "ignored/qna.yaml"]  # fmt: skip


def git(folder: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada Brandt", "-c", "user.email=ada@example.org"]
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def put(root: Path, path: str, text: str | bytes) -> None:
    file = root / path
    for folder in (*file.parents, file):
        if folder != root and folder.is_relative_to(root) and (folder.is_symlink() or folder.is_file()):
            folder.unlink()
    if file.is_dir():
        shutil.rmtree(file)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(text.encode() if isinstance(text, str) else text)


def commit(root: Path, message: str = "Work\n\nSigned-off-by: Ada Brandt <ada@example.org>") -> str:
    repository = pygit2.Repository(str(root))
    index = repository.index
    index.read()
    index.add_all()
    index.write()
    parents = [] if repository.head_is_unborn else [repository.head.target]
    return str(repository.create_commit("HEAD", WHO, WHO, message, index.write_tree(), parents))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return began(tmp_path)


def began(root: Path) -> Path:
    """A taxonomy with a leaf on main, and a branch to work on."""
    pygit2.init_repository(str(root), initial_head="main")
    put(root, ".gitignore", "ignored/\n")
    put(root, f"{LEAF}/qna.yaml", "version: 3\n")
    put(root, f"{LEAF}/attribution.txt", "Title of work: Moons\n")
    put(root, f"{LEAF}/notes.md", "notes\n")
    commit(root)
    repository = pygit2.Repository(str(root))
    repository.branches.create("work", repository.head.peel(pygit2.Commit))
    repository.set_head("refs/heads/work")
    return root


def read(root: Path, *, staged: bool = False, into: str = "main") -> Work:
    return read_worktree(root, into, staged=staged)


def told(work: Contribution) -> object:
    return work.files, dict(sorted(work.siblings.items()))


def of_git(root: Path) -> Contribution:
    repository = pygit2.Repository(str(root))
    head = str(repository.head.target)
    base = str(repository.merge_base(repository.head.target, repository.branches["main"].target))
    return contribution(repository, base, head)


def write(path: str, text: str) -> Callable[[Path], None]:
    return lambda root: put(root, path, text)


def remove(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).unlink() if (root / path).is_file() else None


def move(path: str, to: str) -> Callable[[Path], None]:
    def moved(root: Path) -> None:
        if (root / path).is_file() and not (root / path).is_symlink():
            data = (root / path).read_bytes()
            (root / path).unlink()
            put(root, to, data)

    return moved


def mark(path: str) -> Callable[[Path], None]:
    return lambda root: (root / path).chmod(0o755) if (root / path).is_file() else None


def link(path: str) -> Callable[[Path], None]:
    def linked(root: Path) -> None:
        put(root, path, "")
        (root / path).unlink()
        (root / path).symlink_to("nowhere")

    return linked


some = st.sampled_from(PATHS)
texts = st.sampled_from(["version: 3\n", "notes\n", "", "other\n"])
operations = st.one_of(
    st.builds(write, some, texts), st.builds(remove, some), st.builds(move, some, some), st.builds(mark, some),
    st.builds(link, some),
)  # fmt: skip


@pytest.mark.slow
@settings(max_examples=60)
@given(st.lists(operations, min_size=1, max_size=6), st.lists(operations, max_size=3))
def test_on_disk_staged_and_committed_work_is_read_alike(
    first: list[Callable[[Path], None]], second: list[Callable[[Path], None]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = began(Path(folder))
        for change in first:
            change(root)
        if second:  # some of it committed already
            commit(root)
        for change in second:
            change(root)
        on_disk = read(root).contribution
        git(root, "add", "--all")
        assert told(read(root, staged=True).contribution) == told(on_disk)
        commit(root)
        assert told(read(root).contribution) == told(on_disk) == told(of_git(root))
        assert read(root).contribution == of_git(root)


def test_a_move_a_link_a_mode_and_a_repository_inside_are_told_before_anything_is_staged(root: Path) -> None:
    move(f"{LEAF}/qna.yaml", "knowledge/sky/moons/qna.yaml")(root)
    mark(f"{LEAF}/notes.md")(root)
    link(f"{LEAF}/link")(root)
    pygit2.init_repository(str(root / "knowledge" / "inner"))
    put(root, "knowledge/inner/qna.yaml", "version: 3\n")
    files = {file.path: (file.status, file.mode) for file in read(root).contribution.files}
    assert files == {
        "knowledge/inner": ("added", SUBMODULE),
        f"{LEAF}/link": ("added", SYMLINK),
        f"{LEAF}/notes.md": ("modified", EXECUTABLE),
        f"{LEAF}/qna.yaml": ("deleted", 0o100644),
        "knowledge/sky/moons/qna.yaml": ("renamed", 0o100644),
    }


def test_what_is_ignored_is_no_work_unless_it_was_added_all_the_same(root: Path) -> None:
    put(root, "ignored/qna.yaml", "version: 3\n")
    assert read(root).contribution.files == ()
    git(root, "add", "--force", "ignored/qna.yaml")
    assert [file.path for file in read(root).contribution.files] == ["ignored/qna.yaml"]
    git(root, "commit", "-q", "-m", "Added by force")
    assert [file.path for file in read(root).contribution.files] == ["ignored/qna.yaml"]


def test_staged_work_is_what_the_next_commit_takes_and_nothing_else(root: Path) -> None:
    put(root, f"{LEAF}/qna.yaml", "version: 2\n")
    git(root, "add", ".")
    put(root, f"{LEAF}/qna.yaml", "version: 1\n")
    put(root, "knowledge/draft/qna.yaml", "not yet\n")
    (root / LEAF / "attribution.txt").unlink()
    work = read(root, staged=True).contribution
    assert [(file.path, file.after) for file in work.files] == [(f"{LEAF}/qna.yaml", b"version: 2\n")]
    assert work.attribution(LEAF) == b"Title of work: Moons\n"


def test_the_first_commit_of_a_repository_can_be_staged(tmp_path: Path) -> None:
    pygit2.init_repository(str(tmp_path), initial_head="main")
    put(tmp_path, f"{LEAF}/qna.yaml", "version: 3\n")
    put(tmp_path, "knowledge/draft/qna.yaml", "version: 3\n")
    git(tmp_path, "add", LEAF)
    assert [(f.path, f.status) for f in read(tmp_path, staged=True).contribution.files] == [
        (f"{LEAF}/qna.yaml", "added")
    ]


def test_a_part_of_the_work_still_sees_the_changed_files_beside_it(root: Path) -> None:
    put(root, f"{LEAF}/qna.yaml", "version: 2\n")
    put(root, f"{LEAF}/attribution.txt", "Title of work: New\n")
    work = read_worktree(root / LEAF / "qna.yaml", "main").contribution
    assert [file.path for file in work.files] == [f"{LEAF}/qna.yaml"]
    assert work.attribution(LEAF) == b"Title of work: New\n"


@pytest.mark.parametrize(
    "attributes", ["", "* text=auto\n", "* text\n", "* -text\n", "* eol=crlf\n", "*.yaml eol=lf\n"]
)
@pytest.mark.parametrize("setting", ["", "true", "input", "false"])
def test_line_ends_are_those_that_git_would_commit(root: Path, attributes: str, setting: str) -> None:
    texts = [b"a: 1\r\nb: 2\r\n", b"a: 1\r\nb: 2\n", b"\0\r\n", b"a: 1\n"]
    cases = {
        f"knowledge/ends{n}/qna.yaml": case for n, case in enumerate(product([None, b"a\n", b"a\r\n"], texts))
    }
    for path, (kept, _) in cases.items():
        if kept is not None:
            put(root, path, kept)
    commit(root)
    put(root, ".gitattributes", attributes)
    if setting:
        pygit2.Repository(str(root)).config["core.autocrlf"] = setting
    for path, (_, data) in cases.items():
        put(root, path, data)
    on_disk = {file.path: file.after for file in read(root).contribution.files}
    git(root, "add", "--all")
    staged = {file.path: file.after for file in read(root, staged=True).contribution.files}
    assert {path: on_disk[path] for path in cases} == {path: staged[path] for path in cases}


def test_the_base_is_the_remotes_before_the_local_one(root: Path) -> None:
    repository = pygit2.Repository(str(root))
    put(root, f"{LEAF}/qna.yaml", "version: 2\n")
    mine = commit(root)
    assert [file.path for file in read(root).contribution.files] == [f"{LEAF}/qna.yaml"]
    repository.references.create("refs/remotes/origin/main", mine)
    assert read(root).contribution.files == ()


def test_policy_and_known_seeds_are_those_of_the_tip_and_the_change_is_that_since_the_fork(
    root: Path,
) -> None:
    put(root, "knowledge/mine/qna.yaml", "version: 3\n")
    commit(root)
    repository = pygit2.Repository(str(root))
    fork = repository.branches["main"].target
    tree = repository[fork].peel(pygit2.Tree)
    builder = repository.TreeBuilder(tree)
    folder = repository.TreeBuilder()
    folder.insert("policy.toml", repository.create_blob(b"[labels]\n"), pygit2.enums.FileMode.BLOB)
    builder.insert(".upweight", folder.write(), pygit2.enums.FileMode.TREE)
    repository.create_commit("refs/heads/main", WHO, WHO, "Policy", builder.write(), [fork])
    work = read(root)
    assert work.policy == b"[labels]\n"
    assert work.contribution.base == str(fork)
    assert work.tree is not None
    assert work.tree.id == tree.id
    assert [file.path for file in work.contribution.files] == ["knowledge/mine/qna.yaml"]


def test_a_detached_head_is_as_good_as_a_branch(root: Path) -> None:
    put(root, f"{LEAF}/qna.yaml", "version: 2\n")
    commit(root)
    git(root, "checkout", "-q", "--detach")
    assert [file.path for file in read(root).contribution.files] == [f"{LEAF}/qna.yaml"]


def test_a_base_that_is_not_here_is_said_with_what_to_do(root: Path) -> None:
    with pytest.raises(NoWork, match="no `next` here") as caught:
        read(root, into="next")
    assert "git fetch origin next" in caught.value.remedy


def test_a_history_that_is_cut_off_is_said_and_not_compared_with_what_is_not_the_fork(
    root: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    put(root, f"{LEAF}/qna.yaml", "version: 2\n")
    commit(root)
    repository = pygit2.Repository(str(root))
    old = repository.branches["main"].peel(pygit2.Commit)
    repository.create_commit("refs/heads/main", WHO, WHO, "Newer", old.tree_id, [old.id])
    folder = tmp_path_factory.mktemp("shallow")
    git(folder, "clone", "-q", "--depth=1", "--branch=work", f"file://{root}", "clone")
    for message in ("no `main` here", "cut off"):
        with pytest.raises(NoWork, match=message) as caught:
            read(folder / "clone")
        remedy = caught.value.remedy.partition("`")[2].partition("`")[0]
        git(folder / "clone", *remedy.split()[1:])
    assert [file.path for file in read(folder / "clone").contribution.files] == [f"{LEAF}/qna.yaml"]


def test_a_bare_repository_is_no_work_tree(tmp_path: Path) -> None:
    pygit2.init_repository(str(tmp_path), bare=True)
    with pytest.raises(NoWork, match="bare") as caught:
        read(tmp_path)
    assert "upweight triage" in caught.value.remedy


def test_nothing_is_staged_where_there_is_no_git(tmp_path: Path) -> None:
    put(tmp_path, f"{LEAF}/qna.yaml", "version: 3\n")
    with pytest.raises(NoWork):
        read(tmp_path, staged=True)
    assert [file.path for file in read(tmp_path).contribution.files] == [f"{LEAF}/qna.yaml"]


def test_a_name_that_is_no_utf_8_is_read(root: Path) -> None:
    try:
        os.makedirs(os.fsencode(root) + b"/knowledge/\xff")
    except OSError:
        pytest.skip("this file system takes no such name")
    (root / os.fsdecode(b"knowledge/\xff/qna.yaml")).write_text("version: 3\n")
    on_disk = read(root).contribution
    commit(root)
    assert told(on_disk) == told(of_git(root))
    assert len(on_disk.files) == 1
