"""The judgement as a whole: outcome, labels, next step, and what was not checked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from triage_rules.contribution import ChangedFile, Commit, Contribution
from triage_rules.facts import SETTLED
from triage_rules.finding import Finding, Weight
from triage_rules.judge import judge
from triage_rules.policy import Policy
from triage_rules.rule import Facts, all_rules
from triage_rules.verdict import Verdict, outcome_of

FOLDER = "compositional_skills/writing/letters"
SEEDS = [
    ("How do I greet a new neighbour?", "Say your name and where you live."),
    ("Which closing suits an old friend?", "A warm wish is enough."),
    ("How long should a note be?", "Three sentences do."),
    ("What stands at the top of a formal letter?", "The address and the date."),
    ("When is a reply due?", "Within a week."),
]
ATTRIBUTION = b"Title of work: Letters\nLicense of the work: CC-BY-4.0\nCreator names: Ada Brandt\n"
SIGNED = Commit("c1", "Ada Brandt", "ada@example.org", "Add\n\nSigned-off-by: Ada Brandt <ada@example.org>\n")


def leaf(seeds: list[tuple[str, str]], version: int = 3) -> bytes:
    head = (
        f"version: {version}\ncreated_by: ada-brandt\ntask_description: Advice on letters.\nseed_examples:\n"
    )
    return (head + "".join(f"  - question: {q}\n    answer: {a}\n" for q, a in seeds)).encode()


def contribution(qna: bytes, attribution: bytes = ATTRIBUTION, **more: object) -> Contribution:
    files = (
        ChangedFile(f"{FOLDER}/attribution.txt", "added", after=attribution),
        ChangedFile(f"{FOLDER}/qna.yaml", "added", after=qna),
    )
    told: dict[str, object] = {"commits": (SIGNED,), "author": "ada-brandt", **more}
    return Contribution("h", "b", files, **told)  # type: ignore[arg-type]


def test_a_clean_leaf_passes() -> None:
    verdict = judge(contribution(leaf(SEEDS)), facts=Facts.of([]))
    assert verdict.outcome == "passed"
    assert not verdict.findings
    assert verdict.labels == ("triage-needed", "skill")
    assert verdict.next == "A triager may approve it."
    assert [(f.path.rpartition("/")[2], f.schema_ok, f.version) for f in verdict.files] == [
        ("attribution.txt", None, None),
        ("qna.yaml", True, 3),
    ]


def test_a_leaf_that_is_taken_away_is_no_fault_and_is_named() -> None:
    files = (
        ChangedFile(f"{FOLDER}/attribution.txt", "deleted", before=ATTRIBUTION),
        ChangedFile(f"{FOLDER}/qna.yaml", "deleted", before=leaf(SEEDS)),
    )
    change = Contribution("h", "b", files, commits=(SIGNED,), author="ada-brandt")
    assert change.withdrawn == (FOLDER,)
    assert judge(change, facts=Facts.of([])).outcome == "passed"
    assert contribution(leaf(SEEDS)).withdrawn == ()


def test_a_leaf_that_moves_to_another_name_is_not_taken_away() -> None:
    files = (
        ChangedFile(f"{FOLDER}/qna.yaml", "deleted", before=leaf(SEEDS)),
        ChangedFile(f"{FOLDER}/qna.yml", "added", after=leaf(SEEDS)),
    )
    assert Contribution("h", "b", files, commits=(SIGNED,)).withdrawn == ()


def test_a_missing_fact_is_said_and_never_passed_over() -> None:
    verdict = judge(contribution(leaf(SEEDS)))
    needing = {rule.id for rule in all_rules() if rule.needs}
    cites_nothing = {rule.id for rule in all_rules() if SETTLED.keys() & set(rule.needs)}
    assert {each.rule for each in verdict.not_checked} == needing - cites_nothing - {"author-on-hold"}
    assert {"near-duplicate", "not-the-author", "too-many-open", "already-known"} <= needing - cites_nothing
    assert all(each.why for each in verdict.not_checked)


def test_without_the_index_a_leaf_that_contradicts_itself_is_still_stopped() -> None:
    twice = [*SEEDS, ("Is ink black?", '"Yes, it is."'), ("Is ink black?", '"No, it is blue."')]
    assert "contradiction" in {finding.rule for finding in judge(contribution(leaf(twice))).findings}


def test_an_empty_diff_has_nothing_to_judge() -> None:
    verdict = judge(Contribution("h", "b", ()))
    assert (verdict.outcome, verdict.next, verdict.labels, verdict.files) == (
        "passed",
        "nothing to judge",
        (),
        (),
    )


def test_too_few_seeds_ask_the_author_for_changes() -> None:
    verdict = judge(contribution(leaf(SEEDS[:2])), facts=Facts.of([]))
    assert verdict.outcome == "changes-requested"
    assert verdict.labels == ("triage-requested-changes", "skill")
    assert verdict.next.startswith("ada-brandt has 1 thing to mend")


@pytest.mark.parametrize(
    ("weights", "outcome"),
    [
        ([], "passed"),
        ([Weight.note], "passed"),
        ([Weight.doubt, Weight.note], "needs-human"),
        ([Weight.doubt, Weight.fix], "changes-requested"),
        ([Weight.stop], "changes-requested"),
        ([Weight.fix, Weight.close], "rejected"),
    ],
)
def test_the_heaviest_finding_decides(weights: list[Weight], outcome: str) -> None:
    assert outcome_of(tuple(Finding("r", w, "p", None, None, "m", "") for w in weights)) == outcome


def test_a_policy_can_switch_a_rule_off_or_make_it_lighter() -> None:
    few = contribution(leaf(SEEDS[:2]))
    for weight, outcome in (
        ("off", "passed"),
        ("note", "passed"),
        ("doubt", "needs-human"),
        ("close", "rejected"),
    ):
        policy = Policy.from_toml(f'[rules.too-few-seeds]\nweight = "{weight}"\n')
        assert judge(few, policy, Facts.of([])).outcome == outcome


def test_a_policy_can_keep_a_rule_to_some_paths() -> None:
    policy = Policy.from_toml('[rules.too-few-seeds]\npaths = ["knowledge/*"]\n')
    assert judge(contribution(leaf(SEEDS[:2])), policy, Facts.of([])).outcome == "passed"


def test_a_verdict_survives_the_way_through_json() -> None:
    verdict = judge(contribution(leaf(SEEDS[:2])))
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_the_unchanged_attribution_beside_a_changed_leaf_counts() -> None:
    path = f"{FOLDER}/qna.yaml"
    files = (ChangedFile(path, "modified", before=b"", after=leaf(SEEDS)),)
    beside = {f"{FOLDER}/attribution.txt": ATTRIBUTION}
    assert judge(Contribution("h", "b", files, (SIGNED,), siblings=beside)).files[0].schema_ok is True
    assert judge(Contribution("h", "b", files, (SIGNED,))).files[0].schema_ok is False


def test_what_is_found_of_personal_data_is_never_repeated() -> None:
    mail = "cora@" + "post-office.net"
    told = judge(contribution(leaf([*SEEDS, ("Whom do I ask?", f"Ask {mail} for it.")]))).to_json()
    assert mail not in str(told["findings"])


@given(st.binary(max_size=300), st.sampled_from(["qna.yaml", "attribution.txt", "QNA.yml", "a\nb", "\u202e"]))
def test_nothing_that_a_stranger_sends_raises_anything(data: bytes, name: str) -> None:
    files = (
        ChangedFile(f"{FOLDER}/{name}", "added", after=data),
        ChangedFile(f"{FOLDER}/x", "deleted", before=data),
    )
    verdict = judge(Contribution("h", "b", files, (Commit("s", "", "", ""),)), facts=Facts.of([]))
    assert Verdict.from_json(verdict.to_json()) == verdict
