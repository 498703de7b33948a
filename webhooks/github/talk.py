"""Comments and labels on GitHub: one comment a purpose, found by a hidden marker in what our App wrote.

Anybody can write the marker, so the author counts as well. Every write looks first: what a lost answer made is found,
and is not made twice.
"""

from __future__ import annotations

import re

import msgspec

from webhooks.forge import Denied, Found, FoundComment
from webhooks.github.checks import Marks
from webhooks.github.client import Via
from webhooks.github.part import part_of_path
from webhooks.github.payload import Label, User
from webhooks.github.wire import Refused

PURPOSE = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}")
MARKER = re.compile(rf"\A<!-- upweight: ({PURPOSE.pattern}) -->\r?\n?")
COLOUR = "c5c1b4"  # of a label that we make; whoever wants another sets it on GitHub


class Comment(msgspec.Struct):
    """A comment as GitHub lists it."""

    id: int
    user: User | None = None
    body: str | None = None
    performed_via_github_app: Via | None = None


class Talk(Marks):
    """Conversation."""

    def found(self, number: int, purposes: frozenset[str]) -> Found:
        """What the pull request shows now. Comments are read only where some are asked for."""
        pull = self.pull_request(number)
        comments = self._comments(number, purposes, adopt=True) if purposes else ()
        return Found(comments, frozenset(label.name for label in pull.labels), self.shown(pull.head.sha))

    def write(self, number: int, purpose: str, text: str) -> str:
        """A new comment; one of the same purpose that is there is edited."""
        if not PURPOSE.fullmatch(purpose):
            raise ValueError(f"{purpose!r} can't name a comment")
        for comment in self._comments(number, frozenset({purpose})):
            self.edit(number, comment.id, text)
            return comment.id
        path = f"/issues/{number}/comments"
        made = self.made("POST", path, Comment, {"body": _marked(purpose, text)})
        if made.user is not None and made.user.bot:
            self.client.logins.add(made.user.login)
        return str(made.id)

    def edit(self, number: int, identity: str, text: str) -> None:
        """Another text for a comment of ours; the same text is not sent."""
        comment = self.get(_path(identity), Comment)
        purpose = self._purpose(comment) or self.client.adopted.get(comment.id)
        if purpose is None or not self._is_ours(comment):
            raise Denied(f"comment {identity} of {self.repository} is not ours to edit")
        if _marked(purpose, text).rstrip() != (comment.body or "").replace("\r\n", "\n").rstrip():
            self.send("PATCH", _path(identity), {"body": _marked(purpose, text)})

    def remove(self, number: int, identity: str) -> None:
        """Take a comment of ours away; one that is gone already is fine."""
        comment = self.find(_path(identity), Comment)
        if comment is None:
            return
        if self._purpose(comment) is None:
            raise Denied(f"comment {identity} of {self.repository} is not ours to take away")
        self._without(_path(identity))

    def label(self, number: int, add: frozenset[str], remove: frozenset[str]) -> None:
        """Add and take away labels; GitHub takes `Skill` and `skill` for the same one."""
        there = {label.name.casefold(): label.name for label in self._labels(number)}
        new = sorted(name for name in add if name.casefold() not in there)
        for name in new:
            self._made_label(name)
        if new:
            self.send("POST", f"/issues/{number}/labels", {"labels": new})
        kept = {name.casefold() for name in add}
        for name in sorted({name.casefold() for name in remove} - kept):
            if name in there:
                self._without(f"/issues/{number}/labels/{part_of_path(there[name])}")

    # Below

    def _labels(self, number: int) -> list[Label]:
        return self.pages(f"/issues/{number}/labels", Label)

    def _made_label(self, name: str) -> None:
        """Make a label where the repository has none of this name."""
        key = (self.repository, name.casefold())
        if key in self.client.labels:
            return
        if self.find(f"/labels/{part_of_path(name)}", Label) is None:
            try:
                self.send("POST", "/labels", {"name": name, "color": COLOUR})
            except Refused as refused:
                if refused.status != 422 or "already_exists" not in refused.said:  # another was faster
                    raise
        self.client.labels.add(key)

    def _comments(
        self, number: int, purposes: frozenset[str], adopt: bool = False
    ) -> tuple[FoundComment, ...]:
        """Ours for these purposes. Where one lacks and one of ours has lost its marker, somebody wrote over it: that is
        the one, if `adopt`; written anew it would notify."""
        found, bare = [], []
        for comment in self.pages(f"/issues/{number}/comments", Comment):
            purpose = self._purpose(comment)
            if purpose in purposes and purpose is not None:
                text = MARKER.sub("", comment.body or "", count=1)
                found.append(FoundComment(str(comment.id), purpose, text))
            elif adopt and purpose is None and self._is_ours(comment):
                bare.append(comment)
        lacking = purposes - {comment.purpose for comment in found}
        if len(lacking) == 1 and bare:
            [purpose] = lacking
            self.client.adopted[bare[0].id] = purpose
            found.append(FoundComment(str(bare[0].id), purpose, bare[0].body or ""))
        return tuple(found)

    def _purpose(self, comment: Comment) -> str | None:
        """What a comment of ours is for; None where it is another's, whatever it says."""
        marker = MARKER.match(comment.body or "")
        return marker.group(1) if marker is not None and self._is_ours(comment) else None

    def _is_ours(self, comment: Comment) -> bool:
        return self.client.mine(comment.user, comment.performed_via_github_app)

    def _without(self, path: str) -> None:
        try:
            self.send("DELETE", path)
        except Refused as refused:
            if refused.status != 404:
                raise


def _marked(purpose: str, text: str) -> str:
    return f"<!-- upweight: {purpose} -->\n{text}"


def _path(identity: str) -> str:
    if not identity.isascii() or not identity.isdigit():
        raise Denied(f"{identity[:40]!r} is no comment")
    return f"/issues/comments/{identity}"
