"""The policy of a community: read from the tip of the base branch, whole, and wrong keys refused at their line."""

from __future__ import annotations

from pathlib import Path

import pygit2
import pytest

from eval_harness.suites.questions import NAMES
from service.policy import FILE, OWN, Policy, PolicyError, from_toml, load, read_file

WHO = pygit2.Signature("A", "a@example.org", 1000, 0)
TEXT = """# ours
[batch]
at_least = 3
every = 86400

[gate]
alpha_release = 0.1

[rules.too-few-seeds]
at_least = 7

[labels]
skill = "a-skill"
"""


def committed(repo: pygit2.Repository, data: bytes | None, branch: str = "main") -> None:
    """A commit with this policy, or with none."""
    root = repo.TreeBuilder()
    if data is not None:
        folder = repo.TreeBuilder()
        folder.insert("policy.toml", repo.create_blob(data), pygit2.enums.FileMode.BLOB)
        root.insert(".upweight", folder.write(), pygit2.enums.FileMode.TREE)
    ref = f"refs/heads/{branch}"
    tip = [repo.references[ref].target] if ref in repo.references else []
    repo.create_commit(ref, WHO, WHO, "c", root.write(), tip)


@pytest.fixture
def repo(tmp_path: Path) -> pygit2.Repository:
    return pygit2.init_repository(str(tmp_path / "t.git"), bare=True)


def test_a_policy_sets_what_it_names_and_leaves_the_rest() -> None:
    policy = from_toml(TEXT)
    assert (policy.batch.at_least, policy.batch.at_most, policy.batch.every_seconds) == (3, 16, 86400)
    assert policy.gate == Policy().gate.model_copy(update={"alpha_release": 0.1})
    assert policy.judging.rules["too-few-seeds"].model_dump()["at_least"] == 7
    assert policy.judging.labels.skill == "a-skill"
    assert policy.release == Policy().release


def test_an_empty_file_is_the_default() -> None:
    assert from_toml("") == Policy()
    assert from_toml("[gate]\n[batch]\n").hash == Policy().hash


def test_the_hash_follows_whatever_is_said_and_nothing_else() -> None:
    hashes = {
        from_toml(text).hash
        for text in (
            "",
            "[batch]\nat_least = 5\n",
            "[gate]\nalpha_release = 0.06\n",
            '[labels]\nskill = "s"\n',
            TEXT,
        )
    }
    assert len(hashes) == 5
    assert from_toml("# a remark\n[batch]\nat_least = 4\n").hash == Policy().hash


@pytest.mark.parametrize(
    ("old", "new", "line", "message", "remedy"),
    [
        ("[batch]", "[bach]", 2, "`bach` is not known.", "Did you mean `batch`?"),
        ("at_least = 3", "atleast = 3", 3, "`batch.atleast` is not known.", "Did you mean `at_least`?"),
        (
            "alpha_release = 0.1",
            "alpha_releases = 0.1",
            7,
            "`gate.alpha_releases` is not known.",
            "Did you mean `alpha_release`?",
        ),
        ("at_least = 7", "at_lest = 7", 10, None, "Did you mean `at_least`?"),
        ("alpha_release = 0.1", "alpha_release = 2.0", 7, None, "Change the value."),
        ("alpha_release = 0.1", 'alpha_release = "0.1"', 7, None, "Change the value."),
        ("at_least = 3", "at_least = 0", 3, None, "Change the value."),
        ("at_least = 3", "at_least = true", 3, None, "Change the value."),
        ("every = 86400", 'every = "daily"', 4, None, "Change the value."),
        ("at_least = 3", "at_least = 90", 3, None, "Let `at_most` be no less than `at_least`."),
    ],
)
def test_what_nobody_knows_is_refused_with_file_line_and_the_nearest_right_name(
    old: str, new: str, line: int, message: str | None, remedy: str
) -> None:
    with pytest.raises(PolicyError) as refused:
        from_toml(TEXT.replace(old, new), "some/policy.toml")
    error = refused.value
    assert (error.path, error.line, error.remedy) == ("some/policy.toml", line, remedy)
    assert message is None or error.message == message


