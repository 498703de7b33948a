"""Policy: what nobody knows is refused with its line and the nearest right name."""

from __future__ import annotations

import pytest

from triage_rules.policy import PRESETS, Policy, PolicyError
from triage_rules.rule import all_rules
from triage_rules.toml_lines import line_of

FILE = """# ours
[batch]
every = "week"

[rules.too-few-seeds]
at_least = 7
weight = "note"

[labels]
skill = "a-skill"
"""


def test_a_policy_sets_what_it_names_and_leaves_the_rest() -> None:
    policy = Policy.from_toml(FILE)
    assert policy.rules["too-few-seeds"].model_dump()["at_least"] == 7
    assert policy.rules["lint"] == Policy.default().rules["lint"]
    assert policy.labels.skill == "a-skill"
    assert policy.labels.knowledge == "knowledge"


@pytest.mark.parametrize(
    ("old", "new", "line", "hint"),
    [
        ("at_least", "at_lest", 6, "Did you mean `at_least`?"),
        ("[rules.too-few-seeds]", "[rules.to-few-seeds]", 5, "Did you mean `too-few-seeds`?"),
        ("skill =", "skil =", 10, "Did you mean `skill`?"),
        ("at_least = 7", 'at_least = "many"', 6, "Change the value."),
        ('weight = "note"', 'weight = "heavy"', 7, "Change the value."),
        ("skill =", "legal-hould =", 10, "Did you mean `legal_hold`?"),
        (
            "[rules.too-few-seeds]",
            "[rules.personal-data]\ncontact = 'x'\n[rules.too-few-seeds]",
            6,
            "Change the value.",
        ),
    ],
)
def test_a_wrong_key_or_value_is_refused_at_its_line(old: str, new: str, line: int, hint: str) -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_toml(FILE.replace(old, new), "policy.toml")
    assert (refused.value.path, refused.value.line, refused.value.remedy) == ("policy.toml", line, hint)


def test_a_wrong_key_inside_a_list_names_the_right_ones() -> None:
    text = '[[rules.closed-topic.topics]]\nname = "chess"\nkeyword = ["checkmate"]\n'
    with pytest.raises(PolicyError) as refused:
        Policy.from_toml(text)
    assert refused.value.remedy == "Did you mean `keywords`?"
    assert refused.value.line == 3


def test_a_file_that_is_no_toml_is_refused_at_its_line() -> None:
    with pytest.raises(PolicyError) as refused:
        Policy.from_toml("[rules]\na = \n")
    assert refused.value.line == 2


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_can_be_read(name: str) -> None:
    assert set(Policy.preset(name).rules) == {rule.id for rule in all_rules()}


def test_the_hash_follows_what_the_policy_says_and_not_how() -> None:
    assert Policy.from_toml(FILE).hash == Policy.from_toml(FILE.replace("# ours", "# theirs")).hash
    assert Policy.from_toml(FILE).hash != Policy.from_toml(FILE.replace("7", "8")).hash


def test_a_dotted_key_is_found_at_its_line() -> None:
    assert line_of("[rules]\n\ntoo-few-seeds.at_least = 3\n", ("rules", "too-few-seeds", "at_least")) == 3
