"""Documents that leaves cite: judged without them at first, which is no last word, then fetched, then judged again."""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pygit2
import pytest

from service import settings, tasks
from service.db.engine import Database, sqlite_url
from service.db.tables import Contribution, Repository, Wanted
from service.demo import documents as story_documents
from service.facts.documents import SOON, TRIES, Shelf
from service.house import House
from service.lines import approvals, documents, merge, policy_change, triage
from service.lines.obey import obey
from service.placement.judge import Judge
from tests.lines.batch_world import World
from triage_rules.facts import SETTLED
from triage_rules.rule import all_rules
from webhooks.event import Person, Pushed
from webhooks.forge import Pull

pytestmark = pytest.mark.slow

HOST = "https://docs.example.org"
COMMIT = "4a" * 20
LINES = [f"Lamp {n} of the north mole burns for {n + 10} hours in winter." for n in range(5)]
# What else these leaves lack is not what is looked at here.
LOOKED_AT = {"unlisted-host", "outdated-version", "too-many-open", "author-on-hold"}
POLICY = "".join(
    f'[rules.{rule.id}]\nweight = "off"\n'
    for rule in all_rules()
    if rule.id not in LOOKED_AT and not {*SETTLED, "answered", "generated"} & set(rule.needs)
)


def leaf(address: str, lines: list[str] = LINES, commit: str = COMMIT, pattern: str = "lamps.md") -> str:
    seeds = "".join(
        f"  - context: |\n      {line}\n    questions_and_answers:\n"
        + "".join(
            f"      - question: {ask} of lamp {n}?\n        answer: The lamp {said} {n + 10} hours in winter.\n"
            for ask, said in (
                ("What is the winter burning time", "burns for"),
                ("Who may see the light", "is seen"),
            )
        )
        for n, line in enumerate(lines)
    )
    return (
        "version: 3\ncreated_by: ada\ndomain: Lamps\ndocument_outline: |\n  Lamps of the harbour.\n"
        f"seed_examples:\n{seeds}document:\n  repo: {address}\n  commit: {commit}\n  patterns:\n    - {pattern}\n"
    )


class Port(World):
    """A forge with contributions, a judge, and documents that are found as the test says."""

    def __init__(self, folder: Path, judge: Judge) -> None:
        super().__init__(folder, POLICY)
        self.found, self.now = folder / "found.json", [time.time()]
        chosen = settings.read({"UPWEIGHT_DOCUMENT_HOSTS": "docs.example.org"}, home=folder / "home")
        self.judge, self.rung = judge, list[tuple[Any, ...]]()
        self.house = self.opened(chosen)
        self.finds({})

    def opened(self, chosen: settings.Settings) -> House:
        """The house as it is after a start."""
        house = House(chosen, Database(sqlite_url(chosen.home / "upweight.db")), judge=self.judge)
        house.ring = lambda *what: self.rung.append(what)
        script = str(Path(__file__).with_name("shelved.py"))
        house.documents = Shelf(chosen, (sys.executable, script, str(self.found)), lambda: self.now[0])
        return house

    def finds(self, what: dict[str, dict[str, Any]]) -> None:
        """What the fetcher finds from now on."""
        self.found.write_text(json.dumps({f"{HOST}/{name}": document for name, document in what.items()}))

    def asked(self) -> list[str]:
        """The repositories that were asked for, in their order."""
        file = self.found.with_suffix(".asked")
        return [line.rpartition("/")[2] for line in file.read_text().split()] if file.exists() else []

    def proposed(self, number: int, *texts: str, author: str = "ada") -> None:
        """A push of leaves, taken in as its delivery would be."""
        tip = self.git.references["refs/heads/main"].peel(pygit2.Commit)
        index = pygit2.Index()
        index.read_tree(tip.tree)
        for place, text in enumerate(texts):
            name = f"knowledge/harbour/lamps_{number}_{place}/qna.yaml"
            index.add(
                pygit2.IndexEntry(name, self.git.create_blob(text.encode()), pygit2.enums.FileMode.BLOB)
            )
        who = pygit2.Signature("Ada", "ada@example.org", number, 0)
        message, ref = "Add lamps\n\nSigned-off-by: Ada <ada@example.org>\n", f"refs/pull/{number}/head"
        head = str(self.git.create_commit(None, who, who, message, index.write_tree(self.git), [tip.id]))
        self.git.references.create(ref, head, force=True)
        ada = Person("plain", author, author)
        forge = self.house.forge(self.repository)
        forge.adopt(Pull(number, head, "main", f"lamps-{number}", "Lamps", ada, 1000.0))
        event = Pushed("plain", "t", number, head, "main", "lamps", ada, "Lamps")
        triage.seen(self.house, self.repository, event)

    def verdict(self, number: int = 1) -> dict[str, Any]:
        found = self.member(number).verdict
        assert found is not None
        return found

    def unchecked(self, number: int = 1) -> dict[str, str]:
        return {each["rule"]: each["why"] for each in self.verdict(number)["not_checked"]}

    def report(self, number: int = 1) -> dict[str, Any]:
        with self.house.database.read() as session:
            return dict(session.get_one(Wanted, ("t", number)).report)


