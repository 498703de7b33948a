"""Changes at lines: one review for what is new, nothing twice, nothing where the diff shows no such line."""

from __future__ import annotations

import pytest

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import ADA, BASE, World
from webhooks.forge import Denied
from webhooks.github.forge import GitHubForge
from webhooks.report import Annotation

PATCH = (
    "@@ -0,0 +1,5 @@\n+one\n+two\n+three\n+four\n+five\n@@ -20,3 +30,3 @@ def\n context\n-old\n+new\n context"
)
ONE = Annotation("a/qna.yaml", 2, "failure", "Use two spaces. @everyone", "rule", ("  two",))
SEVERAL = Annotation("a/qna.yaml", 3, "failure", "Join them.", "rule", ("three four",), 2)


def open_one(world: World) -> tuple[int, str]:
    number, head = world.contribute("lamps", "Lamps")
    world.files[number] = [
        {"filename": "a/qna.yaml", "patch": PATCH, "status": "added"},
        {"filename": "unshown.yaml", "patch": "@@ -0,0 +1,20 @@\n" + "+x\n" * 20, "status": "added"},
        {"filename": "large.bin", "status": "added"},
    ]
    return number, head


def test_what_is_new_is_one_review_and_what_is_there_is_not_said_again(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, head = open_one(world)
    assert forge.suggest(number, head, [ONE, SEVERAL, ONE]) == 1
    one, several = world.remarks.values()
    assert (one["path"], one["line"], one["start_line"]) == ("a/qna.yaml", 2, None)
    assert (several["line"], several["start_line"]) == (4, 3)
    assert "```suggestion\n  two\n```" in one["body"]
    assert "@everyone" not in one["body"]
    assert forge.suggest(number, head, [ONE, SEVERAL]) == 0
    assert server.changes() == [f"POST {BASE}/pulls/{number}/reviews"]


def test_what_is_wanted_no_more_goes_unless_somebody_answered(forge: GitHubForge, world: World) -> None:
    number, head = open_one(world)
    forge.suggest(number, head, [ONE, SEVERAL])
    first, second = world.remarks
    world.remarks[999] = {"id": 999, "number": number, "path": "a/qna.yaml", "line": 4, "user": ADA, "body": "Why?",
                          "in_reply_to_id": second, "commit_id": head, "start_line": None}  # fmt: skip
    assert forge.suggest(number, head, []) == 1
    assert set(world.remarks) == {second, 999}
    assert first not in world.remarks


def test_a_forged_marker_is_left_alone(forge: GitHubForge, world: World, server: Server) -> None:
    number, head = open_one(world)
    world.remarks[5] = {"id": 5, "number": number, "path": "a/qna.yaml", "line": 2, "user": ADA, "commit_id": head,
                        "body": "<!-- upweight: suggestion -->\nforged", "start_line": None}  # fmt: skip
    assert forge.suggest(number, head, []) == 0
    assert server.changes() == []


def test_a_new_head_keeps_what_github_folded_and_an_old_head_gets_nothing(
    forge: GitHubForge, world: World
) -> None:
    number, head = open_one(world)
    world.beyond = [".line: None"]
    forge.suggest(number, head, [ONE])
    newer = world.revise(number)
    assert forge.suggest(number, head, [ONE]) == 0
    assert forge.suggest(number, newer, [ONE]) == 1
    assert [remark["line"] for remark in world.remarks.values()] == [None, 2]


@pytest.mark.parametrize(
    ("path", "line", "lines"),
    [
        ("a/qna.yaml", 6, 1),
        ("a/qna.yaml", 5, 2),
        ("a/qna.yaml", 29, 1),
        ("b.yaml", 1, 1),
        ("large.bin", 1, 1),
    ],
)
def test_lines_that_the_diff_does_not_show_take_no_remark(
    forge: GitHubForge, world: World, server: Server, path: str, line: int, lines: int
) -> None:
    number, head = open_one(world)
    assert forge.suggest(number, head, [Annotation(path, line, "failure", "x", "", ("y",), lines)]) == 0
    assert server.changes() == []


def test_context_lines_of_a_later_hunk_are_counted_from_its_head(forge: GitHubForge, world: World) -> None:
    number, head = open_one(world)
    for line in (30, 31, 32):
        forge.suggest(number, head, [Annotation("a/qna.yaml", line, "failure", "x", "", ("y",))])
        assert [remark["line"] for remark in world.remarks.values()] == [line]


def test_a_review_that_github_turns_down_goes_remark_by_remark(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, head = open_one(world)
    odd = Annotation("unshown.yaml", 9, "failure", "x", "", ("y",))
    assert forge.suggest(number, head, [ONE, odd]) == 3
    assert [remark["path"] for remark in world.remarks.values()] == ["a/qna.yaml"]
    server.fail("POST .*/reviews", 403, {"message": "Resource not accessible by integration"})
    with pytest.raises(Denied, match="not accessible"):
        forge.suggest(number, head, [SEVERAL])


def test_what_can_not_be_shown_to_the_letter_is_not_offered(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, head = open_one(world)
    hidden = Annotation("a/qna.yaml", 2, "failure", "x", "", ("a\u202eb",))
    none = Annotation("a/qna.yaml", 2, "failure", "x")
    assert forge.suggest(number, head, [hidden, none]) == 0
    assert server.changes() == []
