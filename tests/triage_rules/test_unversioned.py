"""A leaf without a version is judged as the version that it is written as, and hears of the missing line first."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.triage_rules.test_lifting import OLD
from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.judge import judge
from triage_rules.taxonomy import read
from triage_rules.unversioned import written_as

LEAVES = Path(__file__).parent / "rules"
NEW = (LEAVES / "schema" / "bad_4" / "qna.yaml").read_text()
SKILL = (LEAVES / "schema" / "good_2" / "qna.yaml").read_text()
FACTS = "knowledge/science/moons/qna.yaml"


class Shelf(dict[str, bytes]):
    """Parts that are kept in memory."""

    def put(self, key: str, value: bytes) -> None:
        self[key] = value


def version_of(text: str, path: str = FACTS) -> int | None:
    return written_as(read(path, text.encode()))


def test_one_missing_line_gives_one_finding_that_a_program_mends() -> None:
    attribution = (LEAVES / "schema" / "bad_4" / "attribution.txt").read_bytes()
    files = [("qna.yaml", NEW.encode()), ("attribution.txt", attribution)]
    changed = (ChangedFile(f"knowledge/science/moons/{name}", "added", after=data) for name, data in files)
    found = [each for each in judge(Contribution("", "", tuple(changed))).findings if each.weight > 1]
    assert [each.rule for each in found] == ["schema"]
    assert "written as version 3" in found[0].message
    assert found[0].fix is not None


@pytest.mark.parametrize("given", ['"three"', "v3", "[3]", "{a: 3}", "2024-01-01", ".inf", "", "~"])
def test_what_is_no_number_is_no_version(given: str) -> None:
    assert version_of(f"version: {given}\n{NEW}") == 3
    assert (
        version_of(f"version: {given}\n{SKILL.partition(chr(10))[2]}", "compositional_skills/a/qna.yaml") == 3
    )


@pytest.mark.parametrize("given", ["3", "1", '"3"', "yes", "9", "3.0"])
def test_a_version_that_is_declared_counts(given: str) -> None:
    assert version_of(f"version: {given}\n{NEW}") is None


def test_a_leaf_that_reads_as_the_first_version_is_one() -> None:
    assert version_of(OLD.replace("version: 1\n", "")) is None
    assert version_of("- a\n") is None


@pytest.mark.parametrize("given", ["1.0e+300", '"99999999999999999999"', "-1.0e+30"])
def test_a_version_that_no_json_could_tell_is_one_that_there_is_not(given: str) -> None:
    data = f"version: {given}\n{NEW}".encode()
    change = Contribution("0" * 40, "1" * 40, (ChangedFile(FACTS, "added", after=data),))
    kept = Shelf()
    verdict = judge(change, kept=kept)
    assert [(each.schema_ok, each.version) for each in verdict.files] == [(False, 0)]
    assert kept, "what was found of it is kept like any other's"