def text(*lines: str) -> dict[str, Any]:
    return {"state": "there", "files": [{"path": "lamps.md", "text": "\n\n".join(("# Lamps", *lines))}]}


@pytest.fixture(scope="module")
def judge() -> Iterator[Judge]:
    made = Judge()
    yield made
    made.close()


@pytest.fixture
def port(tmp_path: Path, judge: Judge) -> Port:
    return Port(tmp_path, judge)


def test_a_contribution_is_judged_at_once_and_nobody_is_called_before_its_document_is_there(
    port: Port,
) -> None:
    port.finds({"lamps": text(*LINES)})
    port.proposed(1, leaf(f"{HOST}/lamps"))
    assert port.member(1).state == "opened"
    assert port.unchecked()["not-in-document"] == "the cited document is still being fetched"
    report = port.report()
    assert "triage-needed" not in report["labels"]
    assert (report["check"]["status"], report["check"]["conclusion"]) == ("in_progress", None)
    assert "Still being checked" in report["comments"]["triage"]
    assert "Worth accepting" not in report["comments"]["triage"]
    assert ("fetch",) in port.rung
    owner = Person("plain", port.owner, port.owner)
    assert not obey(port.house, "t", "approve", {"number": 1}, owner).ok

    documents.fetch(port.house)
    assert port.member(1).state == "needs-review"
    assert "not-in-document" not in port.unchecked()
    assert "waits" not in port.verdict()
    report = port.report()
    assert "triage-needed" in report["labels"]
    assert (report["check"]["status"], report["check"]["conclusion"]) == ("completed", "success")
    assert "Worth accepting" in report["comments"]["triage"]
    assert port.asked() == ["lamps"]
    documents.fetch(port.house)
    assert port.asked() == ["lamps"]
    judged = [body for kind, body in port.events() if kind == "contribution.judged"]
    assert [body.get("waits") for body in judged] == [1, None]


def test_a_context_from_elsewhere_is_sent_back_once_the_document_is_there(port: Port) -> None:
    port.finds(
        {"lamps": text("Ferries leave the south quay at noon, and return before the tide has turned.")}
    )
    port.proposed(1, leaf(f"{HOST}/lamps"))
    documents.fetch(port.house)
    assert port.member(1).state == "changes-requested"
    found = [f for f in port.verdict()["findings"] if f["rule"] == "not-in-document"]
    assert [(f["weight"], f["line"]) for f in found][:2] == [("fix", 8), ("fix", 15)]


def test_a_document_that_is_not_there_is_said_to_its_author(port: Port) -> None:
    port.finds({"lamps": {"state": "not-found", "why": "its repository has no such commit"}})
    port.proposed(1, leaf(f"{HOST}/lamps"))
    documents.fetch(port.house)
    assert port.member(1).state == "changes-requested"
    assert "its repository has no such commit" in port.report()["comments"]["triage"]


def test_what_is_known_already_is_judged_at_once_and_fetched_by_nobody(port: Port) -> None:
    port.finds({"lamps": text(*LINES)})
    port.proposed(1, leaf(f"{HOST}/lamps"))
    documents.fetch(port.house)
    port.rung.clear()
    port.proposed(1, leaf(f"{HOST}/lamps").replace("domain: Lamps", "domain: Lamps of the harbour"))
    assert port.member(1).state == "needs-review"
    assert ("fetch",) not in port.rung
    assert port.asked() == ["lamps"]


def test_the_operators_mirror_is_read_and_nobody_is_asked(port: Port, tmp_path: Path) -> None:
    (tmp_path / "documents").mkdir()
    (tmp_path / "documents" / "lamps.md").write_text("\n".join(LINES))
    commit = story_documents.build(tmp_path / "documents", tmp_path / "documents.git")
    with port.house.database.write() as session:
        row = port.repository
        row.documents = str(tmp_path / "documents.git")
        session.add(row)
    port.proposed(1, leaf("https://elsewhere.example/lamps", commit=commit))
    assert port.member(1).state == "needs-review"
    assert port.unchecked().keys() == {"already-known", "nothing-generated"}
    assert port.asked() == []


