"""A fact that lacks is said; what is still being fetched is no last word; facts travel as plain data."""

from __future__ import annotations

import msgspec
import pytest

from triage_rules.contribution import ChangedFile, Commit, Contribution
from triage_rules.facts import (
    BARRED_HOST,
    MOST_CITED,
    SETTLED,
    Answered,
    Author,
    Cited,
    CitedFile,
    Document,
    Documents,
    Others,
    Told,
    awaited,
)
from triage_rules.judge import judge
from triage_rules.policy import Policy
from triage_rules.quotes import MOST
from triage_rules.rule import Facts, all_rules
from triage_rules.verdict import Verdict

REPO, COMMIT = "https://github.com/harbour/lamps", "4a" * 20
CITED = Cited(REPO, COMMIT, ("lamps.md",))
TEXT = "The north mole of Pellow carries three green lamps in winter."
READ = Document(CITED, "there", files=(CitedFile("lamps.md", TEXT),))
LEAF = f"""version: 3
created_by: ada-brandt
domain: Harbour lamps
document_outline: |
  The lamps of the harbour.
seed_examples:
  - context: |
      {TEXT}
    questions_and_answers:
      - question: How many lamps are there?
        answer: There are three of them.
document:
  repo: {REPO}
  commit: {COMMIT}
  patterns:
    - lamps.md
"""
NEEDING = {rule.id for rule in all_rules() if SETTLED.keys() & set(rule.needs)}
READING = {rule.id for rule in all_rules() if rule.needs == ("texts",)}


def contribution(*leaves: str) -> Contribution:
    files = tuple(
        ChangedFile(f"knowledge/harbour/lamps{n}/qna.yaml", "added", after=text.encode())
        for n, text in enumerate(leaves)
    )
    signed = Commit("c" * 40, "Ada", "ada@example.org", "Lamps\n\nSigned-off-by: Ada <ada@example.org>")
    return Contribution("h", "b", files, commits=(signed,), author="ada-brandt")


def judged(*known: Document, coming: bool = False, leaves: tuple[str, ...] = (LEAF,)) -> Verdict:
    facts = Facts.of([], Told(documents=Documents(known, coming)))
    return judge(contribution(*leaves), Policy.from_toml(QUIET), facts)


# What else these short leaves lack is not what is looked at here.
QUIET = "".join(
    f'[rules.{rule.id}]\nweight = "off"\n'
    for rule in all_rules()
    if rule.id not in NEEDING | {"unlisted-host"}
)


def why_not(verdict: Verdict) -> dict[str, str]:
    return {each.rule: each.why for each in verdict.not_checked}


def test_a_document_that_nobody_fetches_leaves_its_rules_unchecked_and_says_why() -> None:
    verdict = judged()
    assert set(why_not(verdict)) == NEEDING
    assert set(why_not(verdict).values()) == {"the cited document was not fetched here"}
    assert verdict.waits == ()
    assert "waits" not in verdict.to_json()  # the contract's keys, where nothing is on its way


def test_while_a_document_is_fetched_nobody_is_called_and_nothing_reads_as_final() -> None:
    verdict = judged(coming=True)
    assert verdict.waits == (CITED,)
    assert set(why_not(verdict).values()) == {"the cited document is still being fetched"}
    assert verdict.labels == ("knowledge",)
    assert verdict.next.startswith("Nobody needs to do anything yet")
    assert Verdict.from_json(verdict.to_json()) == verdict


def test_a_document_that_was_read_is_checked_and_its_verdict_is_final() -> None:
    verdict = judged(READ, coming=True)
    assert (verdict.outcome, why_not(verdict), verdict.waits) == ("passed", {}, ())
    assert verdict.labels == ("triage-needed", "knowledge")


def test_a_document_that_is_tried_again_is_waited_for_and_one_given_up_goes_to_a_person() -> None:
    again = Document(CITED, "later", "the host did not answer", tries=1)
    assert judged(again, coming=True).waits == (CITED,)
    assert why_not(judged(again))  # where nobody tries again it is not checked, and says so
    given_up = Document(CITED, "unreachable", "the host did not answer in five tries")
    verdict = judged(given_up, coming=True)
    assert (verdict.outcome, verdict.waits) == ("needs-human", ())
    assert set(why_not(verdict)) == READING


