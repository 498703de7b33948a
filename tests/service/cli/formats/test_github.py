"""Commands for GitHub's log are read back by its runner as they were meant, whatever a contributor wrote."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from service.cli.formats.github import write
from service.cli.judged import Judged, one_line
from tests.service.cli.formats.judgements import HOSTILE, PATH, finding, verdict
from triage_rules.finding import Finding, Weight
from triage_rules.verdict import NotChecked

Command = tuple[str, dict[str, str], str]


def read_back(line: str) -> Command:
    """As the runner reads a line: `::name key=value,key=value::data`, unescaped, the sign of escaping last."""
    assert line.lstrip().startswith("::")
    told, separator, data = line.lstrip()[2:].partition("::")
    assert separator
    name, _, rest = told.partition(" ")
    pairs = [part.split("=", 1) for part in rest.split(",") if part]
    return name, {key: unescaped(value, ":%3A", ",%2C") for key, value in pairs}, unescaped(data)


def unescaped(text: str, *more: str) -> str:
    for mapping in ("\r%0D", "\n%0A", *more, "%%25"):
        text = text.replace(mapping[1:], mapping[0])
    return text


def commands(*findings: Finding, number: int | None = None) -> list[Command]:
    return [read_back(line) for line in write([Judged(verdict(*findings), "", number)], "")]


def test_a_finding_is_one_command_with_its_place() -> None:
    assert commands(finding())[1] == (
        "error",
        {"file": PATH, "line": "3", "col": "5", "title": "schema (fix)"},
        "No answer. Mend it.",
    )


def test_the_verdict_comes_first_and_names_the_pull_request() -> None:
    assert commands(number=12) == [
        ("notice", {"title": "Upweight, #12: passed"}, "A triager may approve it.")
    ]


def test_every_weight_has_its_level() -> None:
    levels = [name for name, _, _ in commands(*(finding(weight=weight) for weight in Weight))[1:]]
    assert levels == ["notice", "warning", "error", "error", "error"]


def test_what_has_no_line_is_shown_all_the_same() -> None:
    told = commands(finding(line=None, column=None), finding(path="", line=None, column=None))
    assert [properties for _, properties, _ in told[1:]] == [
        {"file": PATH, "line": "1", "title": "schema (fix)"}
    ] * 2


def test_what_was_not_checked_is_one_notice() -> None:
    missing = (NotChecked("near-duplicate", "there was no index"), NotChecked("odd-path", "no listing"))
    lines = list(write([Judged(verdict(missing=missing))], ""))
    assert read_back(lines[-1]) == (
        "notice",
        {"title": "Upweight: not checked"},
        "near-duplicate, because there was no index; odd-path, because no listing",
    )


@given(st.text(), st.text(), st.text())
def test_no_text_ends_its_command_or_begins_another(message: str, path: str, remedy: str) -> None:
    lines = list(write([Judged(verdict(finding(message, path=f"knowledge/{path}", remedy=remedy)))], ""))
    assert len(lines) == 2
    assert not [line for line in lines if "\n" in line or "\r" in line]
    name, properties, data = read_back(lines[1])
    assert (name, set(properties)) == ("error", {"file", "line", "col", "title"})
    assert properties["file"] == one_line(f"knowledge/{path}")
    assert data == one_line(f"{message} {remedy}")


def test_the_old_and_the_new_way_to_begin_a_command_are_both_closed() -> None:
    for line in write([Judged(verdict(finding(HOSTILE, path=HOSTILE)))], ""):
        assert line.startswith(("::error ", "::notice "))
        assert "##[add" not in line
        assert "\x1b" not in line
