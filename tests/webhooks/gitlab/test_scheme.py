"""Who sent a delivery, which it is, and what it says."""

from __future__ import annotations

import base64
import hmac
import json
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.webhooks.gitlab.examples import EXAMPLES, MR, NAME, NOTE, body, note, push, request
from webhooks.event import Event, Unknown
from webhooks.gitlab.scheme import SCHEME

NOW = 1_760_000_000.0
KEY, OTHER = b"k" * 32, b"o" * 32
SECRET, NEXT = b"whsec_" + base64.b64encode(KEY), b"whsec_" + base64.b64encode(OTHER)


def signed(raw: bytes, key: bytes = KEY, id: bytes = b"id-1", at: float = NOW) -> dict[bytes, bytes]:
    """Headers as Standard Webhooks describes them, made without our own code."""
    stamp = str(int(at)).encode()
    mac = base64.b64encode(hmac.digest(key, id + b"." + stamp + b"." + raw, "sha256"))
    return {b"webhook-id": id, b"webhook-timestamp": stamp, b"webhook-signature": b"v1," + mac}


@pytest.mark.parametrize("name", EXAMPLES)
def test_what_a_body_says_is_our_event(name: str) -> None:
    header, example, event = EXAMPLES[name]
    assert SCHEME.parse(header, body(example)) == event
    assert header in SCHEME.events


@pytest.mark.parametrize(
    "name", [name for name, (header, *_) in EXAMPLES.items() if header in (MR, NOTE, "Push Hook")]
)
def test_a_project_is_known_by_its_whole_path(name: str) -> None:
    assert SCHEME.repository(body(EXAMPLES[name][1])) == NAME


def test_a_project_that_was_renamed_is_asked_for_by_the_name_that_we_know() -> None:
    assert SCHEME.repository(body(EXAMPLES["renamed"][1])) == NAME
    assert SCHEME.repository(body(EXAMPLES["a member of a project"][1])) == NAME
    assert SCHEME.repository(body(EXAMPLES["a member of a group"][1])) == ""


@pytest.mark.parametrize(
    "raw", [b"[]", b"{", b"7", b'{"object_kind": "note"}', b'{"object_kind": "push", "project": {}}']
)
def test_a_body_of_no_project_is_not_what_gitlab_sends(raw: bytes) -> None:
    with pytest.raises(ValueError):
        SCHEME.repository(raw)


def test_a_header_that_says_something_else_than_the_body_makes_nothing_happen() -> None:
    assert SCHEME.parse(NOTE, body(request("open"))) == Unknown("Note Hook with merge_request")
    assert isinstance(SCHEME.parse("Push Hook", body(note("@upweight approve"))), Unknown)


BAD: list[dict[str, Any]] = [
    request("open", last_commit={"id": "main"}),
    request("open", last_commit={"id": "a" * 40 + "\n"}),
    request("open", iid=0),
    request("open", iid=-3),
    request("open", author_id="51"),
    request("open", source_branch=""),
    request("open", title="x" * 5000),
    {**request("open"), "project": None},
    push("refs/heads/main", before="--upload-pack=x"),
]


@pytest.mark.parametrize("bad", BAD)
def test_a_field_that_could_not_be_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        SCHEME.parse({"push": "Push Hook"}.get(bad["object_kind"], MR), body(bad))


def test_what_else_gitlab_may_send_is_unknown_and_not_kept() -> None:
    for header in (
        "Emoji Hook",
        "Pipeline Hook",
        "Tag Push Hook",
        "Work Item Hook",
        "Confidential Note Hook",
    ):
        assert header not in SCHEME.events
        assert isinstance(SCHEME.parse(header, b'{"object_kind": "emoji"}'), Unknown)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None)
@given(name=st.sampled_from(sorted(EXAMPLES)), field=st.integers(0, 40), value=json_values)
def test_a_field_of_any_kind_gives_an_event_or_a_validation_error(name: str, field: int, value: Any) -> None:
    header, example, _ = EXAMPLES[name]
    forged = json.loads(json.dumps(example))
    inside = forged.get("object_attributes", forged) if field % 2 else forged
    inside[sorted(inside)[field % len(inside)]] = value
    try:
        assert isinstance(SCHEME.parse(header, body(forged)), Event)
        SCHEME.repository(body(forged))
    except (msgspec.ValidationError, ValueError):
        pass


# Who sent it


