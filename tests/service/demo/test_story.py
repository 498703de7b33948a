"""The story's format, and the project's own story held against what it promises."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pygit2
import pytest

from service.demo import documents
from service.demo.places import toml_lines
from service.demo.story import OWN, BadStory, check, load
from tests.service.demo.breaking import all_seeds, edit, errors, norm

pytestmark = pytest.mark.slow  # each check reads the whole story and judges every push of it

STORY = load()


def test_our_own_story_has_nothing_wrong() -> None:
    assert check() == []


def test_two_batches_of_four_make_the_releases_and_four_contributions_stay_out() -> None:
    assert [len(STORY.in_batch(n)) for n in STORY.batches] == [4, 4]
    assert Counter(map(STORY.ends, STORY.contribution)) == {
        "released": 7, "held-back": 1, "rejected": 1, "changes-requested": 3,
    }  # fmt: skip
    assert len({c.author for c in STORY.contribution}) >= 8


def test_the_culprit_shares_few_words_with_each_seed_that_it_harms() -> None:
    found = all_seeds()
    [culprit], [harmed] = STORY.culprit, STORY.harmed()
    [bad] = STORY.leaves(next(c for c in STORY.contribution if c.topic == culprit.topic))
    for question, answer, _ in found[bad]:
        for other, theirs, _ in found[harmed]:
            a, b = set(norm(f"{question} {answer}").split()), set(norm(f"{other} {theirs}").split())
            assert len(a & b) / len(a | b) <= 0.36, (question, other)
            assert norm(question) != norm(other)


def test_a_released_leaf_has_twelve_seeds_or_more() -> None:
    assert min(len(rows) for rows in all_seeds().values()) >= 12


def test_the_commit_of_the_documents_is_known_before_the_repository_is_made(tmp_path: Path) -> None:
    folder = tmp_path / "texts"
    shutil.copytree(OWN / "documents", folder)
    (folder / "bells").mkdir()  # a folder and a file of one stem: Git sorts them in its own way
    (folder / "bells" / "more.md").write_text("More.\n")
    made = documents.build(folder, tmp_path / "documents.git")
    assert made == documents.commit_of(folder)
    assert str(pygit2.Repository(str(tmp_path / "documents.git")).revparse_single("main").id) == made


def test_a_whole_leaf_replaces_an_earlier_push_and_a_part_is_laid_over_it(copy: Path) -> None:
    gates = STORY.by_topic("weather-gates")
    assert gates is not None
    assert [sorted(Path(p).name for p in STORY.files(gates, push)) for push in (0, 1)] == [
        ["attribution.txt", "qna.yml"],
        ["attribution.txt", "qna.yaml"],
    ]
    cargo = next(copy.glob("contributions/cargo-flags-2/**/qna.yaml"))
    cargo.unlink()
    story = load(copy)
    flags = story.by_topic("cargo-flags")
    assert flags is not None
    assert sorted(Path(p).name for p in story.files(flags, 1)) == ["attribution.txt", "qna.yaml"]


def test_a_folder_without_a_script_is_no_story(tmp_path: Path) -> None:
    with pytest.raises(BadStory, match=r"story\.toml"):
        load(tmp_path)


def test_broken_toml_is_named_with_its_line(copy: Path) -> None:
    line = edit(copy / "story.toml", 'topic = "ferries"', 'topic = "ferries')
    [problem] = errors(copy)
    assert (problem.file, problem.line) == ("story.toml", line)


def test_a_misspelt_key_is_a_warning_with_the_nearest_right_name(copy: Path) -> None:
    line = edit(copy / "story.toml", 'expect = "rejected"', 'expct = "rejected"')
    [problem] = check(copy)
    assert problem.warning
    assert problem.line == line
    assert "`expect`" in problem.remedy


WORDS = [
    ('expect = "rejected"', 'expect = "rejectd"', "`expect` of `first-aid` can't be 'rejectd'", "`rejected`"),
    ('verdicts = ["changes-requested", "passed"]', 'verdicts = ["changes-requested", "pased"]',
     "`verdicts` of `ferries`, entry 2, can't be 'pased'", "`passed`"),
    ('expect = "rejected"', "expect = 1", "`expect` of `first-aid` can't be 1", "One of: released"),
    ('hurts = "knowledge/skerrow/bells"', 'hurts = "knowledge/skerrow/bels"', "no earlier batch",
     "`knowledge/skerrow/bells`"),
    ('hurts = "knowledge/skerrow/bells"', 'hurts = "x"', "no earlier batch",
     "Earlier batches release: compositional_skills/"),
    ('hurts = "knowledge/skerrow/bells"', 'hurts = "guard/animal"', "no group", "`guard/animals`"),
    ('topic = "recasting"\nhurts', 'topic = "recastin"\nhurts', "goes into no batch", "`recasting`"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said", "meant"), WORDS, ids=lambda text: text[-24:])
def test_a_misspelt_word_is_named_with_its_owner_and_the_nearest_right_one(
    copy: Path, old: str, new: str, said: str, meant: str
) -> None:
    edit(copy / "story.toml", old, new)
    [problem] = errors(copy)
    assert said in problem.message
    assert meant in problem.remedy


def test_who_is_to_be_held_back_is_a_culprit(copy: Path) -> None:
    text = (copy / "story.toml").read_text()
    at = text.index('topic = "terraces"')
    text = text[:at] + text[at:].replace('expect = "released"', 'expect = "held-back"', 1)
    (copy / "story.toml").write_text(text)
    [problem] = errors(copy)
    assert "no [culprit] says whom it hurts" in problem.message
    assert problem.line == text[: text.index('expect = "held-back"', at)].count("\n") + 1


def test_a_culprit_whose_neighbour_is_not_to_be_released_is_told_so(copy: Path) -> None:
    text = (copy / "story.toml").read_text()
    at = text.index('topic = "bells"')
    (copy / "story.toml").write_text(
        text[:at] + text[at:].replace('expect = "released"', 'expect = "held-back"', 1)
    )
    assert any("told not to release" in p.message for p in errors(copy))


def test_a_culprit_in_the_first_batch_is_told_what_it_can_hurt(copy: Path) -> None:
    edit(copy / "story.toml", 'topic = "recasting"\nhurts', 'topic = "ferries"\nhurts')
    text = (copy / "story.toml").read_text()
    at = text.index('topic = "ferries"')
    text = text[:at] + text[at:].replace('expect = "released"', 'expect = "held-back"', 1)
    (copy / "story.toml").write_text(text)
    [problem] = [p for p in errors(copy) if "batch 1 is the first" in p.message]
    assert "guard/animals" in problem.remedy
    assert "later batch" in problem.remedy


def test_a_contribution_after_its_batch_is_closed_is_named(copy: Path) -> None:
    text = (copy / "story.toml").read_text()
    at = text.index('topic = "letter-endings"')
    text = text[:at] + text[at:].replace("batch = 2", "batch = 1", 1)
    (copy / "story.toml").write_text(text)
    line = text[: text.index("batch = 1", at)].count("\n") + 1
    [problem] = [p for p in errors(copy) if "its batch is closed then" in p.message]
    assert (problem.file, problem.line) == ("story.toml", line)


BREAKS = [
    ('expect = "rejected"', 'expect = "refused"', "can't be 'refused'"),
    ('expect = "rejected"', 'expect = "released"', "no batch"),
    ('topic = "first-aid"', 'topic = "bells"', "used twice"),
    ('"contributions/first-aid-1"', '"contributions/nowhere"', "does not exist"),
    ('"contributions/first-aid-1"', '"../elsewhere"', "outside"),
    ("signed_off = [false, true]", "signed_off = [false]", "1 entries for 2 pushes"),
    ('hurts = "knowledge/skerrow/bells"', 'hurts = "knowledge/skerrow/bell"', "no earlier batch"),
    ('topic = "recasting"\nhurts', 'topic = "ferries"\nhurts', "is to end released"),
    ('hurts = "knowledge/skerrow/bells"', 'hurts = "guard/nothing"', "no group of the guard"),
    ('hurts = "knowledge/skerrow/bells"', 'hurts = "recasting"', "no earlier batch"),
    ('expect = "rejected"', 'expect = "merged"', "can't be 'merged'"),
    ('expect = "rejected"', 'expect = "conflicted"', "can't be 'conflicted'"),
    ('topic = "first-aid"', 'topic = "../../first-aid"', "is no handle"),
    ('topic = "first-aid"', 'topic = "first/aid"', "is no handle"),
    ('topic = "first-aid"', 'topic = ".git"', "is no handle"),
    ('author = "ada-brandt"', 'author = "Ada Brandt"', "is no handle"),
    ('author = "ada-brandt"', 'author = "-c"', "is no handle"),
    ('title = "Medical', 'title = "Medical\\n', "no single line"),
    ('title = "Medical', f'title = "{"x" * 200}', "no single line"),
    ('commits = ["contributions/first-aid-1"]', "commits = 3", "`commits` of `first-aid` is no list"),
    ('commits = ["contributions/first-aid-1"]', "commits = []", "`commits` of `first-aid` is empty"),
    ("batch = 1", "batch = true", "`batch` of `bells` is no whole number"),
    ("batch = 1", "batch = 0", "`batch` of `bells` is under 1"),
    ("signed_off = [false, true]", 'signed_off = [false, "perhaps"]', "is neither true nor false"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "said"), BREAKS, ids=lambda text: text[:24])
def test_what_is_wrong_in_the_script_is_named_with_its_line(
    copy: Path, old: str, new: str, said: str
) -> None:
    line = edit(copy / "story.toml", old, new)
    found = [p for p in errors(copy) if said in p.message]
    assert found
    assert found[-1].file == "story.toml"
    assert line in {p.line for p in found}


def test_a_missing_author_is_named_at_its_contribution(copy: Path) -> None:
    edit(copy / "story.toml", 'author = "ada-brandt"\n', "")
    [problem] = errors(copy)
    assert problem.line == toml_lines((copy / "story.toml").read_text())["contribution", 0]
    assert "author" in problem.message


def test_a_gap_in_the_batches_is_named(copy: Path) -> None:
    text = (copy / "story.toml").read_text().replace("batch = 2", "batch = 3")
    (copy / "story.toml").write_text(text)
    [problem] = [p for p in errors(copy) if "from 1 without a gap" in p.remedy]
    assert problem.line == text[: text.index("batch = 3")].count("\n") + 1


def test_a_script_or_a_document_that_is_no_utf_8_is_named_at_the_line_where_it_ceases_to_be(
    copy: Path,
) -> None:
    (copy / "documents" / "bells.md").write_bytes(b"# Bells\n\nOf tin\xff.\n")
    assert [(p.file, p.line) for p in errors(copy)] == [("documents/bells.md", 3)]
    (copy / "story.toml").write_bytes(b'[story]\ntitle = "\xe9"\n')
    assert [(p.file, p.line) for p in errors(copy)] == [("story.toml", 2)]


def test_what_is_wrong_with_a_whole_file_of_a_push_is_named_at_its_first_line(copy: Path) -> None:
    edit(copy / "story.toml", 'expect = "rejected"', "batch = 2")
    found = [p for p in errors(copy) if p.file.startswith("contributions/")]
    assert found
    assert all(p.line for p in found)


def test_a_leaf_that_cites_another_commit_is_told_the_right_one(copy: Path) -> None:
    (copy / "documents" / "bells.md").write_text("# Changed\n")
    found = check(copy)
    assert {problem.warning for problem in found} == {True}
    assert all(documents.commit_of(copy / "documents") in problem.message for problem in found)
    for problem in found:
        assert problem.line is not None
        assert "commit:" in (copy / problem.file).read_text().splitlines()[problem.line - 1]


def test_a_leaf_of_an_earlier_push_is_named_in_that_pushs_folder(copy: Path) -> None:
    edit(
        copy / "story.toml",
        '"contributions/terraces-2"]',
        '"contributions/terraces-2", "contributions/more"]',
    )
    edit(copy / "story.toml", 'commits = ["contributions/terraces-1"', 'signed_off = [true, true, true]\n'
         'commits = ["contributions/terraces-1"')  # fmt: skip
    text = (copy / "story.toml").read_text()
    at = text.index('topic = "terraces"')
    text = text[:at] + text[at:].replace('"passed"]', '"passed", "passed"]', 1)
    (copy / "story.toml").write_text(text)
    leaf = "knowledge/skerrow/terraces"
    (copy / "contributions/more" / leaf).mkdir(parents=True)
    shutil.copy(
        copy / "contributions/terraces-2" / leaf / "attribution.txt", copy / "contributions/more" / leaf
    )
    (copy / "documents" / "terraces.md").rename(copy / "documents" / "steps.md")
    files = {p.file for p in check(copy) if "is `terraces.md`" in p.message}
    assert files == {f"contributions/terraces-2/{leaf}/qna.yaml"}


def test_without_a_guard_of_its_own_a_story_has_the_projects(copy: Path) -> None:
    shutil.rmtree(copy / "guard")
    assert load(copy).guard == OWN / "guard"
    assert check(copy) == []


def test_a_culprit_is_to_be_held_back_where_nothing_else_is_said(copy: Path) -> None:
    edit(copy / "story.toml", 'batch = 2\nexpect = "held-back"', "batch = 2")
    assert check(copy) == []
    story = load(copy)
    culprit = story.by_topic("recasting")
    assert culprit is not None
    assert story.ends(culprit) == "held-back"


def test_a_culprit_may_hurt_the_guard_even_in_the_first_batch(copy: Path) -> None:
    edit(copy / "story.toml", 'topic = "recasting"\nhurts = "knowledge/skerrow/bells"',
         'topic = "ferries"\nhurts = "guard/animals"')  # fmt: skip
    text = (copy / "story.toml").read_text()
    for topic, end in (("ferries", "held-back"), ("recasting", "released")):
        at = text.index(f'topic = "{topic}"')
        old = 'expect = "held-back"' if end == "released" else 'expect = "released"'
        text = text[:at] + text[at:].replace(old, f'expect = "{end}"', 1)
    (copy / "story.toml").write_text(text)
    assert check(copy) == []


def test_a_leaf_that_lies_in_the_taxonomy_from_the_start_can_not_be_hurt(copy: Path) -> None:
    leaf = copy / "taxonomy" / "knowledge" / "old" / "qna.yaml"
    leaf.parent.mkdir(parents=True)
    leaf.write_text("version: 3\n")
    line = edit(copy / "story.toml", 'hurts = "knowledge/skerrow/bells"', 'hurts = "knowledge/old"')
    [problem] = errors(copy)
    assert (problem.file, problem.line) == ("story.toml", line)
    assert "no model was trained on it" in problem.message


@pytest.mark.parametrize("folder", ["taxonomy", "taxonomy/knowledge", "contributions/bells-1", "documents"])
@pytest.mark.parametrize("name", [".git/config", ".GIT/hooks/pre-commit", "deep/.git"])
def test_what_git_would_obey_is_refused(copy: Path, folder: str, name: str) -> None:
    file = copy / folder / name
    file.parent.mkdir(parents=True)
    file.write_text('[core]\n\tfsmonitor = "touch /tmp/owned"\n')
    assert any("would be obeyed by Git" in problem.message for problem in errors(copy))


@pytest.mark.parametrize("folder", ["taxonomy", "contributions/bells-1"])
def test_a_symbolic_link_is_refused(copy: Path, folder: str) -> None:
    (copy / folder / "link").symlink_to("/etc")
    assert any("symbolic link" in problem.message for problem in errors(copy))
