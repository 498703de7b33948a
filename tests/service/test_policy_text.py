"""A policy written out says all that holds, and read again it is the same policy."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.policy import FILE, Policy, from_toml
from service.policy_text import named, tables_of, text_of
from triage_rules.policy import PRESETS
from triage_rules.rule import all_rules

ODD = """[labels]
skill = 'a "skill" \\'
ci = ""
[rules.lint]
config = '''
extends: relaxed
rules: {line-length: disable}
'''
paths = ["knowledge/*", "\u202e*"]
weight = "off"
[rules.closed-topic]
topics = [{name = "chess", keywords = ["checkmate"], share = 0.25}]
[measure]
suites = ["safety", "canaries"]
[release]
every = "manual"
"""


@pytest.mark.parametrize("text", [*PRESETS, "", ODD])
def test_what_is_shown_reads_again_as_the_same_policy(text: str) -> None:
    policy = named(text) if text in PRESETS else from_toml(text)
    again = from_toml(text_of(policy))
    assert again == policy
    assert again.hash == policy.hash
    assert again.judging.hash == policy.judging.hash


def test_every_rule_is_shown_with_the_weight_that_holds() -> None:
    text = text_of(from_toml('[rules.lint]\nweight = "note"\n'))
    for rule in all_rules():
        shown = text.partition(f"[rules.{rule.id}]\n")[2].partition("\n")[0]
        assert shown == (
            'weight = "note"' if rule.id == "lint" else f'# weight = "{rule.weight.name}", the rule\'s own'
        )


def test_what_is_hidden_in_a_policy_is_shown_by_its_number() -> None:
    assert "\\u202e*" in text_of(from_toml(ODD))


def test_a_name_is_a_preset_a_file_or_the_folder_of_a_taxonomy(tmp_path: Path) -> None:
    (tmp_path / ".upweight").mkdir()
    (tmp_path / FILE).write_text("[batch]\nat_least = 9\n")
    assert named(str(tmp_path)) == named(str(tmp_path / FILE)) == from_toml("[batch]\nat_least = 9\n")
    assert named("instructlab") == Policy()
    assert tables_of(named("strict"))["rules"]["too-few-seeds"]["at_least"] == 8
