"""The hooks by real pushes: numbers, revisions, what is refused and why, and who is told of it."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from pathlib import Path

import httpx
import pygit2
import pytest

from tests.webhooks.plain.conftest import SECRET, Bell, Ground, Rung
from tests.webhooks.shelf import Shelf
from webhooks.event import BranchMoved, Person, Pushed
from webhooks.plain.places import COUNTER, SPOOL
from webhooks.plain.scheme import SCHEME
from webhooks.plain.setup import init
from webhooks.routes import door

pytestmark = pytest.mark.slow


def event(rung: Rung) -> object:
    return SCHEME.parse(rung.headers["x-upweight-event"], rung.body)


def test_a_first_push_opens_a_contribution_and_says_where(ground: Ground, bell: Bell) -> None:
    head = ground.commit({"a.txt": "1"}, message="Lamps of the harbour\n\nMore.\n")
    pushed = ground.push(f"{head}:refs/for/main", options=("topic=lamps",))
    assert pushed.ok
    assert "Contribution 1 to main, new: Lamps of the harbour" in pushed.text
    assert f"{bell.url}/r/taxonomy/contributions/1" in pushed.text
    assert "refs/pull/1/head" in pushed.text
    (pull,) = ground.forge.open_pulls()
    assert (pull.number, pull.head, pull.base, pull.topic) == (1, head, "main", "lamps")
    assert (pull.author, pull.title) == (Person("plain", "ada", "ada"), "Lamps of the harbour")
    (rung,) = bell.rung
    assert rung.path == "/webhooks/plain"
    author = Person("plain", "ada", "ada")
    assert event(rung) == Pushed(
        "plain", "taxonomy", 1, head, "main", "lamps", author, "Lamps of the harbour"
    )
    assert event(rung) == ground.forge.pushed(pull)
    assert ground.spooled() == []


async def test_the_real_door_takes_what_the_hook_sends(ground: Ground, bell: Bell) -> None:
    ground.contribute()
    (rung,) = bell.rung
    shelf = Shelf()
    transport = httpx.ASGITransport(door(shelf, lambda _forge: [SECRET], lambda _id: None))  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url="http://door") as client:
        answer = await client.post(rung.path, content=rung.body, headers=rung.headers)
    assert (answer.status_code, [kept.event for kept in shelf.kept.values()]) == (202, ["pushed"])


@pytest.mark.slow
def test_twelve_people_who_push_at_once_get_twelve_numbers(ground: Ground, bell: Bell) -> None:
    heads = [ground.commit({"a.txt": str(n)}, message=f"Number {n}\n") for n in range(12)]
    taken: list[bool] = []
    start = threading.Barrier(12)

    def push(n: int) -> None:
        start.wait()
        taken.append(ground.push(f"{heads[n]}:refs/for/main", person=f"person-{n}", options=("topic=t",)).ok)

    threads = [threading.Thread(target=push, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    pulls = ground.forge.open_pulls()
    assert taken == [True] * 12
    assert [pull.number for pull in pulls] == list(range(1, 13))
    assert sorted(pull.head for pull in pulls) == sorted(heads)
    told = {(it.number, it.head) for it in map(event, bell.rung) if isinstance(it, Pushed)}
    assert told | {(p.number, p.head) for p in pulls} == {(p.number, p.head) for p in pulls}
    assert len(told) + len(ground.spooled()) == 12  # a door too slow for somebody is told later
    fsck = subprocess.run(["git", "-C", str(ground.path), "fsck", "--strict"], capture_output=True, text=True)
    assert fsck.returncode == 0, fsck.stderr


@pytest.mark.slow
def test_twelve_pushes_in_a_row_to_one_topic_are_one_number_and_twelve_revisions(
    ground: Ground, bell: Bell
) -> None:
    heads = [ground.commit({"a.txt": str(n)}) for n in range(12)]  # each amends the one before: no --force
    texts = [ground.push(f"{head}:refs/for/main", options=("topic=lamps",)).text for head in heads]
    assert "Contribution 1 to main, new" in texts[0]
    assert all("Contribution 1 to main, a new revision" in text for text in texts[1:])
    (pull,) = ground.forge.open_pulls()
    assert (pull.number, pull.head) == (1, heads[-1])
    told = [it.head for it in map(event, bell.rung) if isinstance(it, Pushed)]
    assert told == heads


def test_the_same_head_again_is_taken_and_told_again(ground: Ground, bell: Bell) -> None:
    number, head = ground.contribute()
    again = ground.push(f"{head}:refs/for/main", options=("topic=lamps",))
    assert again.ok
    assert f"Contribution {number} to main, as it was, told again" in again.text
    assert [event(rung) for rung in bell.rung] == [
        ground.forge.pushed(p) for p in ground.forge.open_pulls()
    ] * 2
    ids = [rung.headers["x-upweight-delivery"] for rung in bell.rung]
    assert len(set(ids)) == 2  # two deliveries: the service decides that nothing is new


@pytest.mark.parametrize(
    "topic", ["x.lock", "../../etc", "-rf", "HEAD", "a b", "größe 🌊", "a" * 200, "refs/heads/main"]
)
def test_a_topic_may_be_named_anything(ground: Ground, topic: str) -> None:
    first, second = (ground.commit({"a.txt": text}) for text in ("1", "2"))
    for head in (first, second):
        pushed = ground.push(f"{head}:refs/for/main", options=(f"topic={topic}",))
        assert pushed.ok, pushed.text
    (pull,) = ground.forge.open_pulls()
    assert (pull.number, pull.topic, pull.head) == (1, topic, second)


def test_the_same_topic_of_two_people_is_two_contributions(ground: Ground) -> None:
    assert [ground.contribute("lamps", person, person)[0] for person in ("ada", "ben", "ada")] == [1, 2, 1]


def test_without_a_topic_the_subject_names_it(ground: Ground) -> None:
    head = ground.commit({"a.txt": "1"}, message="Lamps, of the Harbour!\n")
    assert ground.push(f"{head}:refs/for/main").ok
    (pull,) = ground.forge.open_pulls()
    assert pull.topic == "lamps-of-the-harbour"


def test_one_push_may_carry_several_contributions(ground: Ground, bell: Bell) -> None:
    heads = [ground.commit({"a.txt": name}, message=f"{name}\n") for name in ("one", "two", "three")]
    pushed = ground.push(*(f"{head}:refs/for/main/{n}" for n, head in enumerate(heads)))
    assert pushed.ok, pushed.text
    assert [(p.number, p.head, p.topic) for p in ground.forge.open_pulls()] == [
        (n + 1, head, str(n)) for n, head in enumerate(heads)
    ]
    assert len(bell.rung) == 3


def test_of_several_refs_what_is_refused_hinders_nobody_else(ground: Ground) -> None:
    good, bad = ground.commit({"a.txt": "1"}), ground.commit({"b.txt": "1"}, None)
    pushed = ground.push(f"{good}:refs/for/main/good", f"{bad}:refs/for/main/bad")
    assert not pushed.ok
    assert "shares nothing with main" in pushed.text
    assert [pull.head for pull in ground.forge.open_pulls()] == [good]


def test_a_branch_with_slashes_is_found_before_a_topic(ground: Ground) -> None:
    ground.repo.references.create("refs/heads/line/two", ground.base)
    head = ground.commit({"a.txt": "1"})
    assert ground.push(f"{head}:refs/for/line/two/my/topic").ok
    (pull,) = ground.forge.open_pulls()
    assert (pull.base, pull.topic) == ("line/two", "my/topic")


def test_what_can_not_be_a_contribution_is_refused_with_a_reason(ground: Ground) -> None:
    head, stranger = ground.commit({"a.txt": "1"}), ground.commit({"b.txt": "1"}, None)
    tree = str(ground.desk[head].peel(pygit2.Commit).tree_id)
    wrong = [
        (f"{ground.base}:refs/for/main", (), "nothing new: main has this commit already"),
        (f"{stranger}:refs/for/main", (), "shares nothing with main; start from a clone of it"),
        (f"{head}:refs/for/nowhere", (), "no branch nowhere here"),
        (f"{tree}:refs/for/main", (), "a contribution is a commit, and this is a tree"),
        (f"{head}:refs/for/main", ("author=ben",), "unknown push option author; known: topic, title"),
        (f"{head}:refs/for/main", ("topic=" + "a" * 201,), "longer than 200 characters"),
    ]
    for spec, options, reason in wrong:
        pushed = ground.push(spec, options=options)
        assert not pushed.ok, spec
        assert reason in pushed.text.replace("\nremote: ", " ")
    assert ground.forge.open_pulls() == []
    assert ground.spooled() == []


def test_to_delete_a_contribution_by_a_push_is_refused(ground: Ground) -> None:
    number, head = ground.contribute()
    assert not ground.push(":refs/for/main").ok
    assert not ground.push(f":refs/pull/{number}/head").ok
    assert [pull.head for pull in ground.forge.open_pulls()] == [head]


def packet(text: str) -> bytes:
    return b"%04x" % (len(text.encode()) + 4) + text.encode()


def test_a_deletion_that_reaches_the_hook_is_answered_with_a_reason(ground: Ground) -> None:
    """Git's own client never sends it; another may."""
    zero = "0" * 40
    asked = packet("version=1\0push-options") + b"0000" + packet(f"{zero} {zero} refs/for/main") + b"00000000"
    hook = [str(ground.path / "hooks" / "proc-receive")]
    env = {**os.environ, "UPWEIGHT_PLAIN_USER": "ada"}
    done = subprocess.run(hook, input=asked, cwd=ground.path, env=env, capture_output=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert b"ng refs/for/main a contribution is not deleted by a push" in done.stdout
    assert ground.forge.open_pulls() == []


def test_branches_and_tags_are_moved_by_maintainers_alone(ground: Ground, bell: Bell) -> None:
    head = ground.commit({"README.md": "2\n"})
    refused = ground.push(f"{head}:refs/heads/main")
    assert not refused.ok
    assert "main changes through contributions: git push origin HEAD:refs/for/main" in refused.text
    assert "maintainers alone push to it" in ground.push(f"{head}:refs/tags/v9").text
    assert not ground.push(f"{head}:refs/pull/7/head", f"{head}:refs/upweight/pulls").ok
    assert (bell.rung, str(ground.repo.references["refs/heads/main"].target)) == ([], ground.base)
    ground.repo.config["upweight.maintainers"] = "ben, ada"
    assert ground.push(f"{head}:refs/heads/main").ok
    (rung,) = bell.rung
    assert event(rung) == BranchMoved(
        "plain", "taxonomy", "main", ground.base, head, Person("plain", "ada", "ada")
    )


def test_the_owner_is_a_maintainer(ground: Ground) -> None:
    ground.repo.config["upweight.owner"] = "ada"
    assert ground.push(f"{ground.commit({'evaluation/x/items.yaml': '[]'})}:refs/heads/main").ok


def test_not_even_a_maintainer_rewrites_or_deletes_a_branch(ground: Ground) -> None:
    ground.repo.config["upweight.maintainers"] = "ada"
    assert not ground.push(f"+{ground.commit({'x': '1'}, None)}:refs/heads/main").ok
    assert not ground.push(":refs/heads/main").ok
    assert str(ground.repo.references["refs/heads/main"].target) == ground.base


async def test_while_the_door_is_down_the_contribution_is_safe_and_told_later(ground: Ground) -> None:
    ground.forge.set_url("http://127.0.0.1:9")
    head = ground.commit({"a.txt": "1"})
    pushed = ground.push(f"{head}:refs/for/main")
    assert pushed.ok
    assert "The service does not answer just now" in pushed.text
    (pull,) = ground.forge.open_pulls()
    (waiting,) = ground.forge.spooled()
    assert SCHEME.parse(waiting.event, waiting.body) == ground.forge.pushed(pull)
    shelf = Shelf()
    assert await ground.forge.drain(shelf) == [waiting.id]
    assert (shelf.kept[waiting.id].body, ground.spooled()) == (waiting.body, [])
    assert await ground.forge.drain(shelf) == []


async def test_what_the_service_has_already_is_only_taken_off_the_spool(ground: Ground) -> None:
    ground.contribute()
    (waiting,) = ground.forge.spooled()
    shelf = Shelf()
    await shelf.keep(waiting)
    assert await ground.forge.drain(shelf) == []
    assert ground.spooled() == []


def test_a_service_that_empties_the_spool_while_it_is_rung_disturbs_no_push(
    ground: Ground, bell: Bell
) -> None:
    def empty() -> None:
        for file in (ground.path / SPOOL).iterdir():
            file.unlink()

    bell.meanwhile = empty
    pushed = ground.push(f"{ground.commit({'a.txt': '1'})}:refs/for/main")
    assert pushed.ok, pushed.text
    assert len(ground.forge.open_pulls()) == len(bell.rung) == 1


def test_a_door_that_can_not_keep_it_is_told_later(ground: Ground, bell: Bell) -> None:
    bell.status = 503
    head = ground.commit({"a.txt": "1"})
    pushed = ground.push(f"{head}:refs/for/main", options=("topic=t",))
    assert pushed.ok
    assert "The service answered 503; this waits" in pushed.text
    assert ground.spooled() == ["pushed"]
    bell.status = 202
    assert ground.push(f"{head}:refs/for/main", options=("topic=t",)).ok  # whoever can't wait pushes again
    assert len(bell.rung) == 2


def test_a_service_that_does_not_know_the_secret_is_told_of_with_the_way_to_mend_it(
    ground: Ground, bell: Bell
) -> None:
    bell.status = 401
    pushed = ground.push(f"{ground.commit({'a.txt': '1'})}:refs/for/main")
    assert pushed.ok
    said = pushed.text.replace("\nremote: ", " ")
    assert f"The service at {bell.url} does not know this forge's secret." in said
    assert f"--repository {ground.path}" in said
    assert ground.spooled() == ["pushed"]


def test_a_forge_that_is_empty_says_how_its_branch_is_made(ground: Ground, tmp_path: Path) -> None:
    made = init(tmp_path / "new.git", "", ground.secret)
    empty = Ground(made, Path(ground.desk.path), ground.secret)
    refused = empty.push(f"{empty.base}:refs/for/main")
    assert not refused.ok
    assert "git push origin HEAD:main" in refused.text
    assert empty.push(f"{empty.base}:refs/heads/main", person=empty.owner).ok


def test_without_a_service_or_a_secret_the_push_is_taken_all_the_same(ground: Ground, bell: Bell) -> None:
    ground.repo.config["upweight.secretFile"] = "/nowhere"
    assert (
        "The secret that signs deliveries can't be read"
        in ground.push(f"{ground.commit({'a.txt': '1'})}:refs/for/main/a").text
    )
    ground.forge.set_url("")
    assert "No service is set" in ground.push(f"{ground.commit({'a.txt': '2'})}:refs/for/main/b").text
    assert ([p.number for p in ground.forge.open_pulls()], bell.rung, ground.spooled()) == (
        [1, 2],
        [],
        ["pushed"] * 2,
    )


def test_who_pushes_is_what_the_server_says(ground: Ground) -> None:
    heads = [ground.commit({"a.txt": str(n)}) for n in range(4)]
    web = {"GATEWAY_INTERFACE": "CGI/1.1"}
    assert "did not say who you are" in ground.push(f"{heads[0]}:refs/for/main/0", person="", **web).text
    assert ground.push(f"{heads[1]}:refs/for/main/1", person="", REMOTE_USER="ben", **web).ok
    assert ground.push(f"{heads[2]}:refs/for/main/2", person="").ok
    assert "user name can't be used" in ground.push(f"{heads[3]}:refs/for/main/3", person="../ada").text
    assert [pull.author.id for pull in ground.forge.open_pulls()] == ["ben", ground.owner]


def test_a_counter_that_is_behind_gives_no_number_twice(ground: Ground) -> None:
    ground.contribute("one")
    (ground.path / COUNTER).write_text("0\n")
    assert ground.contribute("two", text="y")[0] == 2
    (ground.path / COUNTER).unlink()
    assert ground.contribute("three", text="z")[0] == 3


def test_a_title_that_would_move_the_cursor_is_made_harmless(ground: Ground, bell: Bell) -> None:
    head = ground.commit({"a.txt": "1"}, message='Red \x1b[31m\t"quoted" \u202e\n')
    pushed = ground.push(f"{head}:refs/for/main")
    assert "\x1b[31m" not in pushed.text
    (pull,) = ground.forge.open_pulls()
    assert pull.title == 'Red [31m "quoted"'
    assert json.loads(bell.rung[0].body)["title"] == pull.title


def test_a_revision_brings_its_title_and_a_name_that_was_given_stays(ground: Ground, bell: Bell) -> None:
    def push(subject: str, *options: str) -> str:
        head = ground.commit({"a.txt": subject}, message=f"{subject}\n")
        pushed = ground.push(f"{head}:refs/for/main", options=("topic=lamps", *options))
        assert pushed.ok, pushed.text
        (pull,) = ground.forge.open_pulls()
        assert f": {pull.title} " in pushed.text
        assert json.loads(bell.rung[-1].body)["title"] == pull.title
        assert (pull.number, pull.head, pull.topic) == (1, head, "lamps")
        return pull.title

    assert push("Lamps") == "Lamps"
    assert push("Lamps and bells") == "Lamps and bells"
    assert push("Typo", "title=The harbour") == "The harbour"
    assert push("Another typo") == "The harbour"
    assert push("A last one", "title=The whole harbour") == "The whole harbour"


def test_a_head_that_is_pushed_again_keeps_its_title(ground: Ground, bell: Bell) -> None:
    head = ground.commit({"a.txt": "1"}, message="Lamps\n")
    for options in ((), ("title=Else",)):
        pushed = ground.push(f"{head}:refs/for/main", options=("topic=lamps", *options))
        assert "Lamps" in pushed.text
    assert [pull.title for pull in ground.forge.open_pulls()] == ["Lamps"]
    assert json.loads(bell.rung[-1].body)["title"] == "Lamps"


def test_nobody_hears_of_every_contribution_when_they_push_and_nobody_sees_the_papers(ground: Ground) -> None:
    ground.contribute()
    seen = subprocess.run(
        ["git", "ls-remote", str(ground.path)], capture_output=True, text=True, check=True
    ).stdout
    assert "refs/pull/1/head" in seen  # anybody may fetch it
    assert "refs/upweight" not in seen
    said = subprocess.run(
        ["git", "receive-pack", "--advertise-refs", str(ground.path)], capture_output=True, check=True
    )
    assert b"refs/pull" not in said.stdout
    assert b"refs/heads/main" in said.stdout


def test_a_spool_file_that_is_half_written_is_left_alone(ground: Ground) -> None:
    (ground.path / SPOOL / "x.pushed.tmp").write_bytes(b"{")
    assert ground.spooled() == []


def test_a_forge_may_lie_anywhere(ground: Ground, tmp_path: Path) -> None:
    odd = tmp_path / 'it\'s a "forge" $HOME; größe.git'
    secret = tmp_path / "a secret's file"
    secret.write_bytes(SECRET)
    elsewhere = Ground(init(odd, "", secret), Path(ground.desk.path), secret)
    assert elsewhere.push(f"{ground.base}:refs/heads/main", person=elsewhere.owner).ok
    assert elsewhere.contribute()[0] == 1
