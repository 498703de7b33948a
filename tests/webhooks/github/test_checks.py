"""One check at a head: made once, changed after that, its annotations in portions, and read back after a restart."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import APP, BASE, REPO, World
from webhooks.forge import Denied
from webhooks.github import client
from webhooks.github.forge import GitHubForge, opened
from webhooks.known import Where
from webhooks.report import Annotation, Check


def notes(count: int) -> tuple[Annotation, ...]:
    return tuple(
        Annotation("a/qna.yaml", line, "warning", f"No {line}.", "rule") for line in range(1, count + 1)
    )


def failed(head: str, *annotations: Annotation, summary: str = "Mend them.") -> Check:
    return Check("completed", "failure", "Things to fix", summary, annotations, head)


def test_annotations_go_fifty_a_request(forge: GitHubForge, world: World, server: Server) -> None:
    number, head = world.contribute("lamps", "Lamps")
    forge.mark(number, failed(head, *notes(120)))
    sent = [asked for asked, _ in server.asked if "/check-runs" in asked.path and asked.method != "GET"]
    assert [(asked.method, len(asked.json["output"]["annotations"])) for asked in sent] == [
        ("POST", 50),
        ("PATCH", 50),
        ("PATCH", 20),
    ]
    assert forge.found(number, frozenset()).check == failed(head, *notes(120))


def test_a_check_is_made_once_and_changed_after_that(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, head = world.contribute("lamps", "Lamps")
    for check in (
        Check("queued", None, "Waiting", "", (), head),
        Check("in_progress", None, "Judging", "", (), head),
    ):
        forge.mark(number, check)
    forge.mark(number, failed(head, *notes(2)))
    forge.mark(number, failed(head, *notes(3)))
    (run,) = world.runs.values()
    assert (run["status"], run["conclusion"], run["output"]["annotations_count"]) == (
        "completed",
        "failure",
        3,
    )
    assert run["external_id"].startswith(f"upweight:{number}:")
    assert server.changes() == [f"POST {BASE}/check-runs", *[f"PATCH {BASE}/check-runs/{run['id']}"] * 3]


def test_what_broke_off_is_gone_on_with(forge: GitHubForge, world: World, server: Server) -> None:
    number, head = world.contribute("lamps", "Lamps")
    server.fail("PATCH .*/check-runs", 502)
    with pytest.raises(OSError, match="502"):
        forge.mark(number, failed(head, *notes(60)))
    assert forge.found(number, frozenset()).check != failed(head, *notes(60))
    forge.mark(number, failed(head, *notes(60)))
    (run,) = world.runs.values()
    assert run["output"]["annotations_count"] == 60


def test_a_remark_that_github_refuses_takes_no_verdict_with_it(
    forge: GitHubForge, world: World, server: Server
) -> None:
    number, head = world.contribute("lamps", "Lamps")
    told = {"resource": "CheckRun", "code": "invalid", "field": "annotations"}
    server.fail("POST .*/check-runs", 422, {"message": "Validation Failed", "errors": [told]})
    forge.mark(number, failed(head, *notes(3)))
    (run,) = world.runs.values()
    assert (run["conclusion"], run["output"]["annotations_count"]) == ("failure", 0)
    server.fail(
        "PATCH .*/check-runs", 422, {"message": "Validation Failed", "errors": [{**told, "field": "status"}]}
    )
    with pytest.raises(Denied, match="status"):
        forge.mark(number, failed(head, *notes(3)))


def test_annotations_that_have_to_go_cost_a_new_run(forge: GitHubForge, world: World) -> None:
    number, head = world.contribute("lamps", "Lamps")
    forge.mark(number, failed(head, *notes(3)))
    forge.mark(number, failed(head, *notes(2)))
    assert len(world.runs) == 2
    assert forge.found(number, frozenset()).check == failed(head, *notes(2))


def test_another_head_has_another_check(forge: GitHubForge, world: World) -> None:
    number, head = world.contribute("lamps", "Lamps")
    forge.mark(number, failed(head))
    newer = world.revise(number)
    assert forge.found(number, frozenset()).check is None
    forge.mark(
        number, Check("completed", "success", "Worth accepting", "x")
    )  # of the newest head, where none is named
    assert [run["head_sha"] for run in world.runs.values()] == [head, newer]


@pytest.mark.parametrize("summary", ["", "Mend them."])
def test_a_restart_reads_back_what_was_set(
    forge: GitHubForge,
    world: World,
    server: Server,
    settings: Mapping[str, str],
    tmp_path: Path,
    summary: str,
) -> None:
    number, head = world.contribute("lamps", "Lamps")
    told = (
        Annotation("größe/qna.yaml", 3, "failure", "No.", "rule", ("one", "  two"), 2),
        Annotation("b.txt", 1, "notice", "Hm."),
    )
    forge.mark(number, failed(head, *told, summary=summary))
    client.forget()
    anew = opened(Where(REPO, tmp_path, settings))
    assert anew.found(number, frozenset()).check == failed(head, *told, summary=summary)
    since = len(server.asked)
    anew.mark(number, failed(head, *told, summary=summary))
    assert len(server.changes(since)) == 1


def test_another_app_s_check_is_not_ours(forge: GitHubForge, world: World) -> None:
    number, head = world.contribute("lamps", "Lamps")
    world.runs[99] = {"id": 99, "name": "upweight", "head_sha": head, "status": "completed", "conclusion": "success",
                      "output": {"annotations_count": 0, "title": "x", "summary": "y"}, "app": {"id": APP + 1},
                      "external_id": ""}  # fmt: skip
    assert forge.found(number, frozenset()).check is None


def test_what_is_too_long_is_cut_to_what_github_takes(forge: GitHubForge, world: World) -> None:
    number, head = world.contribute("lamps", "Lamps")
    long = Annotation("a", 0, "failure", "m" * 90_000, "t" * 999, ("s" * 90_000,))
    check = Check("completed", "failure", "T" * 999, "S" * 90_000, (long,), head)
    forge.mark(number, check)
    (run,) = world.runs.values()
    (note,) = world.annotations[run["id"]]
    assert (len(run["output"]["title"]), len(run["output"]["summary"])) == (255, 65_000)
    assert (note["start_line"], len(note["title"]), len(note["message"])) == (1, 255, 65_000)
    assert forge.found(number, frozenset()).check == check
