"""The presets: what each name promises, on the same contribution with one fault at a time."""

from __future__ import annotations

from dataclasses import replace

import pytest

from triage_rules.contribution import ChangedFile, Commit, Contribution
from triage_rules.finding import Weight
from triage_rules.judge import judge
from triage_rules.policy import PRESETS, Policy
from triage_rules.rule import Facts
from triage_rules.verdict import Verdict

FOLDER = "compositional_skills/writing/letters"
SEEDS = (
    ("How do I greet a new neighbour?", "Say your name and where you live, and offer to help."),
    ("Which closing suits an old friend?", "A warm wish is enough."),
    ("How long should a note of thanks be?", "Three sentences do."),
    ("What stands at the top of a formal letter?", "The address and the date."),
    ("When is a reply due?", "Within a week."),
    ("May a letter of condolence be typed?", "It may, but most people write it by hand."),
    ("Where does the stamp belong?", "In the upper right corner of the envelope."),
    ("Who signs a letter of a whole team?", "One person, in the name of all."),
)
FIELDS = "Title of work: Letters\nLicense of the work: CC-BY-4.0\nCreator names: Ada Brandt\n"
ATTRIBUTION = FIELDS + "Origin of the text: person\n"
SIGNED = "Add letters\n\nSigned-off-by: Ada Brandt <ada@example.org>"


def skill(
    seeds: int = 8, version: int = 3, by: str = "ada", last: str = "In the name of all, one person does."
) -> str:
    lines = [
        f"version: {version}",
        f"created_by: {by}",
        "task_description: Advice on letters.",
        "seed_examples:",
    ]
    chosen = [*SEEDS[: seeds - 1], (SEEDS[seeds - 1][0], last)]
    return "\n".join([*lines, *(f"  - question: {q}\n    answer: {a}" for q, a in chosen)]) + "\n"


def proposed(
    qna: str, attribution: str | None = ATTRIBUTION, message: str = SIGNED, folder: str = FOLDER
) -> Contribution:
    files = [ChangedFile(f"{folder}/qna.yaml", "added", after=qna.encode())]
    if attribution is not None:
        files.append(ChangedFile(f"{folder}/attribution.txt", "added", after=attribution.encode()))
    commits = (Commit("a" * 40, "Ada Brandt", "ada@example.org", message),)
    return Contribution("h" * 40, "b" * 40, tuple(files), commits, title="Letters", author="ada")


def judged(contribution: Contribution, preset: str) -> Verdict:
    return judge(contribution, Policy.preset(preset), Facts.of(()))


GOOD = proposed(skill())
OLD = (
    "version: 1\ncreated_by: ada\ndomain: lamps\ntask_description: About lamps.\nseed_examples:\n"
    + "".join(f"  - question: {question}\n    answer: {answer}\n" for question, answer in SEEDS)
)
FAULTS = {  # the fault: who brings it, the rule that sees it, and its weight by preset, in the order of PRESETS
    "three seeds": (proposed(skill(3)), "too-few-seeds", ("stop", "doubt", "stop", "stop")),
    "five seeds": (proposed(skill(5)), "too-few-seeds", (None, None, "stop", None)),
    "a skill of version 2": (proposed(skill(version=2)), "outdated-version", (None, None, "fix", None)),
    "knowledge of version 1": (
        proposed(OLD, folder="knowledge/lamps"),
        "outdated-version",
        ("fix", None, "fix", "fix"),
    ),
    "nobody says who wrote the text": (
        proposed(skill(), FIELDS),
        "undeclared-origin",
        (None, None, "fix", None),
    ),
    "no sign-off": (proposed(skill(), message="Add"), "missing-sign-off", ("fix", "fix", "fix", None)),
    "a sign-off of somebody else": (
        proposed(skill(), message=SIGNED.replace("Ada Brandt <ada", "Cora Diehl <cora")),
        "missing-sign-off",
        ("doubt", "note", "fix", None),
    ),
    "no attribution": (proposed(skill(), None), "missing-attribution", ("fix", "fix", "fix", None)),
    "no attribution in version 1": (
        proposed(skill(version=1), None),
        "missing-attribution",
        ("fix", None, "fix", None),
    ),
    "a gap in a skill's attribution": (
        proposed(skill(), ATTRIBUTION.partition("\n")[2]),
        "attribution-fields",
        ("doubt", "note", "fix", None),
    ),
    "a licence that is not allowed": (
        proposed(skill(), ATTRIBUTION.replace("CC-BY-4.0", "GPL-3.0-only")),
        "unknown-licence",
        ("fix", "doubt", "fix", None),
    ),
    "a display name": (proposed(skill(by="Ada Brandt")), "no-handle", ("doubt", "note", "fix", "note")),
    "an e-mail address": (
        proposed(skill(last="Ask ada.brandt@mail.dunmore.net who signs.")),
        "personal-data",
        ("doubt", "doubt", "fix", "doubt"),
    ),
    "a bank account": (
        proposed(skill(last="Pay DE89 3704 0044 0532 0130 00 and sign.")),
        "personal-data",
        ("fix", "fix", "stop", "fix"),
    ),
    "jokes": (
        proposed(skill(), folder="compositional_skills/writing/jokes"),
        "closed-topic",
        ("doubt", "note", "doubt", None),
    ),
    "a closed tree": (
        proposed(skill(), folder="foundational_skills/writing/letters"),
        "closed-tree",
        ("close", "close", "close", None),
    ),
}