def test_a_host_that_this_service_does_not_ask_leaves_it_to_a_person(port: Port) -> None:
    port.proposed(1, leaf("https://elsewhere.example/lamps"))
    assert port.member(1).state == "needs-human"
    assert port.unchecked()["not-in-document"] == "this service fetches nothing from its host"
    assert [f["rule"] for f in port.verdict()["findings"] if f["weight"] == "doubt"] == ["unlisted-host"]


def test_a_host_that_does_not_answer_is_tried_again_and_then_a_person_looks(port: Port) -> None:
    port.proposed(1, leaf(f"{HOST}/lamps"))
    for tries in range(1, TRIES):
        documents.fetch(port.house)
        documents.fetch(port.house)  # nothing is due before its time
        assert port.asked() == ["lamps"] * tries
        assert port.member(1).state == "opened"
        port.now[0] += SOON * 4 ** (tries - 1)
    documents.fetch(port.house)
    assert port.member(1).state == "needs-human"
    assert port.unchecked()["not-in-document"] == f"nobody answers, in {TRIES} tries"


def test_after_a_restart_what_waited_is_fetched(port: Port) -> None:
    port.proposed(1, leaf(f"{HOST}/lamps"))
    port.finds({"lamps": text(*LINES)})
    port.house.database.close()
    port.house = port.opened(port.house.settings)
    port.rung.clear()
    tasks.catch_up(port.house)
    assert ("fetch",) in port.rung
    documents.fetch(port.house)
    assert port.member(1).state == "needs-review"


def test_one_author_with_many_documents_keeps_nobody_else_waiting(port: Port) -> None:
    names = [f"a{n}" for n in range(3)]
    port.finds({name: text(*LINES) for name in (*names, "b")})
    port.proposed(1, *(leaf(f"{HOST}/{name}") for name in names))
    port.proposed(2, leaf(f"{HOST}/b"), author="ben")
    documents.fetch(port.house)
    assert port.asked() == ["a0", "b", "a1", "a2"]


def test_an_author_has_so_many_fetched_in_an_hour_and_the_rest_waits(port: Port) -> None:
    port.finds({"lamps": text(*LINES)})
    port.house.fetched["plain", "ada"] = [time.time()] * documents.PER_AUTHOR
    port.proposed(1, leaf(f"{HOST}/lamps"))
    documents.fetch(port.house)
    assert port.asked() == []
    assert port.member(1).state == "opened"
    port.house.fetched["plain", "ada"] = [time.time() - documents.HOUR - 1] * documents.PER_AUTHOR
    documents.fetch(port.house)
    assert port.member(1).state == "needs-review"


def test_two_that_cite_the_same_have_it_fetched_once(port: Port) -> None:
    port.finds({"lamps": text(*LINES)})
    port.proposed(1, leaf(f"{HOST}/lamps"))
    port.proposed(2, leaf(f"{HOST}/lamps"), author="ben")
    documents.fetch(port.house)
    assert port.asked() == ["lamps"]
    assert "waits" not in port.verdict(1)
    assert "waits" not in port.verdict(2)


def test_a_push_in_the_meantime_is_judged_for_itself(port: Port) -> None:
    port.finds({"lamps": text(*LINES), "others": text(*LINES)})
    port.proposed(1, leaf(f"{HOST}/lamps"))
    port.proposed(1, leaf(f"{HOST}/others"))
    documents.fetch(port.house)
    assert port.asked() == ["others"]
    assert port.member(1).state == "needs-review"


def test_what_the_author_must_mend_anyhow_is_said_at_once(port: Port) -> None:
    port.proposed(1, leaf(f"{HOST}/lamps").replace("version: 3", "version: 2"))
    assert port.member(1).state == "changes-requested"
    assert port.report()["check"]["conclusion"] == "failure"
    assert "still being fetched" in port.report()["comments"]["triage"]


def test_the_authors_other_open_contributions_are_counted_for_those_that_came_later(port: Port) -> None:
    port.write(".upweight/policy.toml", POLICY + "[rules.too-many-open]\nat_most = 2\n")
    port.commit("Set a limit")
    for number, author in ((1, "ada"), (2, "ben"), (3, "ada"), (4, "ada")):
        port.proposed(number, leaf("https://elsewhere.example/lamps"), author=author)
    rules = {n: [f["rule"] for f in port.verdict(n)["findings"]] for n in (1, 2, 3, 4)}
    assert {n for n, found in rules.items() if "too-many-open" in found} == {4}


def test_an_author_on_hold_waits_for_a_maintainer(port: Port) -> None:
    port.write(".upweight/policy.toml", POLICY + '[rules.author-on-hold]\nauthors = ["ben"]\n')
    port.commit("Put Ben on hold")
    port.proposed(1, "version: 2\n", author="ben")
    port.proposed(2, "version: 2\n", author="ada")
    assert "author-on-hold" in [f["rule"] for f in port.verdict(1)["findings"]]
    assert "author-on-hold" not in [f["rule"] for f in port.verdict(2)["findings"]]


