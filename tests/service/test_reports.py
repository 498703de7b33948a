"""What a contributor wrote stays in its place in every comment, and does nothing there."""

from __future__ import annotations

from pathlib import Path

import pytest

from service import reports
from service.db.tables import Batch, Contribution, Release
from tests.webhooks.gfm import Page, references
from tests.webhooks.test_escape import GITHUB, HOSTILE, kinds, tokens
from webhooks.escape import line
from webhooks.report import Check, Report

ROOT = Path(__file__).parents[2]
OURS = {"h3", "p", "strong", "em", "code", "pre", "ul", "li", "details", "summary",
        "table", "thead", "tbody", "tr", "th", "td"}  # fmt: skip


def a_contribution(text: str, **more: object) -> Contribution:
    findings = [
        {"rule": "r", "weight": "fix", "path": f"knowledge/{text}", "line": 2, "message": text, "remedy": text}
    ]  # fmt: skip
    verdict = {"verdict": "changes-requested", "findings": findings, "next": text, "labels": ["skill"]}
    told = {
        "repository": "t", "number": 1, "topic": text, "title": text, "author_forge": "plain", "author_id": "ada",
        "state": "opened", "head": "1" * 40, "verdict": verdict, "leaves": [f"knowledge/{text}"], "opened": 0.0,
        "updated": 0.0, **more,
    }  # fmt: skip
    return Contribution(**told)


def last_row(document: str) -> list[str]:
    """The cells of the last row of the document's one table, as written; cells too many are dropped by forges."""
    found = GITHUB.parse(document)
    assert kinds(found).count("table_open") == 1
    start = max(at for at, token in enumerate(found) if token.type == "tr_open")
    return [found[at + 1].content for at in range(start, len(found)) if found[at].type == "td_open"]


def harmless(document: str) -> None:
    page = Page(document.replace("[r]", "r"))  # our own name of the rule, which may become a link of ours
    assert {tag if isinstance(tag, str) else tag[0] for tag in page.tags} <= OURS, document
    assert page.tags.count("details") == page.tags.count(("details", ())), (
        "folds are closed, and shut at first"
    )
    assert references(page) == [], document


@pytest.mark.parametrize("text", HOSTILE)
def test_a_triage_report_is_one_table_whatever_was_written(text: str) -> None:
    document = reports.triage(a_contribution(text))
    harmless(document)
    assert last_row(document)[2] == line(text, 300).replace("\\|", "|")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_release_is_one_table_whatever_the_leaf_is_called(text: str) -> None:
    member = a_contribution(text)
    leaf = {"path": member.leaves[0], "before": 0.2, "after": 0.9, "change": 0.7, "low": 0.5, "high": 0.9}
    for leaves in ([leaf], []):
        release = Release(
            repository="t", version="v2", sequence=2, batch=1, state="published", directory="/x", created=0,
            manifest={"name": text, "leaves": leaves, "predecessor": "v1"},
        )  # fmt: skip
        document = reports.released(release, member)
        harmless(document)
        assert last_row(document)[3] == ("+70 (+50 to +90)" if leaves else "no items under evaluation/")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_conflict_and_a_person_s_word_do_nothing(text: str) -> None:
    harmless(reports.conflicted(a_contribution(text), (text, f"knowledge/{text}"), text))
    harmless(reports.told(a_contribution(text), "Rejected", text))


def test_the_check_of_a_verdict_is_a_check() -> None:
    told = reports.check(a_contribution("x"))
    report = Report.from_json({"number": 1, "check": told})
    assert isinstance(report.check, Check)
    assert (report.check.conclusion, report.check.title) == (
        "failure",
        "1 thing to fix before I can measure this",
    )
    assert [(note.path, note.line, note.level) for note in report.check.annotations] == [
        ("knowledge/x", 2, "failure")
    ]


