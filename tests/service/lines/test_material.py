"""What contributions bring into a batch: only what can be trained on, and nothing that they write stops it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from eval_harness import job as jobs_of_harness
from eval_harness.suites.questions import questions
from service.db.tables import Contribution
from service.demo import documents
from service.house import House
from service.lines import batch, jobs, material
from service.lines.bench import read_lines
from service.lines.plan import Wish
from service.settings import Judge
from tests.lines.batch_world import ITEMS, LEAF, SEED, World

AT_ONCE = "[batch]\nat_least = 1\n"
PATH = "knowledge/bells"


@pytest.fixture
def world(tmp_path: Path) -> World:
    """A house whose batches form as soon as one contribution is merged; its leaf has an exam."""
    made = World(tmp_path / "w", AT_ONCE)
    made.write(f"evaluation/{PATH}/items.yaml", "".join(ITEMS.format(name="bells", n=n) for n in range(8)))
    return made


def text(seeds: int, about: str = "About bells.", document: str = "") -> str:
    head = LEAF.format(name="bells").replace("About bells.", about).replace("seed_examples:", document)
    return head + "seed_examples:\n" + "".join(SEED.format(name="bells", n=n) for n in range(seeds))


def merged(world: World, number: int, leaf: str, author: str = "ada", state: str = "merged") -> None:
    """One more contribution to the leaf `bells`, with this text."""
    world.write(f"{PATH}/qna.yaml", leaf)
    head = world.commit(f"Contribution {number}")
    with world.house.database.write() as session:
        session.add(
            Contribution(
                repository="t", number=number, topic=str(number), title="Bells", author_forge="plain",
                author_id=author, state=state, head=head, merged=head, leaves=[PATH], opened=1.0, updated=1.0,
            )
        )  # fmt: skip


def formed(world: World) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The leaves of the batch that forms now, and what it declares."""
    made = batch.form(world.house, world.repository)
    assert made is not None
    folder = world.house.home / "runs" / "t" / f"b{made.id}"
    return read_lines(folder / "leaves.jsonl"), made.spec


def cites(world: World, tmp_path: Path, commit: str | None, pattern: str = "*.md") -> str:
    """A mirror of documents at the repository, and a leaf that cites `commit` (None: the right one)."""
    folder = tmp_path / "texts"
    folder.mkdir()
    (folder / "bells.md").write_text("Bells.\n")
    (folder / "bells.bin").write_bytes(b"\xff\xfe")
    right = documents.build(folder, tmp_path / "documents.git")
    with world.house.database.write() as session:
        row = world.repository
        row.documents = str(tmp_path / "documents.git")
        session.add(row)
    cited = f"document:\n  repo: https://docs.example.org\n  commit: {commit or right}\n  patterns: ['{pattern}']\n"
    return text(5, document=cited)


def test_a_cited_document_is_read_at_its_commit(world: World, tmp_path: Path) -> None:
    merged(world, 1, cites(world, tmp_path, None))
    (leaf,), spec = formed(world)
    assert leaf["documents"] == [{"path": "bells.md", "text": "Bells.\n"}]
    assert spec["notes"] == []


@pytest.mark.parametrize("commit", ["0" * 40, "no-hash-at-all", "''"])
def test_a_commit_that_the_mirror_lacks_is_said_and_stops_no_batch(
    world: World, tmp_path: Path, commit: str
) -> None:
    merged(world, 1, cites(world, tmp_path, commit))
    (leaf,), spec = formed(world)
    assert (leaf["documents"], len(leaf["seeds"])) == ([], 5)
    (note,) = spec["notes"]
    assert note.startswith(f"#1, {PATH}: the commit")
    (told,) = [body for kind, body in world.events() if kind == "batch.formed"]
    assert told["notes"] == [note]


@pytest.mark.parametrize("exam", ["- cluster: [", "just words", "- cluster: a\n  question: b\n"])
def test_an_exam_that_cannot_be_used_is_said_and_stops_no_batch(world: World, exam: str) -> None:
    world.write(f"evaluation/{PATH}/items.yaml", exam)
    merged(world, 1, text(5))
    (leaf,), spec = formed(world)
    assert len(leaf["seeds"]) == 5
    (note,) = spec["notes"]
    assert note.startswith(f"evaluation/{PATH}/items.yaml can't be used, so nobody measures the leaf: ")


LONG = "It burns from dusk until dawn on every day of the year."
WRITTEN = '- {cluster: "8", question: "When does it burn?", answer: "' + LONG + '", kind: generated}\n'


def test_an_answer_that_needs_a_judge_is_said_where_there_is_none(world: World) -> None:
    world.write(f"evaluation/{PATH}/items.yaml", WRITTEN)
    merged(world, 1, text(5))
    _, spec = formed(world)
    assert spec["notes"] == [
        f"evaluation/{PATH}/items.yaml can't be used, so nobody measures the leaf: {PATH}: entry 1 has an answer of "
        "11 words, and no judge is configured; write at most 8 words, or choices, or let the operator set "
        "UPWEIGHT_JUDGE_URL."
    ]


