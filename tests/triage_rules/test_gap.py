"""A draft passes every rule but for its gaps, and a gap never hides what must be told at once."""

from __future__ import annotations

import pytest

from tests.triage_rules.test_judge import ATTRIBUTION, FOLDER, SEEDS, leaf
from tests.triage_rules.test_lifting import OLD
from triage_rules import draft
from triage_rules.attribution import LABELS
from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.finding import Weight
from triage_rules.gap import gap, gaps
from triage_rules.judge import GAPS, judge
from triage_rules.lifting import lift
from triage_rules.policy import Policy
from triage_rules.rule import Facts
from triage_rules.schemas import problems
from triage_rules.taxonomy import read

KINDS = {
    draft.FREEFORM: "compositional_skills/a",
    draft.GROUNDED: "compositional_skills/a",
    draft.KNOWLEDGE: "knowledge/a",
}


def drafted(kind: str, seeds: int, handle: str | None = None) -> Contribution:
    texts = {
        "qna.yaml": draft.qna(kind, seeds, handle),
        "attribution.txt": draft.attribution(list(LABELS), ["MIT"]),
    }
    return Contribution(
        "h",
        "b",
        tuple(ChangedFile(f"{KINDS[kind]}/{n}", "added", after=t.encode()) for n, t in texts.items()),
    )


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("preset", "seeds"), [("instructlab", 5), ("instructlab-2024", 12), ("strict", 8)])
def test_a_draft_is_told_its_gaps_and_nothing_else(kind: str, preset: str, seeds: int) -> None:
    contribution = drafted(kind, seeds)
    verdict = judge(contribution, Policy.preset(preset), Facts.of([]))
    assert {each.rule for each in verdict.findings} == {GAPS}
    assert len(list(gaps(contribution))) == {draft.FREEFORM: 2 * seeds + 2, draft.GROUNDED: 3 * seeds + 2,
                                             draft.KNOWLEDGE: 7 * seeds + 6}[kind] + len(LABELS)  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_has_the_form_of_its_kind_and_the_newest_schema(kind: str) -> None:
    [file] = [each for each in drafted(kind, 6, "ada").files if each.name == "qna.yaml"]
    reading = read(file.path, file.after or b"")
    assert reading.leaf is not None
    assert reading.root is not None
    assert (reading.leaf.kind, reading.leaf.groups, reading.leaf.created_by) == (kind, 6, "ada")
    assert list(problems(reading.root, 3, reading.schema)) == []


@pytest.mark.parametrize("handle", ["ada-b", "12", "yes", 'a"b', "a: b", "- a", "#a", "a\nb: c"])
def test_a_handle_stays_the_text_that_it_is(handle: str) -> None:
    [file] = [each for each in drafted(draft.FREEFORM, 5, handle).files if each.name == "qna.yaml"]
    leaf = read(file.path, file.after or b"").leaf
    assert leaf is not None
    assert leaf.created_by == handle


def with_gap(answer: str) -> Contribution:
    data = leaf([*SEEDS[:4], ("Who signs?", answer)])
    files = [
        ChangedFile(f"{FOLDER}/{n}", "added", after=d)
        for n, d in (("qna.yaml", data), ("attribution.txt", ATTRIBUTION))
    ]
    return Contribution("h", "b", tuple(files))


def test_a_gap_is_named_kindly_at_its_key() -> None:
    [finding] = judge(with_gap(gap("who signs")), facts=Facts.of([])).findings
    assert (finding.rule, finding.line, finding.message) == (
        "placeholder-text", 14, "`answer` is left for you to write: who signs.",
    )  # fmt: skip


def test_a_gap_hides_no_secret_beside_it() -> None:
    told = judge(with_gap(f"{gap('it')} AKIAIOSFODNN7EXAMPLQ"), facts=Facts.of([])).findings
    assert {(each.rule, each.weight) for each in told} == {("secret", Weight.stop), (GAPS, Weight.fix)}


def test_where_the_policy_lets_placeholders_be_the_other_rules_speak() -> None:
    policy = Policy.from_toml('[rules.placeholder-text]\nweight = "off"\n')
    told = judge(drafted(draft.FREEFORM, 5), policy, Facts.of([])).findings
    assert {"no-handle", "unknown-licence"} <= {each.rule for each in told}


@pytest.mark.parametrize("said", ['weight = "note"', 'paths = ["knowledge/*"]'])
def test_no_gap_hides_more_than_it_weighs_where_the_policy_sees_it(said: str) -> None:
    policy = Policy.from_toml(f"[rules.placeholder-text]\n{said}\n")
    told = judge(with_gap(f"{gap('it')} Call Ada on her IBAN DE89370400440532013000."), policy, Facts.of([]))
    assert "personal-data" in {each.rule for each in told.findings}
    assert told.outcome == "changes-requested"


def test_a_passage_that_waits_for_its_author_supports_no_answer_yet() -> None:
    path, old = "knowledge/a/qna.yaml", OLD.replace("A moon.", "In 1851 Ottokar Lindqvist saw it.")
    now = lift(path, old.replace("How many are there?", "Who saw it in 1851?").encode()).data
    assert now is not None
    assert "1851" in now.decode()
    changed = (ChangedFile(path, "added", after=now),)
    assert "unsupported-answer" not in {each.rule for each in judge(Contribution("", "", changed)).findings}
    filled = now.replace(
        b"<TO WRITE passage 1 of the document, word for word>", b"The harbour has two lamps."
    )
    changed = (ChangedFile(path, "added", after=filled),)
    assert "unsupported-answer" in {each.rule for each in judge(Contribution("", "", changed)).findings}