def test_who_is_held_back_is_told_a_way_back_that_there_is() -> None:
    held = {"leaf": "knowledge/a", "change": -0.5, "low": -0.6, "high": -0.4, "posterior": 0.98}
    member = a_contribution("x", state="held-back", held=held, merged="2" * 40)
    batch = Batch(repository="t", id=1, state="passed", members=[1], held=[1], created=0.0, updated=0.0)
    for document in (reports.held_back(batch, member), reports.given_up(batch, member, "Too long.")):
        assert reports.BACK in document
        assert "push" not in document
    glossary = " ".join((ROOT / "docs" / "glossary.md").read_text().split())
    assert reports.BACK in glossary, "the page, the comment and the docs say it in the same words"


def test_who_is_held_back_and_was_never_merged_is_not_told_that_it_stays_in_the_repository() -> None:
    held = {"leaf": "knowledge/a", "change": -0.5, "low": -0.6, "high": -0.4, "posterior": 0.98}
    member = a_contribution("x", state="held-back", held=held)
    batch = Batch(repository="t", id=1, state="passed", members=[1], held=[1], created=0.0, updated=0.0)
    for document in (reports.held_back(batch, member), reports.given_up(batch, member, "Too long.")):
        assert reports.BACK not in document
        assert "stays in the repository" not in document
        assert "It was not merged. Mend it and push again" in document


def test_who_is_superseded_is_told_by_whom_and_in_which_release() -> None:
    text = reports.superseded(a_contribution("x", state="released", release="v2"))
    assert "Contribution 1 took its place" in text
    assert "is in v2" in text


def shipped(where: str) -> str:
    manifest = {"name": "t", "leaves": [], "predecessor": None, "shown": where}
    release = Release(repository="t", version="v1", sequence=1, batch=1, state="announced", directory="/x",
                      manifest=manifest, created=0.0)  # fmt: skip
    return reports.released(release, a_contribution("x", release="v1"))


def test_a_release_leads_to_where_its_forge_shows_it() -> None:
    where = "https://github.com/harbour/taxonomy/releases/tag/model-v1"
    links = [
        dict(tag[1])["href"]
        for tag in Page(shipped(where)).tags
        if not isinstance(tag, str) and tag[0] == "a"
    ]  # type: ignore[index]
    assert links == [where]


@pytest.mark.parametrize(
    "where", ["", "javascript:x", "https://a) [b](https://c", "https://a\n@ada", *HOSTILE]
)
def test_an_address_that_is_none_leads_nowhere(where: str) -> None:
    assert shipped(where) == shipped("")


def test_a_release_claims_no_number_of_choices() -> None:
    release = Release(
        repository="t", version="v2", sequence=2, batch=1, state="published", directory="/x", created=0,
        manifest={"name": "t", "leaves": [], "predecessor": "v1"},
    )  # fmt: skip
    assert "four" not in reports.released(release, a_contribution("x"))


def test_a_finding_about_commits_names_no_file_and_one_without_a_line_no_line() -> None:
    member = a_contribution("x")
    assert member.verdict is not None
    member.verdict["findings"][0] |= {"path": "", "line": None}
    assert "`commits:`" in reports.triage(member)
    member.verdict["findings"][0] |= {"path": "knowledge/x/attribution.txt"}
    assert "`knowledge/x/attribution.txt`" in reports.triage(member)


def with_patch(text: str, **more: object) -> Contribution:
    """A contribution whose one finding carries a patch with this text everywhere."""
    edit = {"line": 2, "before": [f"{text}  "], "after": [text]}
    member = a_contribution(text)
    assert member.verdict is not None
    member.verdict["findings"][0] |= {"patch": {"what": text, "edits": [edit], **more}}
    return member


@pytest.mark.parametrize("text", HOSTILE)
def test_a_patch_is_shown_in_a_fold_and_in_fences_whatever_was_written(text: str) -> None:
    for member in (with_patch(text), with_patch(text, rename=f"knowledge/{text}")):
        document = reports.triage(member)
        assert kinds(tokens(document)).count("fence") == 1, "the diff"
        harmless(document)


