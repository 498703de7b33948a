"""Every push of a story is judged beforehand: what would never be merged, and verdicts told otherwise, are named."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.demo import people
from service.demo.places import Problem
from service.demo.story import FILE, check, load
from service.demo.story_judged import Taxonomy, told
from service.git import read
from tests.service.demo.breaking import edit, errors
from triage_rules.contribution import ChangedFile, Commit, Contribution
from triage_rules.index import SeedsIndex
from triage_rules.judge import judge
from triage_rules.rule import Facts
from webhooks.plain.setup import init

pytestmark = pytest.mark.slow

SIGNED = "Add a leaf\n\nSigned-off-by: X <x@example.org>\n"
POLICY = "taxonomy/.upweight/policy.toml"
FERRIES = "contributions/ferries-2/knowledge/skerrow/ferries"
TERRACES = "contributions/terraces-2/knowledge/skerrow/terraces"


def warned(folder: Path) -> list[Problem]:
    """The only problems of a story that can be played."""
    found = check(folder)
    assert all(problem.warning for problem in found), found
    return found


def test_the_rules_judge_every_push_as_our_own_story_says() -> None:
    story, known = load(), SeedsIndex()
    for number, contribution in enumerate(story.contribution, 1):
        for push in range(len(contribution.commits)):
            files = story.files(contribution, push)
            message = SIGNED if contribution.signs(push) else "Add a leaf\n"
            revision = Contribution(
                head="a" * 40, base="b" * 40, title=contribution.title, body="", siblings={}, number=number,
                author=contribution.author, commits=(Commit("a" * 40, "X", "x@example.org", message),),
                files=tuple(ChangedFile(path, "added", after=data) for path, data in files.items()),
            )  # fmt: skip
            verdict = judge(revision, facts=Facts(seeds_index=known))
            ends = "passed" if contribution.batch else contribution.expect
            wanted = contribution.verdicts[push] if contribution.verdicts else ends
            assert verdict.outcome == wanted, (contribution.topic, push, verdict.findings)
        for leaf in revision.leaves:
            known.add_leaf(
                leaf, None if contribution.batch else number, contribution.author
            )  # merged, or open


def test_a_last_push_that_is_no_yaml_is_an_error_at_its_line(copy: Path) -> None:
    line = edit(copy / FERRIES / "qna.yaml", "seed_examples:", "seed_examples: [")
    found = errors(copy)
    assert {problem.file for problem in found} == {f"{FERRIES}/qna.yaml"}
    assert any(problem.line is not None and problem.line >= line for problem in found)
    assert all("`ferries` goes into batch 1" in problem.message for problem in found)
    assert all(problem.remedy for problem in found)


def test_a_wrong_key_in_a_last_push_is_an_error_with_the_rules_own_remedy(copy: Path) -> None:
    line = edit(copy / FERRIES / "qna.yaml", "document_outline:", "document_outlines:")
    found = errors(copy)
    assert (f"{FERRIES}/qna.yaml", line) in {(problem.file, problem.line) for problem in found}
    assert any("document_outlines" in problem.message for problem in found)


def test_a_licence_that_is_never_mended_is_an_error_whatever_the_script_says(copy: Path) -> None:
    line = edit(copy / TERRACES / "attribution.txt", "CC-BY-4.0", "CC-BY-NC-4.0")
    [problem] = errors(copy)
    assert (problem.file, problem.line) == (f"{TERRACES}/attribution.txt", line)
    assert "triage would say changes-requested" in problem.message


def test_a_fault_of_a_file_from_an_earlier_push_is_named_in_that_pushs_folder(copy: Path) -> None:
    (copy / TERRACES / "attribution.txt").unlink()
    (copy / TERRACES / "qna.yaml").unlink()
    (copy / "contributions" / "terraces-2" / "knowledge" / "note.txt").write_text("Mended.\n")
    found = errors(copy)
    assert "contributions/terraces-1/knowledge/skerrow/terraces/qna.yaml" in {
        problem.file for problem in found
    }
    assert "contributions/terraces-2/knowledge/note.txt" in {problem.file for problem in found}


def test_a_last_push_without_a_sign_off_is_an_error_at_its_key(copy: Path) -> None:
    line = edit(copy / FILE, "signed_off = [false, true]", "signed_off = [true, false]")
    [problem] = errors(copy)
    assert (problem.file, problem.line) == (FILE, line)
    assert "no sign-off" in problem.message
    assert "`signed_off`" in problem.remedy


def test_a_verdict_that_triage_would_not_give_is_a_warning_at_its_key(copy: Path) -> None:
    line = edit(copy / FILE, 'verdicts = ["changes-requested", "passed"]', 'verdicts = ["passed", "passed"]')
    [problem] = warned(copy)
    assert (problem.file, problem.line) == (FILE, line)
    assert "Push 1 of `ferries` is told to be judged passed" in problem.message


def test_a_doubtful_last_push_is_approved_and_only_another_told_verdict_is_a_warning(copy: Path) -> None:
    (copy / POLICY).write_text('[rules.missing-sign-off]\nweight = "doubt"\n')
    edit(copy / FILE, "signed_off = [false, true]", "signed_off = [false, false]")
    found = warned(copy)
    assert [problem.message.split(",")[0] for problem in found] == [
        "Push 1 of `ferries` is told to be judged changes-requested",
        "Push 2 of `ferries` is told to be judged passed",
    ]


def test_another_end_than_triage_leads_to_is_a_warning_at_its_key(copy: Path) -> None:
    line = edit(copy / FILE, 'expect = "rejected"', 'expect = "changes-requested"')
    [problem] = warned(copy)
    assert (problem.file, problem.line) == (FILE, line)
    assert "is to end changes-requested, and triage would leave it rejected" in problem.message
    assert "contributions/first-aid-1/" in problem.message


def test_a_contribution_wholly_in_closed_trees_is_not_to_end_with_changes_requested(copy: Path) -> None:
    folder = copy / "contributions" / "boat-emblems-1"
    (folder / "knowledge").rename(folder / "foundational_skills")
    [problem] = warned(copy)
    assert "`boat-emblems` is to end changes-requested, and triage would leave it rejected" in problem.message
    assert "closed" in problem.message


def test_a_contribution_that_nobody_mends_may_end_in_review(copy: Path) -> None:
    line = edit(copy / FILE, 'batch = 1\nexpect = "released"', 'expect = "needs-review"')
    edit(copy / FILE, 'hurts = "knowledge/skerrow/bells"', 'hurts = "knowledge/skerrow/ferries"')
    inventory = 'commits = ["contributions/bell-inventory-1"]\nexpect = '
    edit(
        copy / FILE, f'{inventory}"changes-requested"', f'{inventory}"needs-human"'
    )  # the bells are only open then
    [problem] = warned(copy)  # their exam is nobody's, and no other push is judged otherwise
    assert problem.message == "Nobody contributes this leaf."
    edit(copy / FILE, 'expect = "needs-review"', 'expect = "needs-human"')
    assert [(p.file, p.line) for p in warned(copy)][:1] == [(FILE, line)]


def test_the_storys_own_policy_judges(copy: Path) -> None:
    (copy / POLICY).write_text("[rules.too-few-seeds]\nat_least = 40\n")
    assert len({problem.file for problem in errors(copy)}) == 8


def test_a_leaf_in_the_taxonomy_is_known_to_the_rules(copy: Path) -> None:
    there = copy / "taxonomy" / "knowledge" / "elsewhere" / "ferries"
    there.mkdir(parents=True)
    for name in ("qna.yaml", "attribution.txt"):
        (there / name).write_bytes((copy / FERRIES / name).read_bytes())
    found = errors(copy)
    assert [problem.file for problem in found] == [f"{FERRIES}/qna.yaml"]
    assert "Duplicate" in found[0].message
    assert "knowledge/elsewhere/ferries" in found[0].message


def test_an_edit_of_a_leaf_that_lies_in_the_taxonomy_is_no_duplicate(copy: Path) -> None:
    there = copy / "taxonomy" / "knowledge" / "skerrow" / "ferries"
    there.mkdir(parents=True)
    text = (
        (copy / FERRIES / "qna.yaml")
        .read_text()
        .replace("document_outline: |", "document_outline: |\n  Old.", 1)
    )
    (there / "qna.yaml").write_text(text)
    (there / "attribution.txt").write_bytes((copy / FERRIES / "attribution.txt").read_bytes())
    assert errors(copy) == []


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[rules]\n\n[batch\nat_least = 4\n", 3, "Not TOML"),
        ("[rules]\n[batch]\nat_leest = 4\n", 3, "`batch.at_leest` is not known"),
        ("[batch]\nat_least = 9\nat_most = 4\n", 3, "never forms"),
        ("[rules.too-few-seads]\nat_least = 4\n", 1, "There is no rule"),
        ("\n[gaite]\n", 2, "`gaite` is not known"),
    ],
)
def test_a_policy_that_is_not_taken_is_an_error_at_its_line(
    copy: Path, text: str, line: int, said: str
) -> None:
    (copy / POLICY).write_text(text)
    [problem] = errors(copy)
    assert (problem.file, problem.line) == (POLICY, line)
    assert said in problem.message


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("[approve]\nneeds = 2\n", 2, "needs 2 approvals"),
        ("[batch]\nat_least = 2\nat_most = 3\n", 3, "Batch 1 has 4 contributions"),
    ],
)
def test_a_policy_that_no_play_can_follow_is_an_error_at_its_line(
    copy: Path, text: str, line: int, said: str
) -> None:
    (copy / POLICY).write_text(text)
    found = errors(copy)
    assert {(problem.file, problem.line) for problem in found} == {(POLICY, line)}
    assert said in found[0].message


def test_a_contribution_of_what_is_merged_already_is_named(copy: Path) -> None:
    for path in sorted((copy / "contributions" / "ferries-2").rglob("*")):
        if path.is_file():
            there = copy / "taxonomy" / path.relative_to(copy / "contributions" / "ferries-2")
            there.parent.mkdir(parents=True, exist_ok=True)
            there.write_bytes(path.read_bytes())
    assert any("`ferries` goes into a batch, and brings nothing" in p.message for p in errors(copy))


def test_every_push_is_told_with_its_verdict_and_the_heaviest_finding_behind_it(copy: Path) -> None:
    said = {(push["topic"], push["push"]): push for push in told(load(copy))}
    assert said["bells", 1] == {"topic": "bells", "push": 1, "of": 1, "verdict": "passed", "why": None}
    assert said["ferries", 1]["verdict"] == "changes-requested"
    assert said["ferries", 1]["why"].endswith("carries no sign-off. (missing-sign-off)")
    assert said["terraces", 1]["why"].startswith(
        "contributions/terraces-1/knowledge/skerrow/terraces/qna.yaml:7"
    )
    assert said["terraces", 2]["verdict"] == "passed"
    assert len(said) == sum(len(it.commits) for it in load(copy).contribution)


def test_a_context_that_is_not_in_the_storys_documents_is_found_beforehand(copy: Path) -> None:
    leaf = copy / "contributions" / "bells-1" / "knowledge" / "skerrow" / "bells" / "qna.yaml"
    told_of, another = "Grey Tessy, the small bell of Pellow, is", "Blue Hanna, a large bell from afar, was"
    leaf.write_text(leaf.read_text().replace(told_of, another))
    said = {(push["topic"], push["push"]): push for push in told(load(copy))}
    assert said["bells", 1]["verdict"] == "needs-human"
    assert said["bells", 1]["why"].endswith("(not-in-document)")


def test_without_a_policy_the_defaults_judge(copy: Path) -> None:
    (copy / POLICY).unlink()
    assert check(copy) == []


@pytest.mark.slow
def test_what_is_judged_beforehand_is_what_triage_reads_from_git(copy: Path, tmp_path: Path) -> None:
    story = load(copy)
    bare, desks = tmp_path / "t.git", tmp_path / "desks"
    init(bare, "http://127.0.0.1:9", None)
    people.plant(story, bare, desks / "owner", people.owner(story))
    git, there = read.open_repository(bare), Taxonomy.of(story)
    tip = read.commit_at(git, "refs/heads/main")
    for topic in ("ferries", "terraces", "weather-gates"):
        index = next(i for i, c in enumerate(story.contribution) if c.topic == topic)
        it = story.contribution[index]
        for push in range(len(it.commits)):
            number, head = people.push(story, it, push, bare, desks / it.topic, push)
            found = read.contribution(git, str(tip.id), head, title=it.title, author=it.author, number=number)
            ours = there.revision(story, index, push)
            assert ours.files == found.files
            assert ours.siblings == found.siblings
            theirs = [(c.author_name, c.author_email, c.message, c.parents) for c in found.commits]
            assert [(c.author_name, c.author_email, c.message, c.parents) for c in ours.commits] == theirs