def test_a_configured_judge_is_named_by_the_jobs_that_need_it_and_renames_none(world: World) -> None:
    alone = world.house
    judge = Judge(url="http://judge.example.org/v1", model="wise", key_file=Path("/keys/judge"))
    world.house = House(alone.settings.model_copy(update={"judge": judge}), alone.database)
    merged(world, 1, text(5))
    world.write(f"evaluation/{PATH}/items.yaml", WRITTEN)
    world.commit("An exam in own words")
    _, spec = formed(world)
    assert not any("items.yaml" in note for note in spec["notes"])
    wish = Wish("measure", "release")
    runs = [
        jobs.prepare(house, world.repository, world.batch(), None, wish) for house in (alone, world.house)
    ]
    assert runs[0].key == runs[1].key
    told = json.loads((Path(runs[1].directory) / "job.json").read_text())
    assert told["judge"] == {"url": judge.url, "model": "wise", "key_file": "/keys/judge"}
    assert jobs_of_harness.read(Path(runs[1].directory)).judge.model == "wise"  # type: ignore[union-attr]


@pytest.mark.parametrize("policy", ["", '[measure]\nsuites = ["safety", "canaries"]\n'])
def test_the_suites_of_the_policy_are_declared_with_the_batch_and_measured_by_what_is_gated(
    tmp_path: Path, policy: str
) -> None:
    world = World(tmp_path / "w", AT_ONCE + policy)
    world.merged(1, PATH)
    made = batch.form(world.house, world.repository)
    assert made is not None
    world.generated()
    names = ["canaries", "safety"] if policy else []
    assert made.spec["suites"] == names
    asked = {}
    wishes = [
        Wish("measure", "release"),
        Wish("train", "candidate", (1,), 2),
        Wish("train", "search", (1,), 3, "search"),
    ]
    for wish in wishes:
        run = jobs.prepare(world.house, world.repository, world.batch(), None, wish)
        job = jobs_of_harness.read(Path(run.directory))
        asked[wish.purpose] = list((job.measure if isinstance(job, jobs_of_harness.TrainJob) else job).suites)  # type: ignore[union-attr]
    assert asked == {"release": names, "candidate": names, "search": []}


def test_rows_that_ask_what_a_declared_suite_asks_are_held_out(tmp_path: Path) -> None:
    held = []
    for name, policy in (("without", ""), ("with", '[measure]\nsuites = ["safety"]\n')):
        world = World(tmp_path / name, AT_ONCE + policy)
        asked = questions("safety")[3].question
        world.write(
            f"evaluation/{PATH}/items.yaml", "".join(ITEMS.format(name="bells", n=n) for n in range(8))
        )
        seed = f"  - question: {json.dumps(asked)}\n    answer: I will write it at once.\n"
        merged(world, 1, text(5) + seed)
        formed(world)
        world.generated()
        run = jobs.prepare(
            world.house, world.repository, world.batch(), None, Wish("train", "candidate", (1,), 2)
        )
        held.append(json.loads((Path(run.directory) / "job.json").read_text())["held_out"])
    assert held[1] == held[0] + 1


def test_a_document_that_is_no_text_is_said_and_the_others_are_read(world: World, tmp_path: Path) -> None:
    merged(world, 1, cites(world, tmp_path, None, "bells.*"))
    (leaf,), spec = formed(world)
    assert [d["path"] for d in leaf["documents"]] == ["bells.md"]
    assert ["'bells.bin' is not UTF-8" in note for note in spec["notes"]] == [True]


def test_a_mirror_that_is_gone_is_said_and_stops_no_batch(world: World, tmp_path: Path) -> None:
    merged(world, 1, cites(world, tmp_path, None))
    (tmp_path / "documents.git").rename(tmp_path / "elsewhere.git")
    (leaf,), spec = formed(world)
    assert leaf["documents"] == []
    assert len(spec["notes"]) == 1


@pytest.mark.parametrize("leaf", [text(5, "All about bells."), text(4)], ids=["mended", "removed"])
def test_who_adds_no_seed_is_a_member_without_rows(world: World, leaf: str) -> None:
    merged(world, 1, text(5), state="released")
    merged(world, 2, leaf)
    leaves, spec = formed(world)
    assert leaves == []
    assert spec["leaves"] == {"2": []}
    assert spec["notes"] == [f"#2 adds no seed to {PATH}: no rows are made of it."]
    world.generated()
    assert {run.purpose for run in world.runs("queued")} == {"release", "candidate"}


def test_what_was_held_back_comes_back_whole_with_its_authors_next_contribution(world: World) -> None:
    merged(world, 1, text(2), state="released")
    merged(world, 2, text(5), author="bo", state="held-back")
    merged(world, 3, text(6), author="bo")
    (leaf,), _ = formed(world)
    assert [seed["answer"] for seed in leaf["seeds"]] == [f"It is bells {n}." for n in (2, 3, 4, 5)]


@pytest.mark.parametrize(("author", "state"), [("cy", "held-back"), ("bo", "released")])
def test_seeds_of_others_and_of_a_model_are_nobodys_next_contribution(
    world: World, author: str, state: str
) -> None:
    merged(world, 2, text(5), author="bo", state=state)
    merged(world, 3, text(6), author=author)
    (leaf,), _ = formed(world)
    assert [seed["answer"] for seed in leaf["seeds"]] == ["It is bells 5."]


def test_a_leaf_that_is_gone_from_the_head_brings_nothing(world: World) -> None:
    merged(world, 1, text(3))
    with world.house.database.read() as session:
        row = session.get_one(Contribution, ("t", 1))
    row.leaves = ["knowledge/nowhere", PATH]
    found = material.member_leaves(world.git, world.repository, row)
    assert [leaf["path"] for leaf in found.leaves] == [PATH]
