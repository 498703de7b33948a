"""Items: frozen by hash, split by whole clusters."""

import pytest

from eval_harness.items import BadItem, Item, items_of


def entries(clusters: int, each: int = 3) -> list[dict[str, object]]:
    return [
        {
            "cluster": f"c{c}",
            "question": f"What is {c} in wording {i}?",
            "choices": [f"{c}.", f"{c + 1}."],
            "answer": f"{c}.",
        }
        for c in range(clusters)
        for i in range(each)
    ]


def test_a_third_of_a_leafs_clusters_searches_and_no_cluster_is_torn() -> None:
    found = items_of("knowledge/moons", entries(12))
    by_split = {name: {i.cluster for i in found if i.split == name} for name in ("search", "confirm")}
    assert len(by_split["search"]) == 4
    assert len(by_split["confirm"]) == 8
    assert not by_split["search"] & by_split["confirm"]


def test_sixteen_guard_questions_are_four_to_search_and_twelve_to_confirm() -> None:
    found = items_of("guard/animals", entries(16, 1), guard=True)
    assert len({i.cluster for i in found}) == 16
    assert [i.split for i in found].count("search") == 4


def test_the_order_of_entries_changes_no_id_and_no_split() -> None:
    listed = entries(12)
    assert {i.id: i.split for i in items_of("a/b", listed)} == {
        i.id: i.split for i in items_of("a/b", listed[::-1])
    }


def test_the_same_question_twice_is_refused() -> None:
    with pytest.raises(BadItem, match="same question"):
        items_of("a/b", [*entries(3), entries(3)[0]])


def test_an_answer_that_is_no_choice_is_refused_with_its_place() -> None:
    wrong = entries(2)
    wrong[4]["answer"] = "other"
    with pytest.raises(BadItem, match="entry 5"):
        items_of("a/b", wrong)


@pytest.mark.parametrize(
    ("choices", "message"),
    [
        (["3.", "3. ", "4."], "choices 1 and 2 are alike, '3.'; change one"),
        (["3.", " "], "choice 2 is empty; write a text"),
        (["3.", None], "choice 2 is empty"),
        (["3."], "fewer than two choices; list"),
        ("3. or 4.", "fewer than two choices"),
        (["4.", "5."], "the answer '3.' is not among its choices; copy"),
    ],
)
def test_choices_that_nobody_could_choose_from_are_refused_with_place_and_remedy(
    choices: object, message: str
) -> None:
    wrong = entries(4, 1)
    wrong[3]["choices"] = choices
    with pytest.raises(BadItem, match=f"^knowledge/moons: entry 4.*{message}"):
        items_of("knowledge/moons", wrong)


def test_an_entry_that_is_no_question_is_refused() -> None:
    with pytest.raises(BadItem, match="a/b: entry 1 is no question; write"):
        items_of("a/b", ["?"])  # type: ignore[list-item]


def test_an_item_survives_its_frozen_form() -> None:
    for item in items_of("a/b", entries(3)):
        assert Item.from_json(item.to_json()) == item


WRITTEN = {"cluster": "a", "question": "Of which stuff?", "answer": "tin", "kind": "generated"}


def test_an_item_without_choices_keeps_its_reference_and_survives_its_frozen_form() -> None:
    [item] = items_of("a/b", [WRITTEN])
    assert (item.choices, item.answer, item.reference, item.expected) == ((), -1, "tin", "tin")
    assert Item.from_json(item.to_json()) == item
    assert item.id != items_of("a/b", [{**WRITTEN, "answer": "oak"}])[0].id


def test_frozen_items_of_before_still_load_and_keep_their_ids_and_bytes() -> None:
    [item] = items_of("a/b", [{"cluster": "c", "question": "What?", "choices": ["1.", "2."], "answer": "2."}])
    form = {
        "id": "6aa8dca8baa08d61cd88", "leaf": "a/b", "cluster": "c", "split": "confirm", "kind": "paraphrase",
        "question": "What?",
        "context": None, "choices": ["1.", "2."], "answer": 1, "parent": "a", "prompt_hash": item.prompt_hash,
    }  # fmt: skip
    assert item.to_json() == form
    assert Item.from_json(form) == item
    assert item.expected == "2."


def test_a_long_answer_needs_a_judge_and_says_so_with_its_place() -> None:
    long = {**WRITTEN, "question": "Why?", "answer": "It burns from dusk until dawn on every day of it."}
    with pytest.raises(BadItem, match="a/b: entry 2 has an answer of 11 words, and no judge is configured"):
        items_of("a/b", [WRITTEN, long])
    assert [item.needs_judge for item in items_of("a/b", [WRITTEN, long], judge=True)] == [False, True]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"choices": ["tin", "oak"]}, "entry 1 is of the kind generated and has choices; take one"),
        ({"answer": "the ?"}, "entry 1: its answer can't be a reference; write words"),
        ({"answer": "x" * 2001}, "at most 2000 characters"),
        ({"answer": ""}, "entry 1 lacks answer; write it down"),
        ({"kind": "paraphrase"}, "entry 1 lacks choices"),
    ],
)
def test_what_cannot_be_answered_in_own_words_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(BadItem, match=f"a/b: .*{message}"):
        items_of("a/b", [{**WRITTEN, **change}])
