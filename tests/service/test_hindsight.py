"""A policy tried on what is there: the same as if each had been judged by it, and cheaper."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path

import pygit2
import pytest
from pygit2.enums import FileMode

from service import hindsight
from service.facts.seeds import known_at
from service.git import read
from tests.triage_rules.test_presets import ATTRIBUTION, SEEDS, SIGNED, skill
from triage_rules.gap import gap
from triage_rules.judge import judge
from triage_rules.policy import PRESETS, Policy
from triage_rules.rule import Facts

WHO = pygit2.Signature("Ada Brandt", "ada@example.org", 1, 0)
LEAF = "compositional_skills/writing/{}/qna.yaml"


class Past:
    """A repository with a history: straight commits, and merges of what lay beside."""

    def __init__(self, folder: Path) -> None:
        self.git = pygit2.init_repository(str(folder), bare=True)
        self.main = self.commit([], {"README.md": "Begin\n"}, "Begin")

    def commit(self, parents: list[str], files: dict[str, str | None], message: str) -> str:
        index = pygit2.Index()
        if parents:
            index.read_tree(self.git[parents[0]].peel(pygit2.Tree))
        for path, text in files.items():
            if text is None:
                index.remove(path)
            else:
                index.add(pygit2.IndexEntry(path, self.git.create_blob(text.encode()), FileMode.BLOB))
        oids = [pygit2.Oid(hex=each) for each in parents]
        return str(self.git.create_commit(None, WHO, WHO, message, index.write_tree(self.git), oids))

    def add(self, files: dict[str, str | None], message: str) -> str:
        """A commit on main."""
        self.main = self.commit([self.main], files, message)
        self.git.references.create("refs/heads/main", self.main, force=True)
        return self.main

    def merge(self, head: str, files: dict[str, str | None], message: str) -> str:
        self.main = self.commit([self.main, head], files, message)
        self.git.references.create("refs/heads/main", self.main, force=True)
        return self.main


def leaf(name: str, seeds: int, **more: str) -> dict[str, str | None]:
    path = LEAF.format(name)
    text = skill(seeds, last=more.get("last", SEEDS[seeds - 1][1]))
    return {path: text, path.replace("qna.yaml", "attribution.txt"): ATTRIBUTION}


@pytest.fixture
def past(tmp_path: Path) -> Past:
    """Four contributions: squashed, merged with a number, without one, and one that takes a leaf away."""
    made = Past(tmp_path / "t.git")
    begin = made.add({"README.md": "More\n"}, "Say more")
    made.add(leaf("letters", 8), f"Add letters (#7)\n\n{SIGNED}")
    notes = made.commit([begin], leaf("notes", 3, last="Three seeds only."), f"Add notes\n\n{SIGNED}")
    made.merge(
        notes, leaf("notes", 3, last="Three seeds only."), "Merge contribution 9: Notes\n\nContribution: 9\n"
    )
    lists = made.commit([begin], leaf("lists", 5, last="In five seeds."), "Add lists")
    made.merge(
        lists, leaf("lists", 5, last="In five seeds."), "Merge pull request #12 from ada/lists\n\nLists"
    )
    made.add(dict.fromkeys(leaf("notes", 3)), f"Take the notes away\n\n{SIGNED}")
    return made


def test_each_commit_of_the_branch_is_what_it_brought(past: Past) -> None:
    found = hindsight.merged(past.git, None, "main")
    assert [(each.number, each.title) for each in found] == [
        (None, "Say more"), (7, "Add letters (#7)"), (9, "Add notes"), (12, "Add lists"), (None, "Take the notes away"),
    ]  # fmt: skip
    notes = found[2]
    assert read.commit_at(past.git, notes.base).message == "Say more", "where it left the branch"
    assert read.commit_at(past.git, notes.known).message.startswith("Add letters"), (
        "what was known when it came"
    )
    assert [each.number for each in hindsight.merged(past.git, "main~3", "main")] == [9, 12, None]
    assert hindsight.merged(past.git, "main~50", "main") == found, "a short branch is taken whole"
    with pytest.raises(read.NoSuchRevision):
        hindsight.merged(past.git, "nowhere~50", "main")


def test_a_row_tells_both_verdicts_and_which_rules_changed_their_mind(past: Past) -> None:
    found = hindsight.merged(past.git, "main~5", "main")
    strict = Policy.from_toml(
        '[rules.too-few-seeds]\nat_least = 6\nweight = "fix"\n[rules.missing-sign-off]\nweight = "note"\n'
    )
    rows = list(hindsight.compare(past.git, found, Policy.default(), strict, False))
    told = {
        row.past.title: (row.before, row.after, row.newly, row.gone, row.heavier, row.lighter) for row in rows
    }
    assert told["Add letters (#7)"] == ("passed", "passed", (), (), (), ())
    assert told["Add notes"] == ("changes-requested", "changes-requested", (), (), (), ("too-few-seeds",))
    assert told["Add lists"] == ("changes-requested",) * 2 + (
        ("too-few-seeds",),
        (),
        (),
        ("missing-sign-off",),
    )
    sums = hindsight.totals(rows)
    assert (sums["contributions"], sums["other_verdict"], sums["other_findings"]) == (5, 1, 2)
    off = Policy.from_toml('[rules.missing-sign-off]\nweight = "off"\n')
    rows = list(hindsight.compare(past.git, found, Policy.default(), off, False))
    assert [row.past.title for row in rows if row.gone == ("missing-sign-off",)] == ["Say more", "Add lists"]
    assert hindsight.totals(rows)["moves"] == {"changes-requested → needs-human": 1}


@pytest.mark.parametrize(("before", "after"), list(permutations(PRESETS, 2)))
def test_what_is_asked_once_says_the_same_as_asking_twice(past: Past, before: str, after: str) -> None:
    trial = hindsight.Trial(Policy.preset(before), Policy.preset(after))
    for each in hindsight.merged(past.git, None, "main"):
        change = read.contribution(past.git, each.base, each.head)
        facts = Facts(seeds_index=known_at(past.git, read.commit_at(past.git, each.known)))
        first, second = trial.findings(change, facts)
        assert first == judge(change, Policy.preset(before), facts)
        wanted = judge(change, Policy.preset(after), facts)
        assert sorted(map(str, second)) == sorted(map(str, wanted.findings))
        assert trial.row(each, first, second).after == wanted.outcome


@pytest.mark.parametrize(
    "said",
    [
        "[rules.too-few-seeds]\nat_least = 9\n",
        '[rules.lint]\nweight = "doubt"\n',
        '[rules.placeholder-text]\nweight = "off"\n',
    ],
)
def test_what_waits_for_an_author_waits_under_both_policies(past: Past, said: str) -> None:
    files = leaf("gaps", 5, last=f"{gap('why it is five, in words of your own that say more than this')}  ")
    head = past.add(files, f"Add gaps\n\n{SIGNED}")
    change = read.contribution(past.git, str(past.git[head].peel(pygit2.Commit).parent_ids[0]), head)
    before, after, facts = Policy.default(), Policy.from_toml(said), Facts.of([])
    for old, new in ((before, after), (after, before)):
        _, second = hindsight.Trial(old, new).findings(change, facts)
        assert sorted(map(str, second)) == sorted(map(str, judge(change, new, facts).findings))


def test_open_ones_count_as_known_to_later_ones_and_merged_ones_by_the_tree(past: Past) -> None:
    for number in (3, 4):
        files = leaf(f"cards_{number}", 6, last="A card tells it.")
        head = past.commit([past.main], files, f"Cards {number}\n\n{SIGNED}")
        past.git.references.create(f"refs/pull/{number}/head", head)
    found = hindsight.pulls(past.git, "refs/pull/*/head", "main")
    assert [each.number for each in found] == [3, 4]
    off = Policy.from_toml('[rules.near-duplicate]\nweight = "off"\n')
    rows = list(hindsight.compare(past.git, found, off, Policy.default(), True))
    assert [row.newly for row in rows] == [("near-duplicate",), ("near-duplicate",)], (
        "the letters are in the tree"
    )
    past.add(dict.fromkeys(leaf("letters", 8)), "Take the letters away")
    past.add(dict.fromkeys(leaf("lists", 5)), "Take the lists away")
    for number in (3, 4):
        files = leaf(f"cards_{number}", 6, last="A card tells it.")
        head = past.commit([past.main], files, f"Cards {number}\n\n{SIGNED}")
        past.git.references.create(f"refs/pull/{number}/head", head, force=True)
    found = hindsight.pulls(past.git, "refs/pull/*/head", "main")
    rows = list(hindsight.compare(past.git, found, off, Policy.default(), True))
    assert [row.newly for row in rows] == [(), ("near-duplicate",)]
