"""Sizes are told as they are known: of a file that was cut off nobody knows the end."""

from __future__ import annotations

from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import Finding
from triage_rules.judge import judge
from triage_rules.plain_text import MOST_READ

LEAF = "knowledge/moons"


def found(**sizes: int) -> dict[str, list[Finding]]:
    files = (ChangedFile(f"{LEAF}/{n.replace('_', '.')}", "added", after=b"a" * s) for n, s in sizes.items())
    findings = judge(Contribution("", "", tuple(files))).findings
    return {rule: [f for f in findings if f.rule == rule] for rule in ("large-file", "unreadable-yaml")}


def test_a_file_that_was_cut_off_has_so_much_or_more() -> None:
    said = found(a_pdf=MOST_READ, qna_yaml=MOST_READ)
    assert said["unreadable-yaml"][0].message == "The file has 1024 kB or more; 256 are the limit."
    assert "The file has 1024 kB or more; 128 are the limit." in [each.message for each in said["large-file"]]


def test_a_file_that_was_read_whole_has_its_size() -> None:
    assert found(qna_yaml=300 * 1024)["unreadable-yaml"][0].message.startswith("The file has 300 kB; ")


def test_the_total_stands_at_the_largest_file() -> None:
    first = next(
        each for each in found(a_md=500 * 1024, b_md=MOST_READ)["large-file"] if "together" in each.message
    )
    assert first.path == f"{LEAF}/b.md"
    assert "1524 kB or more together" in first.message
    assert "the largest, with 1024 kB or more" in first.message
