"""Merging on a bare repository: one side's changes kept, real conflicts said, the branch moved by compare-and-swap."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Mapping
from pathlib import Path

import pygit2
import pytest
import yaml

from service.git.merge import Conflict, Merged, merge

WHO = pygit2.Signature("A", "a@example.org", 1000, 0)
LEAF = "version: 2\nseed_examples:\n  - question: One?\n    answer: |\n      First.\n"
PATH = "knowledge/lamps/qna.yaml"
Files = Mapping[str, str | bytes | tuple[bytes, int]]


class Story:
    """A bare repository with a base; `ours` goes to main, `theirs` is the contribution."""

    def __init__(self, folder: Path, base: Files) -> None:
        self.repo = pygit2.init_repository(str(folder / "t.git"), bare=True, initial_head="main")
        self.base = self.commit(base, [], "refs/heads/main")

    def commit(self, files: Files, parents: list[pygit2.Oid], ref: str | None = None) -> pygit2.Oid:
        index = pygit2.Index()
        for path, told in files.items():
            data, mode = told if isinstance(told, tuple) else (told, 0o100644)
            blob = self.repo.create_blob(data.encode() if isinstance(data, str) else data)
            index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode(mode)))
        return self.repo.create_commit(ref, WHO, WHO, "c", index.write_tree(self.repo), parents)

    def ours(self, files: Files) -> pygit2.Oid:
        return self.commit(files, [self.tip], "refs/heads/main")

    def merge(self, theirs: Files) -> Merged | Conflict:
        return merge(self.repo, "main", str(self.commit(theirs, [self.base])), "m", WHO)

    @property
    def tip(self) -> pygit2.Oid:
        found: pygit2.Oid = self.repo.references["refs/heads/main"].target
        return found

    def files(self) -> dict[str, bytes]:
        """What stands on main."""
        return dict(below(self.repo[self.tip].peel(pygit2.Tree), ""))


def below(tree: pygit2.Tree, under: str) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    for entry in tree:
        name = f"{under}{entry.name}"
        found += below(entry, f"{name}/") if isinstance(entry, pygit2.Tree) else [(name, entry.data)]  # type: ignore[attr-defined]
    return found


def seed(question: str, answer: str = "X") -> str:
    return f"  - question: {question}\n    answer: {answer}\n"


def conflict(done: Merged | Conflict) -> Conflict:
    assert isinstance(done, Conflict), done
    return done


def test_seeds_that_both_sides_append_stand_side_by_side_and_merging_again_changes_nothing(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, {PATH: LEAF})
    story.ours({PATH: LEAF + seed("Two?")})
    head = str(story.commit({PATH: LEAF + seed("Three?")}, [story.base]))
    done = merge(story.repo, "main", head, "m", WHO)
    assert isinstance(done, Merged)
    assert story.files()[PATH].decode() == LEAF + seed("Two?") + seed("Three?")
    assert [str(p) for p in story.repo[story.tip].peel(pygit2.Commit).parent_ids][1] == head
    assert merge(story.repo, "main", head, "m", WHO) == done
    story.ours({PATH: LEAF})
    assert merge(story.repo, "main", head, "m", WHO) == done  # also when main went on


def test_the_same_question_with_another_answer_is_a_conflict_and_moves_nothing(tmp_path: Path) -> None:
    story = Story(tmp_path, {PATH: LEAF})
    before = story.ours({PATH: LEAF + seed("Two?", "B")})
    done = conflict(story.merge({PATH: LEAF + seed("two?", "C")}))
    assert (done.paths, story.tip) == ((PATH,), before)


def test_whatever_only_one_side_changed_is_taken(tmp_path: Path) -> None:
    story = Story(tmp_path, {PATH: LEAF, "gone": "1", "kept": "1", "a/b/c": "1", "mode": "1"})
    story.ours({PATH: LEAF, "gone": "1", "kept": "1", "a/b/c": "2", "mode": "1", "new/ours": "1"})
    mode = (b"1", 0o100755)
    assert isinstance(
        story.merge({PATH: LEAF, "kept": "2", "a/b/c": "1", "mode": mode, "new/theirs": "1"}), Merged
    )
    assert story.files() == {
        PATH: LEAF.encode(), "kept": b"2", "a/b/c": b"2", "mode": b"1", "new/ours": b"1", "new/theirs": b"1",
    }  # fmt: skip
    tree = story.repo[story.tip].peel(pygit2.Tree)
    assert tree["mode"].filemode == 0o100755


def test_the_same_change_by_both_is_no_conflict(tmp_path: Path) -> None:
    story = Story(tmp_path, {PATH: LEAF})
    story.ours({PATH: LEAF + seed("Two?"), "x": "1"})
    assert isinstance(story.merge({PATH: LEAF + seed("Two?"), "y": "1"}), Merged)
    assert story.files()[PATH].decode() == LEAF + seed("Two?")


def test_a_folder_that_both_empty_is_gone(tmp_path: Path) -> None:
    story = Story(tmp_path, {"a/1": "1", "a/2": "2", "b": "1"})
    story.ours({"a/2": "2", "b": "1"})
    assert isinstance(story.merge({"a/1": "1", "b": "1"}), Merged)
    assert story.files() == {"b": b"1"}


@pytest.mark.parametrize("ours_moves", [True, False])
def test_a_leaf_that_one_side_moved_and_the_other_changed_is_for_a_person(
    tmp_path: Path, ours_moves: bool
) -> None:
    story = Story(tmp_path, {PATH: LEAF, "other": "1"})
    moved: Files = {"knowledge/lanterns/qna.yaml": LEAF, "other": "1"}
    changed: Files = {PATH: LEAF + seed("Two?"), "other": "1"}
    before = story.ours(moved if ours_moves else changed)
    done = conflict(story.merge(changed if ours_moves else moved))
    assert done.paths == ("knowledge/lanterns/qna.yaml",)
    assert "moved" in done.why
    assert story.tip == before


def test_a_leaf_that_one_side_moved_whole_goes_along_with_what_the_other_did_elsewhere(
    tmp_path: Path,
) -> None:
    story = Story(tmp_path, {PATH: LEAF, "other": "1"})
    story.ours({PATH: LEAF, "other": "2"})
    assert isinstance(story.merge({"knowledge/lanterns/qna.yaml": LEAF, "other": "1"}), Merged)
    assert story.files() == {"knowledge/lanterns/qna.yaml": LEAF.encode(), "other": b"2"}


def test_a_leaf_that_one_side_removed_and_the_other_changed_is_for_a_person(tmp_path: Path) -> None:
    story = Story(tmp_path, {PATH: LEAF, "other": "1"})
    story.ours({"other": "1"})
    assert conflict(story.merge({PATH: LEAF + seed("Two?"), "other": "1"})).paths == (PATH,)


def test_a_file_where_the_other_side_has_a_folder_is_for_a_person(tmp_path: Path) -> None:
    story = Story(tmp_path, {"a": "1"})
    story.ours({"a": "1", "b": "file"})
    assert conflict(story.merge({"a": "1", "b/c": "folder"})).paths


def test_two_who_append_to_an_attribution_both_stand_there(tmp_path: Path) -> None:
    path = "knowledge/lamps/attribution.txt"
    story = Story(tmp_path, {path: "Title of work: A\n"})
    story.ours({path: "Title of work: A\nTitle of work: B\n"})
    assert isinstance(story.merge({path: "Title of work: A\nTitle of work: C\n"}), Merged)
    assert story.files()[path] == b"Title of work: A\nTitle of work: B\nTitle of work: C\n"


def test_other_text_is_merged_by_lines_or_not_at_all(tmp_path: Path) -> None:
    text = "".join(f"line {n}\n" for n in range(9))
    story = Story(tmp_path, {"README.md": text})
    story.ours({"README.md": text.replace("line 1", "one")})
    assert isinstance(story.merge({"README.md": text.replace("line 7", "seven")}), Merged)
    assert story.files()["README.md"].decode() == text.replace("line 1", "one").replace("line 7", "seven")
    done = conflict(story.merge({"README.md": text.replace("line 1", "uno")}))
    assert (done.paths, done.why) == (("README.md",), "Both sides changed the same lines of it.")


def test_what_is_no_text_is_never_mixed(tmp_path: Path) -> None:
    story = Story(tmp_path, {"x.bin": b"\0" * 50 + b"1"})
    story.ours({"x.bin": b"\0" * 50 + b"2"})
    assert "no text" in conflict(story.merge({"x.bin": b"\0" * 50 + b"3"})).why


def test_a_link_that_both_changed_is_for_a_person(tmp_path: Path) -> None:
    story = Story(tmp_path, {"link": (b"a", 0o120000)})
    story.ours({"link": (b"b", 0o120000)})
    assert conflict(story.merge({"link": (b"c", 0o120000)})).paths == ("link",)


def test_histories_that_share_nothing_are_not_merged(tmp_path: Path) -> None:
    story = Story(tmp_path, {PATH: LEAF})
    stranger = str(story.commit({"x": "1"}, []))
    assert "no history" in conflict(merge(story.repo, "main", stranger, "m", WHO)).why


def test_a_branch_or_a_head_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    story = Story(tmp_path, {PATH: LEAF})
    head = str(story.commit({"x": "1"}, [story.base]))
    with pytest.raises(KeyError):
        merge(story.repo, "elsewhere", head, "m", WHO)
    with pytest.raises(KeyError):
        merge(story.repo, "main", "1" * 40, "m", WHO)


def test_the_same_merge_gives_the_same_commit_anywhere(tmp_path: Path) -> None:
    made = set()
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        story = Story(tmp_path / name, {PATH: LEAF})
        story.ours({PATH: LEAF + seed("Two?")})
        made.add(story.merge({PATH: LEAF + seed("Three?")}))
    assert len(made) == 1


def test_git_itself_finds_the_merged_repository_whole(tmp_path: Path) -> None:
    story = Story(tmp_path, {PATH: LEAF, "a-b": "1", "a/b": "1", "a.b": "1"})
    story.ours({PATH: LEAF + seed("Two?"), "a-b": "1", "a/b": "2", "a.b": "1"})
    assert isinstance(story.merge({PATH: LEAF + seed("Three?"), "a-b": "2", "a/b": "1", "a.b": "1"}), Merged)
    check = subprocess.run(["git", "-C", story.repo.path, "fsck", "--strict"], capture_output=True, text=True)
    assert (check.returncode, check.stderr) == (0, "")


def test_of_merges_that_race_none_is_lost(tmp_path: Path) -> None:
    story = Story(tmp_path, {PATH: LEAF})
    heads = [str(story.commit({PATH: LEAF + seed(f"Q{n}?")}, [story.base])) for n in range(8)]
    done: list[Merged | Conflict] = []
    start = threading.Barrier(4)

    def work(mine: list[str]) -> None:
        repo = pygit2.Repository(story.repo.path)  # as another process would
        start.wait()
        done.extend(merge(repo, "main", head, "m", WHO) for head in mine)

    threads = [threading.Thread(target=work, args=(heads[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [type(each) for each in done] == [Merged] * 8
    told = yaml.safe_load(story.files()[PATH])["seed_examples"]
    assert sorted(each["question"] for each in told) == ["One?", *(f"Q{n}?" for n in range(8))]


class Interrupted(pygit2.Repository):
    """A repository in which somebody else moves main between the look at it and the write, some times."""

    def __init__(self, story: Story, times: int) -> None:
        super().__init__(story.repo.path)
        self.story, self.times = story, times

    def create_commit(self, ref: str | None, *arguments: object) -> pygit2.Oid:
        if ref is not None and self.times:
            self.times -= 1
            files = self.story.files()
            self.story.ours({**files, f"x{self.times}": "1"})
        return super().create_commit(ref, *arguments)


def test_whoever_comes_second_merges_again_on_what_the_first_left(tmp_path: Path) -> None:
    story = Story(tmp_path, {PATH: LEAF})
    head = str(story.commit({PATH: LEAF + seed("Two?")}, [story.base]))
    assert isinstance(merge(Interrupted(story, 3), "main", head, "m", WHO), Merged)
    assert set(story.files()) == {PATH, "x0", "x1", "x2"}
    assert story.files()[PATH].decode() == LEAF + seed("Two?")
