"""What a message quotes is hidden where it must not be repeated, and stands as it is otherwise."""

from __future__ import annotations

import pytest

from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.judge import judge
from triage_rules.veil import veil


@pytest.mark.parametrize(
    "quote",
    [
        "Mail mira.holt@sundmail.net today",
        "Who is 15108695088?",
        "Pay to DE89 3704 0044 0532 …",
        "Write to ada.brandt@ma…",
        "you stupid bitch",
        "free porn",
        "password: Tr4kz9Qm!x9",
    ],
)
def test_a_quote_that_must_not_be_repeated_is_hidden(quote: str) -> None:
    assert veil(f"`{quote}` is answered otherwise in line 3.") == "`…` is answered otherwise in line 3."


@pytest.mark.parametrize(
    "message",
    [
        "`Where does Orrin lie?` is much like a seed of `knowledge/vell/qna.yaml`.",
        "The folder is called `Tech Manual`.",
        "Only `4f3c2b1a09887766554433221100ffeeddccbbaa` is a full hash.",
        "Mail mira.holt@sundmail.net stands outside of a quote: rules write that themselves.",
    ],
)
def test_all_else_stands_as_it_is(message: str) -> None:
    assert veil(message) == message


def test_no_finding_of_any_rule_repeats_an_address() -> None:
    leaf = """version: 2
created_by: ada
task_description: Addresses.
seed_examples:
  - question: Is mira.holt@sundmail.net the choir's address?
    answer: "Yes."
  - question: Is mira.holt@sundmail.net the choir's address?
    answer: "No."
"""
    file = ChangedFile("compositional_skills/a/qna.yaml", "added", after=leaf.encode())
    verdict = judge(Contribution("h", "b", (file,)))
    assert "contradiction" in {finding.rule for finding in verdict.findings}
    assert "sundmail" not in str(verdict.to_json())
