"""Merging, ending, releasing and registering: what is done is done once, what is refused says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.webhooks.gitlab.conftest import LEAF, Ground
from webhooks.forge import Busy, Denied, Moved

MESSAGE = "Merge contribution 1: Lamps\n"


def test_a_request_is_merged_at_the_head_that_was_judged(ground: Ground) -> None:
    one = ground.request()
    made = ground.forge.merge(one.iid, one.head, MESSAGE)
    assert (one.state, made) == ("merged", ground.fake.project.tip("main"))
    commit = ground.fake.project.repo[made]
    assert commit.message == MESSAGE  # type: ignore[union-attr]
    assert [str(parent) for parent in commit.parent_ids][1] == one.head  # type: ignore[union-attr]


def test_a_head_that_moved_is_not_merged(ground: Ground) -> None:
    one = ground.request()
    judged, tip = one.head, ground.fake.project.tip("main")
    ground.fake.push(one, {"lamps/qna.yaml": "evil\n"})
    with pytest.raises(Moved):
        ground.forge.merge(one.iid, judged, MESSAGE)
    assert (one.state, ground.fake.project.tip("main")) == ("opened", tip)


def test_a_merge_whose_answer_was_lost_is_merged_and_not_twice(ground: Ground) -> None:
    one = ground.request()
    ground.fake.trouble("lost", path="/merge$")
    with pytest.raises(OSError):
        ground.forge.merge(one.iid, one.head, MESSAGE)
    tip = ground.fake.project.tip("main")
    assert ground.forge.merge(one.iid, one.head, MESSAGE) == tip == ground.fake.project.tip("main")


def test_what_was_merged_at_another_head_is_moved(ground: Ground) -> None:
    one = ground.request()
    judged = one.head
    ground.fake.push(one, {"lamps/qna.yaml": LEAF + "x\n"})
    ground.forge.merge(one.iid, one.head, MESSAGE)
    with pytest.raises(Moved):
        ground.forge.merge(one.iid, judged, MESSAGE)


@pytest.mark.parametrize(("status", "after"), [("checking", 5), ("unchecked", 5), ("ci_still_running", 60)])
def test_what_gitlab_has_not_decided_is_for_later(ground: Ground, status: str, after: float) -> None:
    one = ground.request()
    one.detailed = status
    with pytest.raises(Busy, match=status) as busy:
        ground.forge.merge(one.iid, one.head, MESSAGE)
    assert busy.value.after == after


def test_what_may_not_be_merged_is_denied_with_the_reason(ground: Ground) -> None:
    one = ground.request(draft=True)
    one.detailed = "draft_status"
    with pytest.raises(Denied, match="draft status"):
        ground.forge.merge(one.iid, one.head, MESSAGE)
    one.draft, one.detailed = False, "mergeable"
    ground.fake.bot.level = 30
    with pytest.raises(Denied, match="401"):
        ground.forge.merge(one.iid, one.head, MESSAGE)
    ground.fake.bot.level = 40
    here = ground.fake.project
    here.repo.references.create(
        "refs/heads/main", here.commit({"lamps/qna.yaml": "y\n"}, here.tip("main")), force=True
    )
    with pytest.raises(Denied, match="422"):
        ground.forge.merge(one.iid, one.head, MESSAGE)
    with pytest.raises(Denied):
        ground.forge.merge(77, one.head, MESSAGE)


# Ending


def test_what_is_rejected_is_closed_once(ground: Ground) -> None:
    one = ground.request()
    for _ in range(2):
        ground.forge.close(one.iid, "rejected")
    assert (one.state, len(ground.writes())) == ("closed", 1)


def test_what_was_merged_by_a_push_is_left_to_gitlab_which_marks_it_itself(ground: Ground) -> None:
    one, other = ground.request(), ground.request("tides")
    ground.fake.project.repo.references.create("refs/heads/main", one.head, force=True)
    ground.forge.close(one.iid, "merged")
    ground.forge.close(other.iid, "merged")
    assert (one.state, other.state) == ("opened", "closed")


# Releasing


def files(folder: Path) -> list[Path]:
    """Two files of a release."""
    made = [folder / "model-v1.gguf", folder / "checksums.txt"]
    for number, file in enumerate(made):
        file.write_bytes(bytes([number]) * 3000)
    return made


def test_a_release_has_its_tag_its_notes_and_its_files(ground: Ground, tmp_path: Path) -> None:
    target, forge = ground.fake.project.tip("main"), ground.forge
    forge.tag("model/v1", target, "Model 1\n")
    address = forge.release("model/v1", "Model v1", "Notes.\n", files(tmp_path))
    assert address == f"{ground.fake.wire.url}/school/taxonomy/-/releases/model%2Fv1"
    one = ground.fake.project.releases["model/v1"]
    assert (one["name"], one["description"]) == ("Model v1", "Notes.\n")
    assert [link["name"] for link in one["assets"]["links"]] == ["model-v1.gguf", "checksums.txt"]
    assert ground.fake.project.packages["upweight/model-v1/checksums.txt"] == b"\1" * 3000


def test_a_release_that_broke_off_is_finished_and_nothing_is_sent_twice(
    ground: Ground, tmp_path: Path
) -> None:
    forge = ground.forge
    forge.tag("v1", ground.fake.project.tip("main"), "Model 1\n")
    for kind, path in (
        ("lost", "/releases$"),
        ("lost", "/packages/"),
        ("lost", "/links$"),
        (500, "checksums"),
    ):
        ground.fake.trouble(kind, path=path)
        with pytest.raises(OSError):
            forge.release("v1", "Model v1", "Notes.", files(tmp_path))
    forge.release("v1", "Model v1", "Other notes.", files(tmp_path))
    one = ground.fake.project.releases["v1"]
    assert (one["description"], len(one["assets"]["links"])) == ("Other notes.", 2)
    sent = [it for it in ground.writes() if "/packages/" in it]
    assert [it.rpartition("/")[2] for it in sent] == ["model-v1.gguf", "checksums.txt"]
    before = len(ground.writes())
    forge.release("v1", "Model v1", "Other notes.", files(tmp_path))
    assert len(ground.writes()) == before


def test_a_tag_whose_answer_was_lost_is_there_and_one_of_nothing_is_denied(ground: Ground) -> None:
    target = ground.fake.project.tip("main")
    ground.fake.trouble("lost", method="POST", path="/tags$")
    with pytest.raises(OSError):
        ground.forge.tag("v1", target, "x")
    assert ground.forge.tag("v1", target, "x") != target  # its own object: annotated
    with pytest.raises(Denied, match="invalid"):
        ground.forge.tag("v2", "e" * 40, "x")
    with pytest.raises(Denied):
        ground.forge.release("v9", "no tag", "", [])


def test_a_file_that_the_registry_would_not_take_is_refused_by_its_name(
    ground: Ground, tmp_path: Path
) -> None:
    ground.forge.tag("v1", ground.fake.project.tip("main"), "x")
    bad = tmp_path / "a b.txt"
    bad.write_text("x")
    with pytest.raises(Denied, match=r"a b\.txt"):
        ground.forge.release("v1", "x", "", [bad])