def test_a_token_is_any_of_the_valid_secrets_and_nothing_like_them() -> None:
    for token in (b"old", b"new"):
        assert SCHEME.signed({b"x-gitlab-token": token}, b"{}", [b"old", b"new"], NOW)
    for token in (b"", b"ol", b"oldx", b"OLD", "größe".encode(), b"\xff"):
        assert not SCHEME.signed({b"x-gitlab-token": token}, b"{}", [b"old", b"new"], NOW)
    assert not SCHEME.signed({}, b"{}", [b"old"], NOW)
    assert not SCHEME.signed({b"x-gitlab-token": b""}, b"{}", [b""], NOW)


def test_a_signature_by_any_of_the_valid_secrets_holds_while_one_is_replaced() -> None:
    for key in (KEY, OTHER):
        assert SCHEME.signed(signed(b"{}", key), b"{}", [SECRET, NEXT], NOW)
    assert not SCHEME.signed(signed(b"{}", OTHER), b"{}", [SECRET], NOW)
    both = signed(b"{}", b"x" * 32)
    both[b"webhook-signature"] += b" v1a,abc " + signed(b"{}")[b"webhook-signature"]
    assert SCHEME.signed(both, b"{}", [SECRET], NOW)


def test_a_secret_without_the_prefix_signs_with_its_own_bytes() -> None:
    assert SCHEME.signed(signed(b"{}", b"plain secret"), b"{}", [b"plain secret"], NOW)


@pytest.mark.parametrize("late", [-301, 301, -86400, 1e9])
def test_a_signature_from_another_time_is_refused(late: float) -> None:
    assert not SCHEME.signed(signed(b"{}", at=NOW + late), b"{}", [SECRET], NOW)
    for near in (-299, 0, 299):
        assert SCHEME.signed(signed(b"{}", at=NOW + near), b"{}", [SECRET], NOW)


@pytest.mark.parametrize("stamp", [b"", b"now", b"1e9", b"-5", b"9" * 40, " ٣".encode(), b"1760000000.5"])
def test_a_time_that_is_none_is_refused(stamp: bytes) -> None:
    headers = {**signed(b"{}"), b"webhook-timestamp": stamp}
    mac = hmac.digest(KEY, b"id-1." + stamp + b".{}", "sha256")
    headers[b"webhook-signature"] = b"v1," + base64.b64encode(mac)
    assert not SCHEME.signed(headers, b"{}", [SECRET], NOW)


def test_another_body_id_or_time_breaks_a_signature() -> None:
    headers = signed(b"{}")
    assert not SCHEME.signed(headers, b"{ }", [SECRET], NOW)
    assert not SCHEME.signed({**headers, b"webhook-id": b"id-2"}, b"{}", [SECRET], NOW)
    assert not SCHEME.signed(
        {**headers, b"webhook-timestamp": str(int(NOW) + 1).encode()}, b"{}", [SECRET], NOW
    )
    for gone in headers:
        left = {name: value for name, value in headers.items() if name != gone}
        assert not SCHEME.signed(left, b"{}", [SECRET], NOW)


def test_a_right_token_does_not_save_a_wrong_signature() -> None:
    headers = {**signed(b"{}", b"forged"), b"x-gitlab-token": b"token"}
    assert not SCHEME.signed(headers, b"{}", [b"token", SECRET], NOW)
    assert not SCHEME.signed({b"webhook-signature": b"", b"x-gitlab-token": b"token"}, b"{}", [b"token"], NOW)


def test_a_secret_that_is_no_base64_proves_nothing_by_accident() -> None:
    assert not SCHEME.signed(signed(b"{}", b""), b"{}", [b"whsec_", b"whsec_\xff"], NOW)


# Which delivery it is


def test_a_delivery_is_the_same_each_time_that_it_is_sent() -> None:
    first = {
        b"webhook-id": b"w",
        b"idempotency-key": b"k",
        b"x-gitlab-webhook-uuid": b"1",
        b"x-gitlab-event": MR.encode(),
    }
    assert SCHEME.delivery(first, b"{}") == "w"
    del first[b"webhook-id"]
    assert SCHEME.delivery(first, b"{}") == "k"
    del first[b"idempotency-key"]
    again = {**first, b"x-gitlab-webhook-uuid": b"2", b"x-gitlab-event-uuid": b"3"}
    assert SCHEME.delivery(first, b"{}") == SCHEME.delivery(again, b"{}")
    assert len(SCHEME.delivery(first, b"{}")) <= 100
    assert SCHEME.delivery(first, b"{}") != SCHEME.delivery(first, b"{ }")
