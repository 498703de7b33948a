"""Every rule against its cases: a folder a case, with files as they stand in a leaf, and what the rule
should say of them.

``bad_N/expected.txt`` holds a line for each finding: weight, place, message. A ``good_N`` has no finding.
``case.toml`` may say more: ``folder`` (of the leaf), ``commits``, ``known`` (seeds of the index), ``modes``,
``author``, ``paths`` (of empty files that not every file system can hold), ``listings`` (of folders of the base
branch), ``body`` (the description), ``told`` (the other facts, as the service tells them), ``rules`` (settings, as in a
policy).
What lies below ``tree/`` stands at that path of the taxonomy.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec
import pytest

from triage_rules.contribution import REGULAR, SUBMODULE, SYMLINK, ChangedFile, Commit, Contribution
from triage_rules.facts import Told
from triage_rules.index import Known
from triage_rules.judge import judge
from triage_rules.policy import Policy
from triage_rules.rule import Facts, Rule, all_rules

FOLDER = Path(__file__).parent / "rules"
LEAF = "compositional_skills/writing/letters"


@dataclass(frozen=True)
class Case:
    """One folder of one rule."""

    rule: str
    folder: Path

    @property
    def id(self) -> str:
        """The name that pytest shows."""
        return f"{self.rule}/{self.folder.name}"


def find_cases() -> list[Case]:
    """Every case of every rule."""
    return [
        Case(rule.name.replace("_", "-"), folder)
        for rule in sorted(FOLDER.iterdir())
        for folder in sorted(rule.iterdir())
        if folder.is_dir()
    ]


def contribution_of(case: Case, told: dict[str, Any]) -> Contribution:
    """The case as a contribution that adds its files."""
    files = []
    for path in sorted(case.folder.rglob("*")):
        name = path.relative_to(case.folder).as_posix()
        if path.is_dir() or name in ("expected.txt", "case.toml"):
            continue
        place = (
            name.removeprefix("tree/") if name.startswith("tree/") else f"{told.get('folder', LEAF)}/{name}"
        )
        mode = told.get("modes", {}).get(place, REGULAR)
        data = path.read_bytes() if mode not in (SYMLINK, SUBMODULE) else None
        files.append(ChangedFile(place, "added", mode, None, data))
    files += [ChangedFile(path, "added", REGULAR, None, b"") for path in told.get("paths", [])]
    commits = [
        Commit(c["sha"], "Ada Brandt", "ada@example.org", c["message"], c.get("parents", 1))
        for c in told.get("commits", [])
    ]
    return Contribution(
        "h", "b", tuple(files), tuple(commits), number=9, author=told.get("author"), body=told.get("body", "")
    )


def judge_case(case: Case) -> list[str]:
    """What the rule says of its case, a line for each finding."""
    source = case.folder / "case.toml"
    text = source.read_text(encoding="utf-8") if source.exists() else ""
    told = tomllib.loads(text)
    known = Facts.of(
        (Known(**known) for known in told.get("known", [])), msgspec.convert(told.get("told", {}), Told)
    )
    facts = replace(known, listings=told.get("listings"))
    verdict = judge(contribution_of(case, told), Policy.from_toml(text), facts)
    return [
        f"{each.weight.name} {each.path}:{each.line or ''}:{each.column or ''} {each.message}"
        for each in verdict.findings
        if each.rule == case.rule
    ]


@pytest.mark.parametrize("case", find_cases(), ids=lambda case: case.id)
def test_a_rule_says_what_its_case_expects(case: Case) -> None:
    expected = case.folder / "expected.txt"
    wanted = expected.read_text(encoding="utf-8").splitlines() if expected.exists() else []
    assert judge_case(case) == wanted
    assert bool(wanted) == case.folder.name.startswith("bad")


def test_every_rule_has_a_bad_and_a_good_case() -> None:
    shown = {(case.rule, case.folder.name.split("_")[0]) for case in find_cases()}
    assert {(rule.id, kind) for rule in all_rules() for kind in ("bad", "good")} <= shown


@pytest.mark.parametrize("rule", all_rules(), ids=lambda rule: rule.id)
def test_every_rule_explains_itself(rule: Rule) -> None:
    assert rule.title
    assert rule.why
    assert rule.bad
    assert rule.good
    assert rule.remedy


def numbers_of(schema: dict[str, Any], name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every number that a schema takes, within lists and tables too, by its name, with what bounds it."""
    if schema.get("type") in ("integer", "number"):
        yield name, schema
    for key, inner in {**schema.get("properties", {}), **schema.get("$defs", {})}.items():
        yield from numbers_of(inner, f"{name}.{key}")
    for inner in (*schema.get("anyOf", ()), *([schema["items"]] if "items" in schema else ())):
        yield from numbers_of(inner, name)


def test_every_number_of_a_policy_has_a_least_and_a_most() -> None:
    found = [each for rule in all_rules() for each in numbers_of(rule.settings.model_json_schema(), rule.id)]
    assert len(found) > 45
    for name, told in found:
        most = 1 if told["type"] == "number" else 10**9
        assert told.get("minimum", -1) >= 0, name
        assert told.get("maximum", 2 * most) <= most, name