def test_what_a_model_knows_of_it_is_told_once_it_was_measured(port: Port) -> None:
    port.finds({"lamps": text(*LINES)})
    port.proposed(1, leaf(f"{HOST}/lamps"))
    documents.fetch(port.house)
    assert "already-known" in port.unchecked()
    owner = Person("plain", port.owner, port.owner)
    assert obey(port.house, "t", "precheck", {"number": 1}, owner).ok
    [measure] = [run for run in port.runs("queued") if run.kind == "measure"]
    items = [json.loads(line) for line in (Path(measure.directory) / "items.jsonl").read_text().splitlines()]
    port.end(measure, scores={item["id"]: [1, 0.9] for item in items})
    triage.rejudge(port.house, port.repository, 1)
    assert "already-known" not in port.unchecked()
    [found] = [f for f in port.verdict()["findings"] if f["rule"] == "already-known"]
    assert (found["weight"], found["message"]) == (
        "note",
        f"base answers {len(items)} of {len(items)} questions right already.",
    )
    assert port.member(1).state == "needs-review"


UNREAD = POLICY + "".join(
    f'[rules.{rule.id}]\nweight = "off"\n' for rule in all_rules() if {*SETTLED} & set(rule.needs)
)
FEW = '[rules.too-few-seeds]\nweight = "off"\n'


def rule_by(port: Port, policy: str) -> None:
    """A policy on the base branch, and all judged by it."""
    port.write(".upweight/policy.toml", policy)
    port.commit("Change the policy")
    policy_change.judge_again(port.house, port.repository)


@pytest.mark.parametrize(("read", "state"), [(LINES, "merged"), (["Ferries leave."], "changes-requested")])
def test_what_was_approved_before_documents_were_asked_for_waits_for_them(
    port: Port, read: list[str], state: str
) -> None:
    rule_by(port, UNREAD)
    port.finds({"lamps": text(*read)})
    port.proposed(1, leaf(f"{HOST}/lamps"))
    owner = Person("plain", port.owner, port.owner)
    assert obey(port.house, "t", "approve", {"number": 1}, owner).ok
    rule_by(port, POLICY)
    assert port.member(1).state == "approved"
    assert port.verdict()["waits"]
    assert merge.merge_approved(port.house, port.repository) == 0, "nobody has held it against its document"
    documents.fetch(port.house)
    assert merge.merge_approved(port.house, port.repository) == (state == "merged")
    assert port.member(1).state == state
    assert port.report()["check"]["status"] == "completed"


def test_a_repository_that_is_gone_keeps_nobody_elses_documents_waiting(port: Port, tmp_path: Path) -> None:
    port.finds({"lamps": text(*LINES)})
    port.proposed(2, leaf(f"{HOST}/lamps"))
    with port.house.database.write() as session:
        session.add(
            Repository(**{**port.repository.model_dump(), "id": "u", "address": str(tmp_path / "gone")})
        )
        session.add(Contribution(**{**port.member(2).model_dump(), "repository": "u", "number": 1}))
    documents.fetch(port.house)
    assert port.member(2).state == "needs-review"


def test_an_approval_that_a_policy_took_away_comes_back_by_no_document(port: Port) -> None:
    port.git.config["upweight.maintainers"] = "tom, may"
    two = "[approve]\nneeds = 2\n"
    rule_by(port, UNREAD + two)
    port.finds({"lamps": text(*LINES)})
    port.proposed(1, leaf(f"{HOST}/lamps"))
    assert obey(port.house, "t", "approve", {"number": 1}, Person("plain", "tom", "tom")).ok
    port.proposed(1, leaf(f"{HOST}/lamps") + "\n")
    kept = [body["by"] for kind, body in port.events() if kind == approvals.KEPT]
    assert kept == [["plain/tom"]]
    rule_by(port, (UNREAD + two).replace(FEW, "[rules.too-few-seeds]\nat_least = 50\n"))
    assert port.member(1).state == "changes-requested"
    rule_by(port, POLICY + two)
    assert port.member(1).state == "opened"
    documents.fetch(port.house)
    assert port.member(1).state == "needs-review"
    with port.house.database.read() as session:
        assert approvals.given(session, port.member(1)) == []


def test_a_house_that_closes_fetches_nothing_more(port: Port) -> None:
    port.proposed(1, leaf(f"{HOST}/lamps"))
    stopping = dataclasses.replace(port.house)
    stopping.documents = port.house.documents
    stopping.stopping.set()
    documents.fetch(stopping)
    assert port.asked() == []
