"""Tags and releases: a draft until every file is up, and a second call adds what is missing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.webhooks.github.server import Server
from tests.webhooks.github.world import BASE, World
from webhooks.forge import Denied, Moved
from webhooks.github.forge import GitHubForge

TAG = "model/v1"


def files(folder: Path) -> list[Path]:
    made = [folder / "notes.md", folder / "größe & co.bin"]
    made[0].write_text("notes")
    made[1].write_bytes(bytes(range(256)) * 600)
    return made


def test_a_release_is_out_when_its_files_are(
    forge: GitHubForge, world: World, server: Server, tmp_path: Path
) -> None:
    address = forge.release(TAG, "Model 1", "Better.", files(tmp_path))
    (release,) = world.releases.values()
    assert address == release["html_url"]
    assert (release["draft"], release["name"], release["body"]) == (False, "Model 1", "Better.")
    assert [(a["name"], a["size"]) for a in release["assets"]] == [
        ("notes.md", 5),
        ("größe & co.bin", 153_600),
    ]
    assert [line.split("/")[-1] for line in server.changes()] == [
        "releases",
        "assets",
        "assets",
        str(release["id"]),
    ]
    (sent,) = [asked for asked, _ in server.asked if asked.query.get("name") == "größe & co.bin"]
    assert sent.body == (tmp_path / "größe & co.bin").read_bytes()
    since = len(server.asked)
    assert forge.release(TAG, "Model 1", "Better.", files(tmp_path)) == address
    assert server.changes(since) == []


def test_what_broke_off_is_gone_on_with_and_nobody_saw_half(
    forge: GitHubForge, world: World, server: Server, tmp_path: Path
) -> None:
    server.fail("POST .*/assets", 201, {"id": 1})  # the first is lost, the second fails
    server.fail("POST .*/assets", 502)
    with pytest.raises(OSError, match="502"):
        forge.release(TAG, "Model 1", "Better.", files(tmp_path))
    (release,) = world.releases.values()
    assert release["draft"]
    release["assets"] = [{"id": 1, "name": "notes.md", "size": 0, "state": "starter"}]
    forge.release(TAG, "Model 1", "Better.", files(tmp_path))
    assert f"DELETE {BASE}/releases/assets/1" in server.changes()
    assert (len(world.releases), len(release["assets"]), release["draft"]) == (1, 2, False)


def test_a_release_that_is_out_changes_no_file(forge: GitHubForge, world: World, tmp_path: Path) -> None:
    forge.release(TAG, "Model 1", "Better.", files(tmp_path))
    (tmp_path / "notes.md").write_text("other notes")
    with pytest.raises(Denied, match=r"is out, with another notes\.md"):
        forge.release(TAG, "Model 1", "Better.", [tmp_path / "notes.md"])


def test_files_go_to_github_s_own_address_only(
    forge: GitHubForge, world: World, server: Server, tmp_path: Path
) -> None:
    other = Server()
    forge.release(TAG, "Model 1", "Better.", [])
    (release,) = world.releases.values()
    release["upload_url"] = f"{other.url}/assets{{?name,label}}"
    with pytest.raises(Denied, match="not its own address"):
        forge.release(TAG, "Model 1", "Better.", files(tmp_path))
    other.stop()
    assert other.asked == []


def test_a_file_that_github_does_not_take_is_not_tried(
    forge: GitHubForge, server: Server, tmp_path: Path
) -> None:
    large = tmp_path / "model.safetensors"
    with large.open("wb") as file:
        file.truncate(2 * 1024**3)
    with pytest.raises(Denied, match=r"model\.safetensors is larger than the 2 GiB"):
        forge.release(TAG, "Model 1", "Better.", [large])
    assert server.asked == []


def test_an_upload_goes_on_with_a_new_token(
    forge: GitHubForge, world: World, server: Server, tmp_path: Path
) -> None:
    server.fail("POST .*/assets", 401, {"message": "Bad credentials"})
    forge.release(TAG, "Model 1", "Better.", files(tmp_path)[:1])
    (release,) = world.releases.values()
    assert [asset["size"] for asset in release["assets"]] == [5]
    assert world.tokens == 2


def test_a_tag_that_is_no_annotated_tag_is_not_ours(forge: GitHubForge, world: World) -> None:
    target = world.refs["heads/main"][1]
    world.refs[f"tags/{TAG}"] = ("commit", target)
    with pytest.raises(Moved, match="not as an annotated tag"):
        forge.tag(TAG, target, "Model 1\n")


def test_a_tag_that_another_made_meanwhile_is_looked_at_again(
    forge: GitHubForge, world: World, server: Server
) -> None:
    target = world.refs["heads/main"][1]
    made = forge.tag(TAG, target, "Model 1\n")
    server.fail("GET .*/git/ref/tags", 404, {"message": "Not Found"})
    assert forge.tag(TAG, target, "Model 1\n") == made
    server.fail("GET .*/git/ref/tags", 404, {"message": "Not Found"}, times=2)
    with pytest.raises(Denied, match="422"):
        forge.tag(TAG, target, "Model 1\n")
