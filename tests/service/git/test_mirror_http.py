"""The mirror over http: who may read, how long it takes, and that nobody but the forge ever sees the token."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pygit2
import pytest

from service.git.bounded import Bounds, Late, Place
from service.git.mirror import Gone, Mirror, Target
from tests.service.facts.stranger import authority
from tests.service.facts.stranger import serving as https
from tests.service.git.http_forge import TOKEN, USER, WHO, Origin, Server, serving
from webhooks.forge import Denied


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    made = Origin(tmp_path / "forge" / "origin.git")
    made.commit("refs/heads/main", b"one\n")
    return made


@pytest.fixture
def server(origin: Origin) -> Iterator[Server]:
    with serving(origin.path.parent) as server:
        yield server


def mirror_of(
    server: Server, folder: Path, token: str = TOKEN, seconds: float = 60.0, name: str = "origin"
) -> Mirror:
    source = Target(f"{server.url}/{name}.git", lambda: (USER, token))
    return Mirror(folder / "mirrors" / "t.git", source, bounds=Bounds(seconds=seconds))


def told_to_processes() -> str:
    """The arguments and the environment of every process that we may look into."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        for file in ("cmdline", "environ"):
            try:
                found.append((process / file).read_bytes().decode("utf-8", "replace"))
            except OSError:
                continue
    return "\n".join(found)


