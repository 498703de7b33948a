"""Notes, labels and marks on notes of a merge request."""

from __future__ import annotations

from webhooks.forge import Denied, Found, FoundComment, Reaction
from webhooks.gitlab.answers import Anything, Award, Note
from webhooks.gitlab.checks import Marks
from webhooks.gitlab.client import Refused
from webhooks.gitlab.marker import marked, purpose_of, same, text_of

EMOJI: dict[Reaction, str] = {"heard": "eyes", "done": "rocket", "refused": "confused"}


class Talk(Marks):
    """Conversation and Reactions of ``webhooks.forge``."""

    def found(self, number: int, purposes: frozenset[str] = frozenset()) -> Found:
        """What it shows now: our notes of these purposes, all labels, and our mark on its newest head."""
        request = self.request(number)
        notes = self.notes(number) if purposes else []
        comments = tuple(
            FoundComment(str(note.id), purpose, text_of(note.body))
            for note in notes
            if (purpose := purpose_of(note.body)) in purposes
        )
        return Found(comments, frozenset(request.labels), self.check(number, request.sha or ""))

    def write(self, number: int, purpose: str, text: str) -> str:
        """A note, or another text for the one that is there: it is looked for first, since an answer may get lost."""
        body = marked(purpose, text)
        there = next((note for note in self.notes(number) if purpose_of(note.body) == purpose), None)
        if there is None:
            return str(self.client.post(f"/merge_requests/{number}/notes", Note, body=body).id)
        if same(there.body) != same(body):
            self.client.put(f"/merge_requests/{number}/notes/{there.id}", Note, body=body)
        return str(there.id)

    def edit(self, number: int, identity: str, text: str) -> None:
        """Another text for a note of ours; its purpose stays. Raises Denied where the note is not ours."""
        note = self.client.get(f"/merge_requests/{number}/notes/{_counted(identity)}", Note)
        purpose = purpose_of(note.body)
        if note.author.id != self.me() or not purpose:
            raise Denied(f"note {identity} of merge request {number} is not ours")
        body = marked(purpose, text)
        if same(note.body) != same(body):
            self.client.put(f"/merge_requests/{number}/notes/{note.id}", Note, body=body)

    def remove(self, number: int, identity: str) -> None:
        """Take a note of ours away."""
        self.client.delete(f"/merge_requests/{number}/notes/{_counted(identity)}")

    def label(self, number: int, add: frozenset[str], remove: frozenset[str]) -> None:
        """Add and take away labels in one request.

        Of scoped labels (``key::value``) one holds at a time. Where the tier has them GitLab sees to that itself; where
        it has not they are labels like others, and so the older of a scope are taken away by name.
        """
        if bad := [one for one in sorted(add | remove) if "," in one or not one.strip()]:
            raise Denied(f"{bad[0]!r} can't be a label on GitLab, which parts them by commas")
        scopes = {scope for one in add if (scope := _scope(one))}
        if scopes:
            there = self.request(number).labels
            remove |= {one for one in there if _scope(one) in scopes and one not in add}
        body = {"add_labels": ",".join(sorted(add)), "remove_labels": ",".join(sorted(remove - add))}
        asked = {key: value for key, value in body.items() if value}
        if asked:
            self.client.put(f"/merge_requests/{number}", Anything, **asked)

    def react(self, number: int, comment: str, reaction: Reaction) -> None:
        """An emoji on the note of this id; where ours is there already, nothing."""
        path = f"/merge_requests/{number}/notes/{_counted(comment)}/award_emoji"
        if self._awarded(path, EMOJI[reaction]):
            return
        try:
            self.client.post(path, Anything, name=EMOJI[reaction])
        except Refused:  # GitLab says 404 to a second one, and an earlier answer may have been lost
            if not self._awarded(path, EMOJI[reaction]):
                raise

    def _awarded(self, path: str, name: str) -> bool:
        me = self.me()
        return any(award.name == name and award.user.id == me for award in self.client.each(path, Award))


def _scope(label: str) -> str:
    """What stands before the last ``::``; empty where the label has no scope."""
    return label.rpartition("::")[0]


def _counted(identity: str) -> int:
    """A note's id, which becomes part of a path. Raises Denied for another forge's."""
    if not (identity.isascii() and identity.isdecimal()) or len(identity) > 19:
        raise Denied(f"{identity[:40]!r} is no note of GitLab")
    return int(identity)
