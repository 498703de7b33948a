"""A batch that extends a released leaf: frozen items stay, new ones stand beside, corrections have a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from service.db.tables import Batch, Run
from service.lines import batch, release
from service.lines.bench import read_lines, write_lines
from service.lines.exam import NEW, guard_items, leaf_items
from tests.lines.batch_world import ITEMS, World, row

LEAF = "knowledge/new"
FILE = f"evaluation/{LEAF}/items.yaml"
ROWS = [row(LEAF, "Who was here before?", "An older seed.", 1, 1)]
Item = dict[str, Any]


@pytest.fixture
def world(tmp_path: Path) -> World:
    """`v1` has a leaf with eight clusters, and a contribution that extends it is merged."""
    made = World(tmp_path, "[batch]\nat_least = 1\n")
    made.released("v1", ROWS)
    made.merged(2, LEAF)
    found = [item.to_json() for item in leaf_items(made.git, "main", LEAF)]
    write_lines(
        made.house.home / "releases" / "t" / "v1" / "eval" / "items.jsonl", [*guard_items(None), *found]
    )
    return made


def rewrite(world: World, text: str) -> None:
    world.write(FILE, text)
    world.commit("Change the exam")


def entries(*numbers: int) -> str:
    return "".join(ITEMS.format(name="new", n=n) for n in numbers)


def formed(world: World) -> Batch:
    made = batch.form(world.house, world.repository)
    assert made is not None
    return made


def items(world: World) -> dict[str, Item]:
    return {i["id"]: i for i in read_lines(world.house.home / "runs" / "t" / "b1" / "items.jsonl")}


def frozen(world: World) -> dict[str, Item]:
    file = world.house.home / "releases" / "t" / "v1" / "eval" / "items.jsonl"
    return {i["id"]: i for i in read_lines(file)}


def gated(world: World, known: Callable[[str, Item], bool]) -> dict[str, Any]:
    """Advance the batch to its gate; `known` says of a purpose and an item whether it is answered right."""
    world.generated()
    for run in world.runs("queued"):
        scores = {k: [1, 0.9] if known(run.purpose, i) else [0, 0.1] for k, i in items(world).items()}
        world.end(run, adapter="adapter", weights=None, scores=scores)
    world.advance()
    result: dict[str, Any] = world.batch().gates[0]
    return result


def test_what_was_frozen_stays_as_it_is_and_new_questions_stand_beside_it(world: World) -> None:
    rewrite(world, entries(*range(2, 12)))  # two entries are gone, four are new
    spec, now = formed(world).spec, items(world)
    assert {k: now[k] for k in frozen(world)} == frozen(world)
    new = [i for k, i in now.items() if k not in frozen(world)]
    assert {i["cluster"] for i in new} == {"c8", "c9", "c10", "c11"}
    assert spec["fresh"] == {LEAF: sorted(i["id"] for i in new)}
    assert [note for note in spec["notes"] if LEAF in note] == []


def test_a_batch_that_only_extends_passes_by_what_it_gains_on_the_items_of_its_new_seeds(
    world: World,
) -> None:
    rewrite(world, entries(*range(12)))
    fresh = formed(world).spec["fresh"][LEAF]
    gate = gated(world, lambda purpose, item: purpose == "candidate" or item["id"] not in fresh)
    leaves = {leaf["leaf"]: leaf for leaf in gate["result"]["leaves"]}
    assert (leaves[LEAF]["role"], leaves[LEAF + NEW]["role"]) == ("both", "touched")
    assert (leaves[LEAF]["before"], leaves[LEAF + NEW]["before"]) == (1.0, 0.0)
    assert gate["result"]["gain"]["change"] == 1.0
    assert gate["decision"] == "passed"


def test_new_seeds_that_were_not_learned_do_not_pass_though_nothing_was_lost(world: World) -> None:
    rewrite(world, entries(*range(12)))
    fresh = formed(world).spec["fresh"][LEAF]
    assert gated(world, lambda _, item: item["id"] not in fresh)["decision"] != "passed"


def test_what_a_leaf_gains_by_new_seeds_hides_nothing_of_what_it_loses(world: World) -> None:
    rewrite(world, entries(*range(40)))
    fresh = formed(world).spec["fresh"][LEAF]
    gate = gated(
        world,
        lambda purpose, item: item["leaf"] != LEAF or (item["id"] in fresh) == (purpose == "candidate"),
    )
    fell = next(leaf for leaf in gate["result"]["leaves"] if leaf["leaf"] == LEAF)
    assert fell["change"] == -1.0
    assert fell["vetoed"]
    assert gate["decision"] == "failed"


def test_without_new_items_an_extension_is_asked_for_no_gain(world: World) -> None:
    spec = formed(world).spec
    assert spec["fresh"] == {}
    gate = gated(world, lambda *_: True)
    assert (gate["decision"], gate["result"]["gain"]) == ("passed", None)


def test_new_questions_about_seeds_of_old_join_their_leaf_and_ask_for_no_gain(world: World) -> None:
    more = "- {cluster: c3, kind: unseen case, question: 'And what of three?', choices: [a, b], answer: a}\n"
    rewrite(world, entries(*range(8)) + more)
    assert formed(world).spec["fresh"] == {}
    [added] = [i for k, i in items(world).items() if k not in frozen(world)]
    assert added["split"] == next(i["split"] for i in frozen(world).values() if i["cluster"] == "c3")


def test_a_leaf_that_nobody_extends_takes_its_new_questions_too_so_that_worn_ones_can_be_renewed(
    world: World,
) -> None:
    rewrite(world, entries(*range(12)))
    world.merged(3, "knowledge/other")
    made = batch.form(world.house, world.repository, [3])
    assert made is not None
    assert len([i for i in items(world).values() if i["leaf"] == LEAF]) == 12
    assert made.spec["fresh"] == {}


WRONG = entries(*range(8)).replace('answer: "new 1"', "answer: another")


def test_a_changed_answer_without_a_reason_is_kept_as_it_was_and_the_batch_says_where(world: World) -> None:
    rewrite(world, WRONG)
    spec = formed(world).spec
    assert items(world) == frozen(world)
    [note] = spec["notes"]
    assert note.startswith(
        f"{FILE}, entry 2, changes the answer or the choices of a frozen item and says no reason"
    )


def test_a_changed_answer_with_a_reason_is_the_key_for_both_models_and_stands_in_the_record(
    world: World,
) -> None:
    rewrite(
        world, WRONG.replace("answer: another", "answer: another\n  replaces: It was <b>counted</b> anew.")
    )
    spec, now = formed(world).spec, items(world)
    [told] = spec["corrected"]
    assert (told["was"], told["now"], told["reason"]) == ("new 1", "another", "It was <b>counted</b> anew.")
    assert told["replaced"] in frozen(world).keys() - now.keys()
    assert now.keys() - frozen(world).keys() == {told["item"]}
    assert spec["notes"] == []
    [body] = [body for kind, body in world.events() if kind == "batch.formed"]
    assert body["corrected"] == [told]
    world.generated()
    jobs = [json.loads((Path(run.directory) / "job.json").read_text()) for run in world.runs("queued")]
    asked = {job.get("items") or job["measure"]["items"] for job in jobs}
    assert asked == {str(world.house.home / "runs" / "t" / "b1" / "items.jsonl")}


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (
            WRONG.replace("answer: another", "answer: another\n  replaces: ' '"),
            "entry 2: `replaces` is no reason",
        ),
        ("just words", "the file is no list of questions; begin each with a dash"),
        ("- [", "while parsing"),
    ],
)
def test_a_file_that_can_not_be_used_is_named_and_the_leaf_keeps_what_was_frozen(
    world: World, text: str, why: str
) -> None:
    rewrite(world, text)
    [note] = formed(world).spec["notes"]
    assert note.startswith(f"{FILE} can't be used, so the leaf keeps the items that were frozen: ")
    assert why in note
    assert items(world) == frozen(world)


def test_a_file_of_comments_alone_is_an_exam_without_questions(world: World) -> None:
    rewrite(world, "# Later.\n")
    assert formed(world).spec["notes"] == []


def test_a_question_that_the_release_was_trained_on_is_left_out_with_its_place(world: World) -> None:
    asked = "- {cluster: c9, question: 'Who was here before?', choices: [Ada, Bo], answer: Ada}\n"
    rewrite(world, entries(*range(8)) + asked)
    [note] = formed(world).spec["notes"]
    assert note.startswith(
        f"{FILE}, entry 9, can't be new to the release: a row of its training asks the very"
    )
    assert items(world) == frozen(world)


def test_a_question_that_another_leaf_asks_with_the_same_choices_is_left_out(world: World) -> None:
    world.merged(3, "knowledge/other")
    text = ITEMS.format(name="new", n=1)
    world.write("evaluation/knowledge/other/items.yaml", text + ITEMS.format(name="other", n=2))
    world.commit("Ask twice")
    spec = formed(world).spec
    [note] = spec["notes"]
    assert note.startswith(f"evaluation/knowledge/other/items.yaml, entry 1, asks what {LEAF} asks already.")
    assert [i["question"] for i in items(world).values() if i["leaf"] == "knowledge/other"] == [
        "Which other is number 2?"
    ]


def test_questions_about_seeds_that_are_held_back_are_not_frozen_with_the_release(world: World) -> None:
    rewrite(world, entries(*range(12)))
    world.merged(3, "knowledge/other")
    rewrite(world, entries(*range(12)))
    made = batch.form(world.house, world.repository, [2, 3])
    assert made is not None
    gated(world, lambda *_: True)
    for run in world.runs("queued"):
        world.end(run, adapter="adapter", weights=None, scores={k: [1, 0.9] for k in items(world)})
    with world.house.database.write() as session:
        row = session.get_one(Batch, ("t", 1))
        row.state, row.held = "passed", [2]
        session.add(row)
    ran = next(run for run in world.runs("done") if run.kind == "train")
    with world.house.database.write() as session:
        session.add(
            Run(**{**ran.model_dump(exclude={"id"}), "mix": [3], "purpose": "confirm", "key": "confirmed"})
        )
    assert release.plan(world.house, world.repository) is not None
    release.advance(world.house, world.repository)
    world.end(world.runs("queued")[0], root="c0ffee")
    release.advance(world.house, world.repository)
    for run in world.runs("queued"):
        questions = json.loads((Path(run.directory) / "job.json").read_text())["questions"]
        world.end(run, answers=["x"] * len(questions))
    release.advance(world.house, world.repository)
    release.advance(world.house, world.repository)
    kept = read_lines(world.house.home / "releases" / "t" / "v2" / "eval" / "items.jsonl")
    assert {i["id"] for i in kept if i["leaf"] == LEAF} == {
        k for k, i in frozen(world).items() if i["leaf"] == LEAF
    }
    assert len([i for i in kept if i["leaf"] == "knowledge/other"]) == 8