def test_a_fold_shows_where_a_line_ended_and_how_to_take_all_fixes() -> None:
    document = reports.triage(with_patch("answer: x"))
    assert "1 of these a program" not in document
    assert "<summary>1 thing of these a program can mend</summary>" in document
    assert "`upweight fix`" in document
    assert "-answer: x··\n+answer: x\n" in document


def test_a_verdict_with_a_hundred_patches_stays_a_comment() -> None:
    member = with_patch("x" * 3000)
    assert member.verdict is not None
    member.verdict["findings"] *= 100
    assert len(reports.triage(member)) < 60_000
    assert "90 more are not shown here." in reports.triage(member)


def test_an_annotation_suggests_what_should_stand_at_its_line() -> None:
    report = Report.from_json({"number": 1, "check": reports.check(with_patch("answer: x"))})
    assert report.check is not None
    [note] = report.check.annotations
    assert (note.line, note.lines, note.suggestion) == (2, 1, ("answer: x",))


def test_an_annotation_suggests_nothing_for_other_lines_or_a_name() -> None:
    elsewhere = [{"line": 7, "before": ["a "], "after": ["a"]}]
    unseen = [{"line": 2, "before": ["a"], "after": ["a"]}]  # the end of the last line alone
    for edits in (elsewhere, unseen, [], [*elsewhere, *elsewhere]):
        told = reports.check(with_patch("x", edits=edits))
        assert told is not None
        assert "suggestion" not in told["annotations"][0]


def test_rules_that_could_not_look_are_named_by_their_reason_and_do_nothing() -> None:
    member = a_contribution("x")
    assert member.verdict is not None
    member.verdict["not_checked"] = [
        {"rule": "a", "why": "the host is away"},
        {"rule": "b", "why": "the host is away"},
        {"rule": "c", "why": HOSTILE[0]},
    ]
    document = reports.triage(member)
    harmless(document)
    assert "Not checked: `a`, `b`, because the host is away; `c`, because" in document


def test_while_something_is_awaited_the_check_runs_on_and_nothing_reads_as_a_last_word() -> None:
    member = a_contribution("x")
    cited = {"repo": "https://example.org/x", "commit": "a" * 40, "patterns": ["x.md"]}
    for outcome in ("passed", "needs-human"):
        member.verdict = {"verdict": outcome, "findings": [], "next": "", "labels": [], "waits": [cited]}
        check = Report.from_json({"number": 1, "check": reports.check(member)}).check
        assert check is not None
        assert (check.status, check.conclusion) == ("in_progress", None)
        assert "Still being checked" in reports.triage(member)
    member.verdict = {**member.verdict, "verdict": "changes-requested"}
    check = Report.from_json({"number": 1, "check": reports.check(member)}).check
    assert check is not None
    assert (check.status, check.conclusion) == ("completed", "failure")


@pytest.mark.parametrize("text", HOSTILE)
def test_what_was_found_in_no_file_stands_in_the_summary_and_is_no_remark(text: str) -> None:
    member = a_contribution(text)
    assert member.verdict is not None
    [placed] = member.verdict["findings"]
    nowhere = {**placed, "path": "", "line": None, "rule": "missing-sign-off", "message": text}
    member.verdict = {**member.verdict, "findings": [placed, *[nowhere] * 25]}
    told = reports.check(member)
    assert told is not None
    assert [each["path"] for each in told["annotations"]] == [f"knowledge/{text}"]
    assert f"- {line(text, 300)}" in told["summary"]
    assert told["summary"].endswith("\n- 5 more")
    harmless(told["summary"])


def test_a_check_has_no_more_annotations_than_somebody_reads() -> None:
    member = a_contribution("Words.")
    assert member.verdict is not None
    member.verdict = {**member.verdict, "verdict": "changes-requested",
                      "findings": [{**member.verdict["findings"][0], "weight": "fix"}] * 900}  # fmt: skip
    made = reports.check(member)
    assert made is not None
    assert len(made["annotations"]) == reports.ANNOTATED
    assert made["title"] == "More than 100 things to fix before I can measure this"
