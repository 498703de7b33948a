"""The mirror of a repository on a forge: what it fetches, what it says, what it survives."""

from __future__ import annotations

import threading
from pathlib import Path

import pygit2
import pytest

from service.git.bounded import Bounds, Late
from service.git.mirror import Gone, Mirror, Target
from tests.service.git.http_forge import Origin
from webhooks.forge import Denied, Moved


@pytest.fixture
def origin(tmp_path: Path) -> Origin:
    made = Origin(tmp_path / "origin.git")
    made.commit("refs/heads/main", b"one\n")
    return made


@pytest.fixture
def mirror(tmp_path: Path, origin: Origin) -> Mirror:
    return Mirror(tmp_path / "mirrors" / "t.git", Target(origin.file_url))


def at(mirror: Mirror, ref: str) -> str | None:
    found = mirror.git().references.get(ref)
    return str(found.target) if found else None


def test_branch_tags_and_one_head_come_and_a_second_fetch_brings_nothing(
    mirror: Mirror, origin: Origin
) -> None:
    main = str(origin.git.references["refs/heads/main"].target)
    head, other = origin.pull(7, b"two\n"), origin.pull(77, b"three\n")
    origin.git.references.create("refs/tags/v1", origin.git.references["refs/heads/main"].target)
    found = mirror.fetch([7])
    assert (found.branch, found.heads, found.tags) == ((None, main), {7: head}, ("v1",))
    assert (at(mirror, "refs/heads/main"), at(mirror, "refs/pull/7/head")) == (main, head)
    assert other not in mirror.git()  # nobody asked for it
    again = mirror.fetch([7])
    assert (again.branch, again.heads, again.tags, again.vanished, again.rewound) == (None, {}, (), (), False)


def test_all_heads_come_when_all_are_asked_for(mirror: Mirror, origin: Origin) -> None:
    heads = {number: origin.pull(number, b"%d\n" % number) for number in (1, 2, 12)}
    assert mirror.fetch(None).heads == heads


def test_heads_of_another_forge_come_to_the_same_place(tmp_path: Path, origin: Origin) -> None:
    head = origin.commit(
        "refs/merge-requests/3/head", b"x\n", str(origin.git.references["refs/heads/main"].target)
    )
    spec = "+refs/merge-requests/*/head:refs/pull/*/head"
    mirror = Mirror(tmp_path / "m.git", Target(origin.file_url), heads=spec)
    assert mirror.fetch([3]).heads == {3: head}
    assert at(mirror, "refs/pull/3/head") == head


def test_a_branch_pushed_by_force_is_followed_and_told_and_its_former_tip_is_kept(
    mirror: Mirror, origin: Origin
) -> None:
    mirror.fetch()
    old = at(mirror, "refs/heads/main")
    new = origin.commit("refs/heads/main", b"another\n", force=True)
    found = mirror.fetch()
    assert (found.branch, found.rewound) == ((old, new), True)
    assert at(mirror, "refs/heads/main") == new
    assert at(mirror, f"refs/upweight/rewound/{old}") == old
    origin.commit("refs/heads/main", b"onward\n")
    assert not mirror.fetch().rewound


def test_a_head_that_is_gone_from_the_forge_stays_here_and_is_told(mirror: Mirror, origin: Origin) -> None:
    head = origin.pull(7, b"two\n")
    mirror.fetch([7])
    origin.git.references.delete("refs/pull/7/head")
    assert mirror.fetch([7]).vanished == (7,)
    assert at(mirror, "refs/pull/7/head") == head
    assert mirror.fetch(None).vanished == (7,)
    assert mirror.fetch([8]).vanished == (8,)  # never there at all


def test_a_tag_of_ours_stays_where_it_is_and_the_clash_is_told(mirror: Mirror, origin: Origin) -> None:
    mirror.fetch()
    ours = mirror.git().references["refs/heads/main"].target
    mirror.git().references.create("refs/tags/model-v1", ours)
    origin.commit("refs/heads/main", b"two\n")
    origin.git.references.create("refs/tags/model-v1", origin.git.references["refs/heads/main"].target)
    found = mirror.fetch()
    assert (found.tags, found.clashes) == ((), ("model-v1",))
    assert at(mirror, "refs/tags/model-v1") == str(ours)