def test_a_document_that_is_not_there_was_looked_for_and_read_by_nobody() -> None:
    verdict = judged(Document(CITED, "not-found", "its repository has no such commit"))
    assert verdict.outcome == "changes-requested"
    assert why_not(verdict) == dict.fromkeys(READING, "its repository has no such commit")
    verdict = judged(Document(CITED, "refused", BARRED_HOST))
    assert verdict.outcome == "needs-human"
    assert why_not(verdict) == dict.fromkeys({*READING, "document-not-found"}, BARRED_HOST)


def test_a_leaf_that_no_model_was_asked_about_is_not_known_to_be_unknown() -> None:
    asked = Answered("knowledge/harbour/lamps0", "v1", 0.9, 0.2, 10)
    facts = Facts.of([], Told(Documents((READ,)), answered=(asked,)))
    policy = Policy.from_toml(QUIET.replace('[rules.already-known]\nweight = "off"\n', ""))
    assert "already-known" not in why_not(judge(contribution(LEAF), policy, facts))
    verdict = judge(contribution(LEAF, LEAF), policy, facts)
    assert [f.path for f in verdict.findings if f.rule == "already-known"] == [
        "knowledge/harbour/lamps0/qna.yaml"
    ]
    assert why_not(verdict) == {"already-known": "no model was asked its questions yet"}


def test_what_the_author_has_to_mend_anyhow_is_said_while_a_document_is_fetched() -> None:
    facts = Facts.of([], Told(documents=Documents((), True)))
    strict = QUIET + '[rules.unlisted-host]\nallowed = ["example.org"]\nweight = "fix"\n'
    verdict = judge(contribution(LEAF), Policy.from_toml(strict), facts)
    assert (verdict.outcome, verdict.waits) == ("changes-requested", (CITED,))
    assert "triage-requested-changes" in verdict.labels


def test_one_of_two_documents_that_lacks_is_enough_to_be_not_checked() -> None:
    other = LEAF.replace("/lamps\n", "/ferries\n")
    assert set(why_not(judged(READ, leaves=(LEAF, other)))) == NEEDING


def test_more_documents_than_are_looked_at_are_said_to_be_unchecked() -> None:
    leaves = tuple(LEAF.replace("/lamps\n", f"/lamps{n}\n") for n in range(MOST_CITED + 1))
    known = tuple(
        Document(Cited(f"{REPO}{n}", COMMIT, ("lamps.md",)), "there", files=READ.files)
        for n in range(MOST_CITED)
    )
    assert set(why_not(judged(*known, coming=True, leaves=leaves)).values()) == {
        f"only the first {MOST_CITED} documents are looked at"
    }


def test_documents_beyond_what_is_searched_are_named_and_blame_nobody() -> None:
    long = Document(CITED, "there", files=(CitedFile("lamps.md", "lamp " * (MOST // 5 + 1)),))
    other = LEAF.replace("/lamps\n", "/ferries\n")
    second = Document(
        Cited("https://github.com/harbour/ferries", COMMIT, ("lamps.md",)), "there", files=READ.files
    )
    verdict = judged(long, second, leaves=(LEAF, other))
    found = [(f.weight.name, f.path[-10]) for f in verdict.findings if f.rule == "not-in-document"]
    assert found == [("note", "0"), ("note", "1")]


def test_a_policy_that_asks_for_no_document_waits_for_none() -> None:
    silent = "".join(f'[rules.{name}]\nweight = "off"\n' for name in NEEDING)
    facts = Facts.of([], Told(documents=Documents((), True)))
    assert awaited(contribution(LEAF), facts) == (CITED,)
    verdict = judge(contribution(LEAF), Policy.from_toml(silent), facts)
    assert verdict.waits == ()
    assert "triage-requested-changes" in verdict.labels or "triage-needed" in verdict.labels


@pytest.mark.parametrize("form", [msgspec.json, msgspec.msgpack])
def test_facts_travel_as_plain_data(form: object) -> None:
    told = Told(Documents((READ,), True), Author("17", "ada"), Others((1, 2)))
    assert form.decode(form.encode(told), type=Told) == told  # type: ignore[attr-defined]
