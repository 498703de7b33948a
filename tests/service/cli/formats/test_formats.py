"""Formats are found by their files, go where they are told, and know a finding again when lines move."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec import structs

from service.cli import formats
from service.cli.formats import NoSuchFormat, emit, outputs
from service.cli.judged import Judged, anchor, marks
from tests.service.cli.formats.judgements import HOSTILE, PATH, finding, verdict
from triage_rules.finding import Place
from triage_rules.verdict import NotChecked

FOLDER = Path(formats.__file__).parent


def test_every_file_of_the_folder_is_a_format_and_there_is_no_other_list() -> None:
    assert formats.names() == sorted(file.stem for file in FOLDER.glob("*.py") if file.stem != "__init__")
    for name in formats.names():
        assert list(outputs([name], False)[0].writer([], "")) is not None


def test_text_goes_out_where_nothing_else_does_and_files_are_written_beside_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = outputs([f"gitlab={tmp_path / 'quality.json'}"], False)
    assert emit([Judged(verdict(finding()), "#7", 7)], wanted, "") == ["changes-requested"]
    assert capsys.readouterr().out.startswith("#7  changes-requested: No answer.\n  knowledge/")
    assert (tmp_path / "quality.json").read_text().startswith("[")


def test_beside_json_only_files_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    emit([Judged(verdict())], outputs([f"text={tmp_path / 'told'}"], True), "")
    assert capsys.readouterr().out == ""
    assert (tmp_path / "told").read_text() == "passed: A triager may approve it.\n"


@pytest.mark.parametrize(
    ("wanted", "as_json"), [(["html"], False), (["text", "github"], False), (["github"], True)]
)
def test_what_can_not_be_written_is_refused_with_a_remedy(wanted: list[str], as_json: bool) -> None:
    with pytest.raises(NoSuchFormat) as caught:
        outputs(wanted, as_json)
    assert caught.value.remedy


def test_judgements_are_written_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    def slowly() -> object:
        yield Judged(verdict(), "#1", 1)
        assert "#1" in capsys.readouterr().out
        yield Judged(verdict(), "#2", 2)

    emit(slowly(), outputs([], False), "")  # type: ignore[arg-type]
    assert "#2" in capsys.readouterr().out


def test_a_finding_is_known_again_when_lines_move_and_counts_change() -> None:
    before = verdict(finding("This seed repeats the one of line 12.", line=20), finding("Other.", line=1))
    after = verdict(finding("Other.", line=4), finding("This seed repeats the one of line 15.", line=23))
    assert set(marks(Judged(before))) == set(marks(Judged(after)))
    assert set(marks(Judged(before, "abc"))) == set(marks(Judged(before, "def"))), (
        "a new head changes nothing"
    )


def test_findings_that_are_alike_are_told_apart_and_other_pull_requests_findings_too() -> None:
    twice = verdict(
        finding(line=1), finding(line=2), finding(rule="lint", line=2), finding(path="knowledge/x/qna.yaml")
    )
    made = marks(Judged(twice, "#1", 1))
    assert len(set(made)) == 4
    assert not set(made) & set(marks(Judged(twice, "#2", 2)))


def test_what_has_no_line_stands_at_the_top_and_commits_at_the_first_file_they_change() -> None:
    of_file, of_commits = finding(line=None, column=None), finding(path="", line=None, column=None)
    judged = Judged(verdict(of_file, of_commits))
    assert [anchor(judged, each) for each in judged.verdict.findings] == [
        Place(PATH, 1, 1),
        Place(PATH, 1, 1),
    ]


@pytest.mark.parametrize("name", formats.names())
def test_nothing_that_a_terminal_or_a_log_obeys_comes_out_of_a_contributors_words(name: str) -> None:
    hostile = finding(HOSTILE, path=f"knowledge/{HOSTILE}", remedy=HOSTILE)
    judged = [
        Judged(verdict(hostile), "#1", 1),
        Judged(verdict(finding(path="::add-mask::x/qna.yaml")), "#2", 2),
    ]
    out = "\n".join(outputs([name], False)[0].writer(judged, ""))
    assert out.encode()
    assert all(char.isprintable() or char == "\n" for char in out)
    assert "##[add-mask" not in out
    lines = [line.strip() for line in out.splitlines()]
    assert not [
        line for line in lines if line.startswith("::") and line.split()[0] not in ("::error", "::notice")
    ]


def test_rules_that_did_not_look_for_one_reason_share_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    unlooked = (
        NotChecked("a-rule", "of this"),
        NotChecked("b-rule", "of that"),
        NotChecked("c-rule", "of this"),
    )
    emit([Judged(structs.replace(verdict(), not_checked=unlooked))], outputs(["text"], False), "")
    assert capsys.readouterr().out.splitlines()[1:] == [
        "  not checked: a-rule, c-rule, because of this", "  not checked: b-rule, because of that",
    ]  # fmt: skip