def test_a_tag_of_ours_and_the_forge_s_own_of_the_same_commit_do_not_clash(
    mirror: Mirror, origin: Origin
) -> None:
    mirror.fetch()
    main = origin.git.references["refs/heads/main"].target
    for git, name in ((mirror.git(), "Upweight"), (origin.git, "upweight[bot]")):
        who = pygit2.Signature(name, "upweight@localhost", 0, 0)
        git.create_tag("model-v1", main, pygit2.enums.ObjectType.COMMIT, who, "v1\n")
    ours = at(mirror, "refs/tags/model-v1")
    assert mirror.fetch().clashes == ()
    assert at(mirror, "refs/tags/model-v1") == ours != str(origin.git.references["refs/tags/model-v1"].target)


def test_what_is_no_commit_is_no_head(mirror: Mirror, origin: Origin) -> None:
    blob = origin.git.create_blob(b"text")
    origin.git.references.create("refs/pull/4/head", blob)
    found = mirror.fetch([4])
    assert (found.heads, found.vanished) == ({}, (4,))


def test_a_repository_that_is_not_there_is_told_apart_from_a_branch_that_is_not(
    tmp_path: Path, origin: Origin
) -> None:
    with pytest.raises(Gone):
        Mirror(tmp_path / "a.git", Target(f"file://{tmp_path}/nothing.git")).fetch()
    with pytest.raises(Denied, match="no such branch"):
        Mirror(tmp_path / "b.git", Target(origin.file_url), "trunk").fetch()


@pytest.mark.parametrize(
    "url",
    ["ssh://host/x.git", "https://user:secret@host/x.git", "http://forge.example/x.git", "--upload-pack=x",
     "ext::sh -c true", "https://host/a b.git", "/tmp/x.git"],
)  # fmt: skip
def test_nothing_is_sent_to_an_address_of_another_kind(tmp_path: Path, url: str) -> None:
    mirror = Mirror(tmp_path / "m.git", Target(url, lambda: ("ada", "tok")))
    with pytest.raises(Denied) as why:
        mirror.fetch()
    assert "tok" not in str(why.value).replace("token", "")


def test_one_head_that_is_too_large_keeps_no_other_away(tmp_path: Path, origin: Origin) -> None:
    import random

    noise = random.Random(1).randbytes(3_000_000)
    origin.pull(1, noise)
    head = origin.pull(2, b"two\n")
    mirror = Mirror(tmp_path / "m.git", Target(origin.file_url), bounds=Bounds(size=1_000_000))
    found = mirror.fetch([1, 2])
    assert (found.too_large, found.heads, found.vanished) == ((1,), {2: head}, ())
    mirror.fetch([2])
    assert not list(mirror.path.glob("objects/pack/tmp_*"))
    assert sum(f.stat().st_size for f in mirror.path.rglob("*") if f.is_file()) < 1_000_000


def test_a_base_branch_that_is_too_large_is_refused(tmp_path: Path, origin: Origin) -> None:
    import random

    origin.commit("refs/heads/main", random.Random(1).randbytes(3_000_000))
    mirror = Mirror(tmp_path / "m.git", Target(origin.file_url), bounds=Bounds(size=1_000_000))
    with pytest.raises(Denied, match="more than 1 MB"):
        mirror.fetch([1])