def test_a_name_like_no_other_hears_all_that_are_right() -> None:
    with pytest.raises(PolicyError) as refused:
        from_toml("[zzz]\n")
    assert all(name in refused.value.remedy for name in [*OWN, "labels", "rules"])


def test_a_section_that_is_no_table_is_refused() -> None:
    with pytest.raises(PolicyError, match="no table"):
        from_toml("\nbatch = 4\n")


def test_a_file_that_is_no_toml_is_refused_at_its_line() -> None:
    with pytest.raises(PolicyError) as refused:
        from_toml("[batch]\nat_least =\n")
    assert (refused.value.path, refused.value.line) == (FILE, 2)


@pytest.mark.parametrize("name", sorted(OWN))
def test_every_section_is_closed_to_unknown_keys(name: str) -> None:
    with pytest.raises(PolicyError) as refused:
        from_toml(f"# a remark\n[{name}]\nno_such_key = 1\n")
    assert refused.value.line == 3


def test_the_policy_is_that_of_the_tip_of_the_base_branch(repo: pygit2.Repository) -> None:
    committed(repo, b"[batch]\nat_least = 2\n")
    committed(repo, b"[batch]\nat_least = 3\n")
    committed(repo, b"[batch]\nat_least = 9\n", "refs-for-somebody-else")
    assert load(repo, "main").batch.at_least == 3


def test_without_a_policy_or_a_branch_the_defaults_count(repo: pygit2.Repository) -> None:
    assert load(repo, "main") == Policy()
    committed(repo, None)
    assert load(repo, "main") == Policy()


def test_bytes_that_are_no_text_are_refused_at_their_line(repo: pygit2.Repository) -> None:
    committed(repo, b"[batch]\nat_least = 3\n# \xff\n")
    with pytest.raises(PolicyError) as refused:
        load(repo, "main")
    assert (refused.value.path, refused.value.line) == (FILE, 3)


def test_a_folder_in_its_place_is_refused(repo: pygit2.Repository) -> None:
    empty = repo.TreeBuilder().write()
    folder = repo.TreeBuilder()
    folder.insert("policy.toml", empty, pygit2.enums.FileMode.TREE)
    root = repo.TreeBuilder()
    root.insert(".upweight", folder.write(), pygit2.enums.FileMode.TREE)
    repo.create_commit("refs/heads/main", WHO, WHO, "c", root.write(), [])
    with pytest.raises(PolicyError, match="no file"):
        load(repo, "main")


def test_a_file_and_the_taxonomy_it_lies_in_say_the_same(tmp_path: Path) -> None:
    file = tmp_path / FILE
    file.parent.mkdir()
    file.write_text(TEXT)
    assert read_file(tmp_path) == read_file(file) == from_toml(TEXT)


def test_a_release_is_cut_at_once_or_after_so_many_seconds_or_by_a_person_alone() -> None:
    at_once, daily = from_toml("").release, from_toml("[release]\nevery = 100\n").release
    assert at_once.due(None, 0.0)
    assert at_once.due(50.0, 51.0)
    assert [daily.due(last, 149.0) for last in (None, 50.0, 49.0)] == [True, False, True]
    assert not from_toml('[release]\nevery = "manual"\n').release.due(None, 0.0)


@pytest.mark.parametrize("key", ["gate.gain", "gate.drop", "gate.soft_rate", "train.replay"])
def test_what_nothing_would_read_can_not_be_set(key: str) -> None:
    section, name = key.split(".")
    with pytest.raises(PolicyError, match="not known"):
        from_toml(f"[{section}]\n{name} = 0.2\n")


def test_every_key_says_what_it_sets() -> None:
    for name, section in OWN.items():
        assert section.__doc__
        for key, field in section.model_fields.items():
            assert field.description, f"{name}.{key}"


def test_the_suites_that_may_be_asked_for_are_those_that_there_are() -> None:
    for name in NAMES:
        assert from_toml(f'[measure]\nsuites = ["{name}"]\n').measure.suites == [name]
    with pytest.raises(PolicyError, match=r"safety.*canaries.*fairness") as refused:
        from_toml('[measure]\nseeds = 2\nsuites = ["mmlu"]\n')
    assert refused.value.line == 3
