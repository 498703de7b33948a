"""Card, notes and the published manifest: what people wrote does nothing in them, and no path of ours is told."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from service.release import paper
from tests.webhooks.test_escape import HOSTILE, PEOPLE, kinds, seen, tokens

ACTING = {"link_open", "image", "html_inline", "html_block"}


def a_manifest(text: str) -> dict[str, Any]:
    member = {
        "number": 1, "author": "1003", "name": text, "title": text,
        "leaves": [f"knowledge/{text}"], "co_authors": [text, "bo"],
    }  # fmt: skip
    runs = [{"seed": 3, "directory": "/home/ada/up/runs/t/b1/candidate", "shipped": True}]
    leaf = {"path": f"knowledge/{text}", "role": "contributed", "items": 8, "before": 0.2, "after": 0.9}
    return {
        "name": "isle", "version": "v2", "predecessor": "v1", "model": "tiny", "members": [member],
        "excluded": [{**member, "number": 2, "reason": text}], "runs": runs,
        "leaves": [{**leaf, "change": 0.7, "low": 0.5, "high": 0.9}],
        "override": {"by": f"plain/{text}", "reason": text}, "anchor": {"version": "v1", "runs": runs},
    }  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_titles_authors_and_reasons_do_nothing_in_notes_and_card(text: str) -> None:
    manifest = a_manifest(text)
    _, _, card = paper.card(manifest)[4:].partition("---\n")  # without its front matter
    for document in (paper.notes(manifest), card):
        found = tokens(document)
        assert not ACTING & set(kinds(found)), document
        assert not PEOPLE.search(seen(document)), document
        assert kinds(found).count("tr_open") == 2  # the table is whole: its head, one leaf


def test_everybody_who_wrote_a_contribution_is_named_in_the_notes() -> None:
    manifest = a_manifest("ada")
    assert "- #1 ada — ada, ada, bo (" in paper.notes(manifest)


def test_the_published_manifest_says_nothing_of_where_runs_lie_and_the_row_keeps_it() -> None:
    manifest = a_manifest("x")
    told = paper.published(manifest)
    assert "/home/ada" not in json.dumps(told)
    assert told["runs"] == told["anchor"]["runs"] == [{"seed": 3, "shipped": True}]
    assert manifest["runs"][0]["directory"] == manifest["anchor"]["runs"][0]["directory"]
    assert {**told, "runs": 0, "anchor": 0} == {**manifest, "runs": 0, "anchor": 0}


def test_a_release_without_an_anchor_is_published_so() -> None:
    assert paper.published({"runs": [], "anchor": None}) == {"runs": [], "anchor": None}


@pytest.mark.parametrize(
    ("base", "licence", "base_model", "said"),
    [
        ({"id": "owner/model", "licence": "Apache-2.0"}, "apache-2.0", "owner/model", "`owner/model`"),
        ({"id": "owner/model", "licence": "MIT"}, "mit", "owner/model", "`owner/model`"),
        ({"id": "/home/ada/mine"}, "other", None, "`mine`"),
        (None, "other", None, "`tiny`"),
    ],
)
def test_the_card_claims_no_licence_and_no_origin_that_it_does_not_know(
    base: dict[str, str] | None, licence: str, base_model: str | None, said: str
) -> None:
    head, _, card = paper.card({**a_manifest("x"), "base": base})[4:].partition("---\n")
    front = yaml.safe_load(head)
    assert (front["license"], front.get("base_model")) == (licence, base_model)
    assert f"base model {said}." in card
    assert "/home/ada" not in card


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"start": "v1"}, "Made from v1 by 1 contribution;"),
        ({"start": "base"}, "Made anew from the base model, after v1, by 1 contribution;"),
        ({"start": "base", "predecessor": None}, "Made from the base model by 1 contribution;"),
    ],
)
def test_the_card_says_what_the_weights_were_trained_from(given: dict[str, str | None], said: str) -> None:
    assert said in paper.card({**a_manifest("x"), **given})


def test_an_override_stands_in_the_card_and_in_the_notes_with_its_person_and_reason() -> None:
    word = {"by": "plain/bo", "reason": "The fair is on Monday."}
    manifest = {**a_manifest("ada"), "override": word}
    for document in (paper.card(manifest), paper.notes(manifest)):
        assert "**Released by override** (plain" in document
        assert "The fair is on Monday" in document
    assert "override" not in paper.notes({**manifest, "override": None})
