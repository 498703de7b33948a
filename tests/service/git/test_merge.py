"""Merging on a bare repository: seeds side by side, real conflicts said, a merge done once."""

from pathlib import Path

import pygit2
import yaml

from service.git.merge import Conflict, Merged, merge

WHO = pygit2.Signature("A", "a@example.org", 1000, 0)
LEAF = "version: 2\nseed_examples:\n  - question: One?\n    answer: |\n      First.\n"


def commit(repo: pygit2.Repository, text: str, parents: list[pygit2.Oid], ref: str | None) -> pygit2.Oid:
    leaf = repo.TreeBuilder()
    leaf.insert("qna.yaml", repo.create_blob(text.encode()), pygit2.enums.FileMode.BLOB)
    root = repo.TreeBuilder()
    root.insert("leaf", leaf.write(), pygit2.enums.FileMode.TREE)
    return repo.create_commit(ref, WHO, WHO, "c", root.write(), parents)


def story(tmp_path: Path, ours: str, theirs: str) -> tuple[pygit2.Repository, str]:
    repo = pygit2.init_repository(str(tmp_path / "t.git"), bare=True)
    base = commit(repo, LEAF, [], "refs/heads/main")
    commit(repo, LEAF + ours, [base], "refs/heads/main")
    return repo, str(commit(repo, LEAF + theirs, [base], None))


def test_seeds_that_both_sides_append_stand_side_by_side_and_merging_again_changes_nothing(tmp_path):
    repo, head = story(
        tmp_path, "  - question: Two?\n    answer: B\n", "  - question: Three?\n    answer: C\n"
    )
    done = merge(repo, "main", head, "m", WHO)
    assert isinstance(done, Merged)
    seeds = yaml.safe_load(repo[done.commit].tree["leaf/qna.yaml"].data)["seed_examples"]
    assert [s["question"] for s in seeds] == ["One?", "Two?", "Three?"]
    assert merge(repo, "main", head, "m", WHO) == done


def test_the_same_question_with_another_answer_is_a_conflict_and_moves_nothing(tmp_path):
    repo, head = story(tmp_path, "  - question: Two?\n    answer: B\n", "  - question: two?\n    answer: C\n")
    before = repo.references["refs/heads/main"].target
    done = merge(repo, "main", head, "m", WHO)
    assert isinstance(done, Conflict)
    assert done.paths == ("leaf/qna.yaml",)
    assert repo.references["refs/heads/main"].target == before