def test_a_first_fetch_is_shallow_and_goes_deeper_where_a_contribution_began_before_it(
    tmp_path: Path, origin: Origin
) -> None:
    first = str(origin.git.references["refs/heads/main"].target)
    for number in range(12):
        origin.commit("refs/heads/main", b"%d\n" % number)
    mirror = Mirror(tmp_path / "m.git", Target(origin.file_url), depth=3)
    mirror.fetch()
    assert mirror.git().is_shallow
    assert first not in mirror.git()
    recent = origin.pull(1, b"recent\n")
    assert mirror.fetch([1]).heads == {1: recent}
    assert mirror.git().is_shallow  # nothing more was needed
    old = origin.commit("refs/pull/2/head", b"old\n", first)
    mirror.fetch([2])
    git = mirror.git()
    assert not git.is_shallow
    assert str(git.merge_base(git.references["refs/heads/main"].target, old)) == first


def test_a_fetch_that_was_killed_is_mended_by_the_next(mirror: Mirror, origin: Origin) -> None:
    import os

    mirror.fetch()
    head = origin.pull(5, b"five\n")
    left = [
        mirror.path / "objects/pack/tmp_pack_abc123",
        mirror.path / "refs/incoming/heads/main.lock",
        mirror.path / "refs/incoming/pull/5/head.lock",
        mirror.path / "shallow.lock",
        mirror.path / "packed-refs.lock",
        mirror.path / "refs/heads/main.lock",
    ]
    for file in left:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"half")
        os.utime(file, (1000.0, 1000.0))
    new = origin.commit("refs/heads/main", b"two\n")
    found = mirror.fetch([5])
    assert (found.heads, found.branch and found.branch[1]) == ({5: head}, new)
    assert not [file for file in left if file.exists()]


def test_a_lock_that_somebody_holds_now_is_left_alone(mirror: Mirror) -> None:
    mirror.fetch()
    held = mirror.path / "refs/heads/other.lock"
    held.write_bytes(b"")
    mirror.fetch()
    assert held.exists()


def test_who_fetches_at_once_takes_turns_and_all_get_the_same(mirror: Mirror, origin: Origin) -> None:
    heads = {number: origin.pull(number, b"%d\n" % number) for number in range(1, 5)}
    wrong: list[BaseException] = []

    def fetch() -> None:
        try:
            mirror.fetch(None)
        except BaseException as problem:
            wrong.append(problem)

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert {n: at(mirror, f"refs/pull/{n}/head") for n in heads} == heads


def test_who_is_closing_waits_for_no_fetch(tmp_path: Path, origin: Origin) -> None:
    stopping = threading.Event()
    mirror = Mirror(tmp_path / "m.git", Target(origin.file_url), stopping=stopping)
    mirror.make()
    stopping.set()
    with pytest.raises(Late):
        mirror.fetch()


def test_no_hook_runs_and_nothing_is_collected_behind_our_back(mirror: Mirror, origin: Origin) -> None:
    mirror.make()
    ran = mirror.path / "ran"
    for name in ("reference-transaction", "post-update", "pre-auto-gc"):
        hook = mirror.path / "hooks" / name
        hook.parent.mkdir(exist_ok=True)
        hook.write_text(f"#!/bin/sh\ntouch {ran}\n")
        hook.chmod(0o755)
    mirror.fetch()
    config = mirror.git().config
    assert not ran.exists()
    assert (config["gc.auto"], config["core.hooksPath"]) == ("0", "/dev/null")
    assert config["transfer.hideRefs"] == "refs/incoming"


def test_refs_are_pushed_and_what_became_of_each_is_told(mirror: Mirror, origin: Origin) -> None:
    mirror.fetch()
    git = mirror.git()
    main = git.references["refs/heads/main"].target
    for name in ("refs/tags/model-v1", "refs/upweight/record", "refs/tags/taken"):
        git.references.create(name, main)
    elsewhere = origin.commit("refs/tags/taken", b"other\n")
    refs = ["refs/tags/model-v1", "refs/upweight/record", "refs/tags/taken", "refs/tags/nowhere"]
    told = {pushed.ref: pushed for pushed in mirror.push(refs)}
    assert [told[ref].done for ref in refs] == [True, True, False, False]
    assert "exists" in told["refs/tags/taken"].why
    assert told["refs/tags/nowhere"].why == "it is not here"
    assert str(origin.git.references["refs/upweight/record"].target) == str(main)
    assert str(origin.git.references["refs/tags/taken"].target) == elsewhere
    assert all(pushed.done for pushed in mirror.push(refs[:2]))  # a second time changes nothing


