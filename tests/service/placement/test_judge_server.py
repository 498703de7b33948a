"""The process that judges keeps its indexes in a folder, beside which others may judge."""

from __future__ import annotations

from pathlib import Path

import pygit2

from service.facts.seeds import file_for
from service.placement.judge import Ask, Open, Reading
from service.placement.judge_server import Bench
from triage_rules.contribution import Contribution
from triage_rules.judge import judge
from triage_rules.policy import Policy
from triage_rules.rule import Facts
from triage_rules.verdict import Verdict

WHO = pygit2.Signature("Ada Brandt", "ada@example.org", 1_700_000_000, 0)
QNA = "version: 2\ntask_description: Lamps\ncreated_by: ada\nseed_examples:\n" + "".join(
    f"  - question: Where does lamp {n} of the harbour stand?\n    answer: It stands on quay {n} of the town of Tarn.\n"
    for n in range(5)
)


def forge(folder: Path, *paths: str) -> Ask:
    """A repository whose contributions each add the same leaf elsewhere; the last is asked about."""
    git = pygit2.init_repository(str(folder / "taxonomy.git"), bare=True)
    heads = [git.create_commit("refs/heads/main", WHO, WHO, "Begin", git.TreeBuilder().write(), [])]
    tip = heads[0]
    for path in paths:
        index = pygit2.Index()
        mode = pygit2.enums.FileMode.BLOB
        index.add(pygit2.IndexEntry(f"{path}/qna.yaml", git.create_blob(QNA.encode()), mode))
        heads.append(git.create_commit(None, WHO, WHO, "Add", index.write_tree(git), [tip]))
    others = tuple(Open(n, str(head), f"a{n}") for n, head in enumerate(heads[1:-1], 1))
    return Ask(git.path, str(tip), str(heads[-1]), len(paths), "Add", "ada", None, others)


def duplicates(verdict: dict[str, object]) -> list[str]:
    findings = verdict["findings"]
    assert isinstance(findings, list)
    return [finding["message"] for finding in findings if finding["rule"] == "near-duplicate"]


def test_another_process_finds_what_the_first_has_read(tmp_path: Path) -> None:
    ask = forge(tmp_path, "compositional_skills/a", "compositional_skills/b")
    heard: list[Reading] = []
    told = [Bench(heard.append, folder=tmp_path / "seeds").judged(ask) for _ in range(2)]
    assert told[0] == told[1]
    (message,) = duplicates(told[0].verdict)
    assert "contribution 1, which came first" in message
    assert [(reading.number, reading.path) for reading in heard] == [
        (None, ""), (1, ""), (1, ""), (2, ""), (2, "compositional_skills/b/qna.yaml"),
        (None, ""), (2, ""), (2, "compositional_skills/b/qna.yaml"),
    ]  # fmt: skip


def test_a_file_that_breaks_under_a_judgement_is_made_anew_and_asked_once_more(tmp_path: Path) -> None:
    ask = forge(tmp_path, "compositional_skills/a", "compositional_skills/b")
    file, judgements = file_for(tmp_path / "seeds", ask.address), 0

    def judging(change: Contribution, policy: Policy, facts: Facts) -> Verdict:
        nonlocal judgements
        judgements += 1
        if judgements == 2:
            facts.seeds_index._index._ask("PRAGMA cache_size = 0")  # type: ignore[union-attr]
            for name in (file, file.with_name(f"{file.name}-wal")):
                with name.open("r+b") as broken:
                    broken.seek(0, 2)
                    size = broken.tell()
                    broken.seek(0)
                    broken.write(b"\xff" * size)
        return judge(change, policy, facts)

    bench = Bench(lambda _reading: None, judging, tmp_path / "seeds")
    good = bench.judged(ask)
    assert bench.judged(ask) == good
    assert bench.judged(ask) == good
    assert judgements in (3, 4)  # what SQLite still had in memory may have done


def test_an_older_contribution_that_takes_a_newer_one_s_text_is_told(tmp_path: Path) -> None:
    ask = forge(tmp_path, "compositional_skills/a", "compositional_skills/b")
    git = pygit2.Repository(ask.address)
    bare = str(git.create_commit(None, WHO, WHO, "Nothing yet", git[ask.tip].peel(pygit2.Tree).id, [ask.tip]))
    newer = Open(9, ask.others[0].head, "a9", ((ask.others[0].head, 2.0),))
    took = Ask(
        ask.address, ask.tip, ask.head, 2, "Add", "ada", None, (newer,), revisions=((bare, 1.0), (ask.head, 3.0))
    )  # fmt: skip
    heard: list[Reading] = []
    bench = Bench(heard.append, folder=tmp_path / "seeds")
    (message,) = duplicates(bench.judged(took).verdict)
    assert "contribution 9, which came first" in message
    assert Reading(2, bare) in heard  # a revision that takes too long is left out by its own name
    assert heard[-1].head == ask.head
    had = Ask(
        ask.address, ask.tip, ask.head, 2, "Add", "ada", None, (newer,), revisions=((ask.head, 1.0), (bare, 3.0))
    )  # fmt: skip
    assert not duplicates(bench.judged(had).verdict)
