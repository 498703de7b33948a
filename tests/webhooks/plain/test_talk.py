"""What lies below the hook: the talk in packets, objects as git writes them, bodies that the door reads back."""

from __future__ import annotations

import io
import json
from pathlib import Path

import msgspec
import pygit2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.event import BranchMoved, Closed, Commented, Event, Person, Pushed, Unknown
from webhooks.plain.git import Objects, graft, read_tree, write_object
from webhooks.plain.ring import encode, new_id, sign
from webhooks.plain.scheme import SCHEME, body_of
from webhooks.plain.talk import Answer, Asked, hear, read_section, tell, write_section

ZERO, ONE = "0" * 40, "1" * 40


def said(*sections: list[bytes]) -> io.BytesIO:
    stream = io.BytesIO()
    for section in sections:
        write_section(stream, section)
    return io.BytesIO(stream.getvalue())


def test_what_is_asked_is_heard_with_its_options() -> None:
    asked = [f"{ZERO} {ONE} refs/for/main".encode(), f"{ZERO} {ONE} refs/for/main/größe".encode()]
    answer = io.BytesIO()
    found, options = hear(said([b"version=1\0push-options atomic"], asked, [b"topic=a b=c"]), answer)
    assert found == [Asked(ZERO, ONE, "refs/for/main"), Asked(ZERO, ONE, "refs/for/main/größe")]
    assert options == ["topic=a b=c"]
    assert read_section(io.BytesIO(answer.getvalue())) == [b"version=1\0push-options"]


def test_without_options_none_are_waited_for() -> None:
    answer = io.BytesIO()
    found, options = hear(said([b"version=1\0atomic"], [f"{ZERO} {ONE} refs/for/main".encode()]), answer)
    assert (len(found), options) == (1, [])
    assert read_section(io.BytesIO(answer.getvalue())) == [b"version=1"]


@pytest.mark.parametrize("text", [b"", b"00", b"0010abc", b"0000"])
def test_a_talk_that_breaks_off_is_an_error_not_a_guess(text: bytes) -> None:
    with pytest.raises((EOFError, ValueError)):
        hear(io.BytesIO(text), io.BytesIO())


def test_an_unknown_version_is_an_error() -> None:
    with pytest.raises(ValueError, match="version=2"):
        hear(said([b"version=2"]), io.BytesIO())


def test_each_ref_is_answered_where_it_went_or_why_not() -> None:
    out = io.BytesIO()
    tell(
        out,
        [
            Answer("refs/for/main", "refs/pull/1/head", ZERO, ONE),
            Answer("refs/for/x", reason="no such branch"),
        ],
    )
    assert read_section(io.BytesIO(out.getvalue())) == [
        b"ok refs/for/main", b"option refname refs/pull/1/head", b"option old-oid " + ZERO.encode(),
        b"option new-oid " + ONE.encode(), b"ng refs/for/x no such branch",
    ]  # fmt: skip


VALUES = st.recursive(
    st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner, max_size=3), max_leaves=8
)


@given(VALUES)
def test_the_hook_s_own_json_is_json(value: object) -> None:
    assert json.loads(encode(value)) == value


def test_half_a_character_does_not_break_the_body() -> None:
    assert json.loads(encode({"title": "\ud800!"})) == {"title": "?!"}


def test_every_delivery_has_another_id_and_a_signature_that_the_door_knows() -> None:
    assert len({new_id() for _ in range(50)}) == 50
    assert SCHEME.signed(signature(sign(b"new", b"body")), b"body", [b"old", b"new"], 0)
    assert not SCHEME.signed(signature(sign(b"new", b"bodY")), b"body", [b"new"], 0)
    assert not SCHEME.signed(signature("sha256=größe"), b"body", [b"new"], 0)
    assert not SCHEME.signed({}, b"body", [b"new"], 0)


def signature(value: str) -> dict[bytes, bytes]:
    return {SCHEME.signature_header: value.encode("latin-1")}


ADA = Person("plain", "ada", "Ada")


@pytest.mark.parametrize(
    "event",
    [Pushed("plain", "t", 1, ONE, "main", "lamps", ADA, "T"), Commented("plain", "t", 1, ADA, "x", "1-1")],
)
def test_what_we_send_is_read_back(event: Pushed | Commented) -> None:
    name = "pushed" if isinstance(event, Pushed) else "commented"
    assert SCHEME.parse(name, body_of(event)) == event
    assert SCHEME.repository(body_of(event)) == "t"


@pytest.mark.parametrize(
    ("name", "body", "event"),
    [
        (
            "branch-moved",
            {"branch": "main", "old": ZERO, "new": ONE},
            BranchMoved("plain", "t", "main", ZERO, ONE, ADA),
        ),
        ("closed", {"number": 3}, Closed("plain", "t", 3, ADA)),
        ("danced", {}, Unknown("danced")),
    ],
)
def test_the_other_events_are_read(name: str, body: dict[str, object], event: Event) -> None:
    told = {"schema": 1, "repository": "t", "person": {"id": "ada", "name": "Ada"}, **body}
    assert SCHEME.parse(name, json.dumps(told).encode()) == event
    assert (name in SCHEME.events) == (not isinstance(event, Unknown))


@pytest.mark.parametrize("event", sorted(SCHEME.events))
def test_a_body_without_what_it_needs_is_no_event(event: str) -> None:
    for body in (b"{}", b"[]", b"{", b'{"repository": "t", "number": "1"}'):
        with pytest.raises(msgspec.MsgspecError):
            SCHEME.parse(event, body)


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> pygit2.Repository:
    """A bare repository in which we stand, as a hook does."""
    made = pygit2.init_repository(str(tmp_path / "t.git"), bare=True)
    monkeypatch.chdir(tmp_path / "t.git")
    return made


def test_objects_are_those_that_git_would_write(repo: pygit2.Repository) -> None:
    for content in (b"", b"text\n", bytes(range(256)) * 50):
        name = write_object("blob", content)
        assert str(pygit2.hash(content)) == name == write_object("blob", content)
        assert repo[name].peel(pygit2.Blob).data == content


def test_a_grafted_tree_is_the_tree_that_git_would_make(repo: pygit2.Repository) -> None:
    paths = [
        "a",
        "a-b",
        "a.b",
        "b/c/d",
        "b/c-d",
        "b.c",
        "größe/x",
        "1/10/pull.json",
        "1/9/pull.json",
        "b/c/e",
    ]
    objects, tree, index = Objects(), None, pygit2.Index()
    for path in paths:
        tree = graft(objects, tree, path, path.encode())
        index.add(pygit2.IndexEntry(path, repo.create_blob(path.encode()), pygit2.enums.FileMode.BLOB))
        assert tree == str(index.write_tree(repo))
    again = graft(objects, tree, "b", b"now a file")
    found = objects.get(again)
    objects.close()
    assert found is not None
    assert set(read_tree(found[2])) == {p.split("/")[0].encode() for p in paths}
    assert repo[again].peel(pygit2.Tree)["b"].data == b"now a file"  # type: ignore[attr-defined]


def test_what_is_not_there_is_none_and_the_next_is_found_all_the_same(repo: pygit2.Repository) -> None:
    name, objects = write_object("blob", b"x"), Objects()
    asked = [objects.get(each) for each in ("refs/heads/none", "no such thing at all", ONE, name)]
    objects.close()
    assert asked == [None, None, None, (name, "blob", b"x")]