def test_the_token_is_in_no_argument_environment_file_or_log(
    server: Server,
    origin: Origin,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    head = origin.pull(7, b"two\n")
    mirror, seen = mirror_of(server, tmp_path), []
    server.met = lambda: seen.append(told_to_processes())
    assert mirror.fetch([7]).heads == {7: head}
    mirror.git().references.create("refs/tags/v1", mirror.git().references["refs/heads/main"].target)
    assert mirror.push(["refs/tags/v1"])[0].done
    assert len(seen) >= 4
    assert all("remote-http" in text for text in seen)  # Git was there to be looked at
    assert not [1 for text in seen if TOKEN in text]
    assert not [
        file for file in mirror.path.rglob("*") if file.is_file() and TOKEN.encode() in file.read_bytes()
    ]
    out = capfd.readouterr()
    assert TOKEN not in caplog.text + out.out + out.err
    assert TOKEN not in repr(Place("https://h/x", (USER, TOKEN)))
    assert not [path for path in server.asked if TOKEN in path]


def test_a_push_to_a_fork_lends_its_token_the_same_way_and_is_refused_without_a_right(
    server: Server, origin: Origin, tmp_path: Path
) -> None:
    fork = Origin(origin.path.parent / "fork.git")
    old = origin.pull(7, b"two\n")
    (fork.path / "objects/info/alternates").write_text(f"{origin.path}/objects\n")
    pygit2.Repository(str(fork.path)).references.create("refs/heads/tides", old)
    mirror, seen = mirror_of(server, tmp_path), []
    mirror.fetch([7])
    server.met = lambda: seen.append(told_to_processes())
    target = Target(f"{server.url}/fork.git", lambda: (USER, TOKEN))
    git, above = mirror.git(), mirror.git()[old].peel(pygit2.Commit)
    new = str(git.create_commit(None, WHO, WHO, "Mended\n", above.tree_id, [above.id]))
    fork.git.config["http.receivepack"] = "false"
    with pytest.raises(Denied, match="refuses our token, or it may not do this there"):
        mirror.move("tides", old, new, target)
    fork.git.config["http.receivepack"] = "true"
    mirror.move("tides", old, new, target)
    assert str(pygit2.Repository(str(fork.path)).references["refs/heads/tides"].target) == new
    assert len(seen) >= 2
    assert not [1 for text in seen if TOKEN in text]


def test_a_wrong_token_is_refused_and_not_told_on(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Denied, match="refuses our token") as why:
        mirror_of(server, tmp_path, token="wrong-token-xyz").fetch()
    assert "wrong-token-xyz" not in str(why.value)


def test_a_token_that_was_replaced_is_asked_for_anew(server: Server, origin: Origin, tmp_path: Path) -> None:
    tokens = iter(["first-token", TOKEN])
    mirror = Mirror(tmp_path / "m.git", Target(f"{server.url}/origin.git", lambda: (USER, next(tokens))))
    with pytest.raises(Denied):
        mirror.fetch()
    assert mirror.fetch().branch is not None


def test_a_repository_that_was_renamed_is_told_and_its_new_address_gets_no_token(
    server: Server, origin: Origin, tmp_path: Path
) -> None:
    with serving(origin.path.parent) as other:
        server.moved = other.url
        with pytest.raises(Gone, match="renamed or transferred"):
            mirror_of(server, tmp_path).fetch()
        assert other.asked == []


def test_a_repository_that_is_gone_is_told(server: Server, tmp_path: Path) -> None:
    with pytest.raises(Gone, match="Nothing is at"):
        mirror_of(server, tmp_path, name="nothing").fetch()


def test_a_forge_that_does_not_answer_is_later_and_no_refusal(tmp_path: Path, origin: Origin) -> None:
    with serving(origin.path.parent) as server:
        mirror = mirror_of(server, tmp_path)
    with pytest.raises(OSError, match="did not answer"):
        mirror.fetch()


@pytest.mark.parametrize("kind", ["GET", "POST"])
def test_a_fetch_that_takes_too_long_is_killed_with_all_its_children_and_the_next_one_is_whole(
    server: Server, origin: Origin, tmp_path: Path, kind: str
) -> None:
    mirror_of(server, tmp_path).fetch()
    head = origin.pull(3, b"three\n")
    server.hangs = kind
    with pytest.raises(Late, match="longer than 1 s"):
        mirror_of(server, tmp_path, seconds=1.0).fetch([3])
    assert str(tmp_path) not in "".join(
        text for text in told_to_processes().split("\n") if "remote-http" in text
    )
    server.hangs = ""
    found = mirror_of(server, tmp_path).fetch([3])
    assert (found.heads, found.rewound) == ({3: head}, False)


def test_a_push_that_the_forge_refuses_says_why_ref_by_ref(
    server: Server, origin: Origin, tmp_path: Path
) -> None:
    mirror = mirror_of(server, tmp_path)
    mirror.fetch()
    for name in ("refs/tags/v1", "refs/upweight/hidden"):
        mirror.git().references.create(name, mirror.git().references["refs/heads/main"].target)
    origin.git.config["receive.hideRefs"] = "refs/upweight"
    told = {pushed.ref: pushed for pushed in mirror.push(["refs/tags/v1", "refs/upweight/hidden"])}
    assert told["refs/tags/v1"].done
    assert not told["refs/upweight/hidden"].done
    assert "hidden" in told["refs/upweight/hidden"].why


def test_without_rights_to_push_it_is_refused_as_a_whole(
    server: Server, origin: Origin, tmp_path: Path
) -> None:
    mirror = mirror_of(server, tmp_path)
    mirror.fetch()
    origin.git.config["http.receivepack"] = "false"
    mirror.git().references.create("refs/tags/v1", mirror.git().references["refs/heads/main"].target)
    with pytest.raises(Denied):
        mirror.push(["refs/tags/v1"])


def test_a_proxy_of_the_operators_is_asked_for_what_is_not_this_machine(
    server: Server, origin: Origin, tmp_path: Path
) -> None:
    far = Mirror(tmp_path / "far.git", Target("http://forge.example/origin.git"), proxy=server.url)
    with pytest.raises(Denied):  # this proxy wants a login
        far.fetch()
    assert server.asked[0].startswith("http://forge.example/origin.git/info/refs")
    near = Mirror(
        tmp_path / "near.git",
        Target(f"{server.url}/origin.git", lambda: (USER, TOKEN)),
        proxy="http://127.0.0.1:9",
    )
    assert near.fetch().branch is not None


def test_a_private_certificate_is_taken_where_its_authority_is_named(tmp_path: Path, origin: Origin) -> None:
    certificate = authority(tmp_path)
    with https(origin.path.parent, certificate) as server:
        source = Target(f"https://localhost:{server.server_port}/git/origin.git")
        with pytest.raises(OSError, match="certificate"):
            Mirror(tmp_path / "m.git", source).fetch()
        assert Mirror(tmp_path / "m.git", source, authorities=certificate).fetch().branch is not None
