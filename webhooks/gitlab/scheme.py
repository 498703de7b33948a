"""How GitLab speaks at the door: who sent it, which delivery it is, and what it is about.

Two kinds of proof: the older ``X-Gitlab-Token``, which carries the secret itself, and the signature of Standard
Webhooks (``webhook-id``, ``webhook-timestamp``, ``webhook-signature``), whose secret never travels. A delivery that
brings a signature must have one that holds, whatever its token says. Pages of GitLab's documentation:
user/project/integrations/webhooks, user/project/integrations/webhook_events, administration/system_hooks.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence

import msgspec

from webhooks.gitlab.payload import parse
from webhooks.scheme import Headers, Scheme

TOLERANCE = 300.0  # seconds between its clock and ours, as Standard Webhooks has it
PREFIX = b"whsec_"
SIGNATURES = 16  # more in one header than while a secret is replaced is nobody's honest header

EVENTS = (
    "Merge Request Hook",
    "Note Hook",
    "Push Hook",
    "Issue Hook",
    "Member Hook",
    "Project Hook",
    "Subgroup Hook",
    "System Hook",
)
TOKEN, SIGNATURE = b"x-gitlab-token", b"webhook-signature"
ID, STAMP = b"webhook-id", b"webhook-timestamp"


class _Project(msgspec.Struct):
    path_with_namespace: str = ""
    id: int = 0


class _About(msgspec.Struct):
    """Where a body may say which project it is about."""

    object_kind: str | None = None
    event_name: str | None = None
    project: _Project | None = None
    path_with_namespace: str = ""
    old_path_with_namespace: str = ""
    project_path_with_namespace: str = ""
    project_id: int = 0


class GitLabScheme(Scheme):
    """GitLab's own ways of proving and naming a delivery."""

    def proved(self, headers: Headers) -> bool:
        """Whether there is a token or a signature."""
        return TOKEN in headers or SIGNATURE in headers

    def signed(self, headers: Headers, body: bytes, secrets: Sequence[bytes], now: float) -> bool:
        """Whether one of the secrets is in the token or made the signature; each is tried, in constant time."""
        given = headers.get(SIGNATURE)
        if given is not None:
            return _holds(headers, given, body, secrets, now)
        token = headers.get(TOKEN, b"")
        matches = [hmac.compare_digest(token, secret) for secret in secrets if secret]
        return any(matches)

    def delivery(self, headers: Headers, body: bytes) -> str:
        """The id that stays the same when it is sent again.

        ``webhook-id`` is that by the standard, ``Idempotency-Key`` since GitLab 17.4. Before, no header was: both UUIDs
        are drawn anew for each sending or shared by what one request set off, and so the bytes themselves are the id.
        """
        for name in (ID, b"idempotency-key"):
            if given := headers.get(name, b"").strip():
                return given.decode("latin-1")
        kind = headers.get(self.event_header, b"")
        return "sha256-" + hashlib.sha256(kind + b"\0" + body).hexdigest()


def _holds(headers: Headers, given: bytes, body: bytes, secrets: Sequence[bytes], now: float) -> bool:
    """Whether one of the signatures is by one of the secrets, over this id, this time and this body."""
    identity, stamp = headers.get(ID, b""), headers.get(STAMP, b"")
    if not identity or not stamp.isdigit() or len(stamp) > 12 or abs(now - int(stamp)) > TOLERANCE:
        return False
    signatures = [one for one in given.split() if one.startswith(b"v1,")][:SIGNATURES]
    made = [sign(secret, identity, stamp, body) for secret in secrets if key(secret)]
    matches = [hmac.compare_digest(ours, one) for ours in made for one in signatures]
    return any(matches)


def sign(secret: bytes, identity: bytes, stamp: bytes, body: bytes) -> bytes:
    """``v1,`` and the base64 of the HMAC-SHA256 over id, time and body."""
    message = b".".join((identity, stamp, body))
    return b"v1," + base64.b64encode(hmac.digest(key(secret), message, "sha256"))


def key(secret: bytes) -> bytes:
    """The key of a secret: what stands in base64 behind ``whsec_``, else its own bytes; empty where it has none."""
    if not secret.startswith(PREFIX):
        return secret
    coded = secret.removeprefix(PREFIX).rstrip(b"=")
    try:
        return base64.b64decode(coded + b"=" * (-len(coded) % 4), validate=True)
    except binascii.Error:
        return b""


def repository_of(body: bytes) -> str:
    """The project that a body is about; of one that was renamed the old name, by which we know it.

    Raises ValueError where it is no object, or must be about a project and names none.
    """
    about = msgspec.json.decode(body, type=_About)
    name = about.old_path_with_namespace or (about.project.path_with_namespace if about.project else "")
    name = name or about.path_with_namespace or about.project_path_with_namespace
    if not name and about.object_kind in ("merge_request", "note", "push", "issue"):
        raise ValueError(f"a {about.object_kind} of no project")
    return name


def identity_of(body: bytes) -> str:
    """GitLab's number of the project that a body is about; "" where it is about none, as of a group.

    Raises ValueError where it is no object, or names two.
    """
    about = msgspec.json.decode(body, type=_About)
    numbers = {about.project_id, about.project.id if about.project else 0} - {0}
    if len(numbers) > 1 or any(number < 0 for number in numbers):
        raise ValueError("a body of two projects")
    return str(*numbers)


SCHEME = GitLabScheme(
    forge="gitlab",
    signature_header=TOKEN,
    delivery_header=ID,
    event_header=b"x-gitlab-event",
    events=frozenset(EVENTS),
    repository=repository_of,
    parse=parse,
    identity=identity_of,
    mark="!",
)