@pytest.mark.parametrize("preset", PRESETS)
def test_a_good_leaf_passes_everywhere(preset: str) -> None:
    verdict = judged(GOOD, preset)
    assert (verdict.outcome, verdict.findings) == ("passed", ())


@pytest.mark.parametrize("fault", FAULTS)
def test_the_presets_weigh_one_fault_each_in_its_own_way(fault: str) -> None:
    contribution, rule, weights = FAULTS[fault]
    found = []
    for preset in PRESETS:
        heaviest = max(
            (f.weight for f in judged(contribution, preset).findings if f.rule == rule), default=None
        )
        found.append(heaviest.name if heaviest else None)
    assert tuple(found) == weights


def test_strict_never_weighs_a_fault_less_than_the_default() -> None:
    names = [None, *Weight.__members__]
    for _, _, (today, _, strict, _) in FAULTS.values():
        assert names.index(strict) >= names.index(today)


def test_instructlab_is_the_default() -> None:
    assert Policy.preset("instructlab") == Policy.default()


def test_the_paths_of_a_rule_are_where_it_looks() -> None:
    several = replace(
        GOOD, files=GOOD.files + proposed(skill(3), folder="compositional_skills/writing/notes").files
    )
    for paths, found in (
        ('["*"]', 1),
        ('["knowledge/*"]', 0),
        ('["compositional_skills/writing/notes/*"]', 1),
        ('["*/letters/*", "knowledge/*"]', 0),
        ("[]", 0),
    ):
        policy = Policy.from_toml(f"[rules.too-few-seeds]\npaths = {paths}\n")
        verdict = judge(several, policy, Facts.of(()))
        assert [f.rule for f in verdict.findings].count("too-few-seeds") == found, paths


@pytest.mark.parametrize("weight", [*Weight.__members__, "off"])
def test_a_weight_takes_the_place_of_the_rules_own(weight: str) -> None:
    policy = Policy.from_toml(f'[rules.too-few-seeds]\nweight = "{weight}"\n')
    found = [f.weight.name for f in judge(proposed(skill(3)), policy, Facts.of(())).findings]
    assert found == ([] if weight == "off" else [weight])


def test_a_weight_caps_what_the_rule_weighs_otherwise_and_raises_no_note() -> None:
    bank, mail = FAULTS["a bank account"][0], FAULTS["an e-mail address"][0]
    for weight, weights in (("note", ("note", "note")), ("close", ("close", "doubt"))):
        policy = Policy.from_toml(f'[rules.personal-data]\nweight = "{weight}"\n')
        found = [f.weight.name for c in (bank, mail) for f in judge(c, policy, Facts.of(())).findings]
        assert tuple(found) == weights
    noted = Policy.from_toml('[rules.personal-data]\nweight = "close"\ncontact = "note"\n')
    assert [f.weight.name for f in judge(mail, noted, Facts.of(())).findings] == ["note"]