def test_refs_go_to_the_mirror_that_is_set_for_them(tmp_path: Path, origin: Origin) -> None:
    other = Origin(tmp_path / "other.git")
    mirror = Mirror(tmp_path / "m.git", Target(origin.file_url), push=Target(other.file_url))
    mirror.fetch()
    mirror.git().references.create("refs/tags/v1", mirror.git().references["refs/heads/main"].target)
    assert mirror.push(["refs/tags/v1"])[0].done
    assert "refs/tags/v1" in other.git.references
    assert "refs/tags/v1" not in origin.git.references


def test_what_piled_up_is_packed_and_a_head_that_nobody_needs_goes(mirror: Mirror, origin: Origin) -> None:
    origin.pull(1, b"1\n")
    kept = origin.pull(2, b"2\n")
    mirror.fetch(None)
    assert mirror.tidy(forget=[1], now=0.0)
    assert (at(mirror, "refs/pull/1/head"), at(mirror, "refs/pull/2/head")) == (None, kept)
    assert len(list(mirror.path.glob("objects/pack/*.pack"))) == 1
    assert not mirror.tidy()  # nothing has come since
    assert mirror.fetch([1]).heads.keys() == {1}  # and it can come back


def test_many_heads_that_come_at_once_are_kept_in_one_file(mirror: Mirror, origin: Origin) -> None:
    head = origin.pull(1, b"1\n")
    for number in range(2, 205):
        origin.git.references.create(f"refs/pull/{number}/head", head)
    assert len(mirror.fetch(None).heads) == 204
    assert not list(mirror.path.glob("refs/pull/*/head"))
    assert at(mirror, "refs/pull/204/head") == head
    newer = origin.pull(204, b"204\n")
    assert mirror.fetch([204]).heads == {204: newer}


def test_a_branch_of_the_forge_is_moved_on_from_where_it_was_seen_and_never_back(
    mirror: Mirror, origin: Origin
) -> None:
    mirror.fetch()
    old = at(mirror, "refs/heads/main")
    assert old is not None
    new = commit_on(mirror, old)
    mirror.move("main", old, new)
    assert str(origin.git.references["refs/heads/main"].target) == new
    with pytest.raises(ValueError, match="is not built on"):
        mirror.move("main", new, old)
    theirs = origin.commit("refs/heads/main", b"theirs\n")
    with pytest.raises(Moved):
        mirror.move("main", new, commit_on(mirror, new))
    assert str(origin.git.references["refs/heads/main"].target) == theirs


def test_a_branch_that_was_deleted_meanwhile_is_not_made_again(mirror: Mirror, origin: Origin) -> None:
    old = origin.pull(7, b"two\n")
    mirror.fetch([7])
    with pytest.raises(Moved):
        mirror.move("tides", old, commit_on(mirror, old))
    assert "refs/heads/tides" not in origin.git.references


def test_a_branch_that_the_forge_guards_is_not_moved_and_it_is_told_why(
    mirror: Mirror, origin: Origin
) -> None:
    mirror.fetch()
    hook = Path(origin.git.path) / "hooks" / "update"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'error: GH006: main is protected' >&2\nexit 1\n")
    hook.chmod(0o755)
    old = str(at(mirror, "refs/heads/main"))
    with pytest.raises(Denied, match=r"does not move main: .*It says: .*GH006: main is protected"):
        mirror.move("main", old, commit_on(mirror, old))


def commit_on(mirror: Mirror, parent: str) -> str:
    git, who = mirror.git(), pygit2.Signature("Upweight", "upweight@localhost", 0, 0)
    above = git[parent].peel(pygit2.Commit)
    return str(git.create_commit(None, who, who, f"On {parent}", above.tree.id, [above.id]))
