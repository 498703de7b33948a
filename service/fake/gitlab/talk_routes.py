"""Notes, discussions, drafts, emoji and labels (api/notes, api/discussions, api/draft_notes, api/emoji_reactions)."""

from __future__ import annotations

from typing import Any

from service.fake.gitlab.site import Refusal, Site, note_of, on
from service.fake.gitlab.state import Draft, Json, Note, Person, Request, act
from service.fake.gitlab.wire import Asked, Told

REPORTER, DEVELOPER = 20, 30


def add(site: Site, one: Request, author: Person, body: str, position: Json | None = None) -> Note:
    """A new note; its quick actions are run."""
    left, ids = act(site.project, one, body), site.project.ids
    note = Note(next(ids), author, left, f"d{next(ids):039x}", position=position)
    one.notes.append(note)
    site.heard(one, note)
    return note


@on("GET", ":m/notes")
def notes(site: Site, me: Person, asked: Asked, one: Request) -> list[Json]:
    """All notes, newest first unless asked otherwise."""
    ordered = one.notes if asked.one("sort", "desc") == "asc" else one.notes[::-1]
    return [note.json() for note in ordered]


@on("POST", ":m/notes")
def write(site: Site, me: Person, asked: Asked, one: Request) -> Json:
    """A new note."""
    body = asked.json().get("body")
    if not body:
        raise Refusal(400, '400 Bad request - Note {:note=>["can\'t be blank"]}')
    return add(site, one, me, body).json()


@on("GET", ":m/notes/{note}")
def read(site: Site, me: Person, asked: Asked, one: Request, note: str) -> Json:
    """One note."""
    found: Note = note_of(one, note)
    return found.json()


@on("PUT", ":m/notes/{note}")
def edit(site: Site, me: Person, asked: Asked, one: Request, note: str) -> Json:
    """Another text; quick actions are run in it as well."""
    found: Note = note_of(one, note)
    if found.author is not me:
        raise Refusal(403, "403 Forbidden")
    found.body = act(site.project, one, asked.json()["body"])
    return found.json()


@on("DELETE", ":m/notes/{note}")
def remove(site: Site, me: Person, asked: Asked, one: Request, note: str) -> Told:
    """Away with it."""
    found: Note = note_of(one, note)
    if found.author is not me and me.level < 40:
        raise Refusal(403, "403 Forbidden")
    one.notes.remove(found)
    return Told(204)


@on("GET", ":m/notes/{note}/award_emoji")
def awards(site: Site, me: Person, asked: Asked, one: Request, note: str) -> list[Json]:
    """The emoji on a note."""
    found: Note = note_of(one, note)
    return [{"id": id, "name": name, "user": who.json()} for id, name, who in found.awards]


@on("POST", ":m/notes/{note}/award_emoji")
def award(site: Site, me: Person, asked: Asked, one: Request, note: str) -> Json:
    """An emoji; a second one of the same person is not found, in GitLab's words."""
    found: Note = note_of(one, note)
    name = asked.json().get("name") or asked.one("name")
    if any((known, who) == (name, me) for _, known, who in found.awards):
        raise Refusal(404, "404 Award Emoji Name has already been taken Not Found")
    found.awards.append((next(site.project.ids), name, me))
    return {"id": found.awards[-1][0], "name": name, "user": me.json()}


@on("GET", ":m/discussions")
def discussions(site: Site, me: Person, asked: Asked, one: Request) -> list[Json]:
    """Notes by what they belong to."""
    return [{"id": note.discussion, "individual_note": False, "notes": [note.json()]} for note in one.notes]


@on("PUT", ":m/discussions/{discussion}")
def resolve(site: Site, me: Person, asked: Asked, one: Request, discussion: str) -> Json:
    """Resolve a discussion, or open it again."""
    found = next((note for note in one.notes if note.discussion == discussion), None)
    if found is None or found.position is None:
        raise Refusal(404, "404 Not found")
    if me.level < DEVELOPER and me is not one.author:
        raise Refusal(403, "403 Forbidden")
    found.resolved_by = me if asked.json()["resolved"] else None
    return {"id": discussion, "notes": [found.json()]}


@on("GET", ":m/draft_notes")
def drafts(site: Site, me: Person, asked: Asked, one: Request) -> list[Json]:
    """One's own drafts."""
    return [_draft(draft) for draft in one.drafts if draft.author is me]


@on("POST", ":m/draft_notes")
def draft(site: Site, me: Person, asked: Asked, one: Request) -> Json:
    """A draft; one at a line must say where, in three commits, and the diff must show that line."""
    body = asked.json()
    position = body.get("position")
    if position is not None:
        refs = site.project.request_json(one)["diff_refs"]
        if any(position.get(name) != sha for name, sha in refs.items()):
            raise Refusal(400, {"position": ["is incomplete"]})
        if not position.get("old_path") or not site.project.shows(one, position):
            raise Refusal(400, {"line_code": ["can't be blank", "must be a valid line code"]})
    one.drafts.append(Draft(next(site.project.ids), me, body["note"], position))
    return _draft(one.drafts[-1])


@on("DELETE", ":m/draft_notes/{draft}")
def throw(site: Site, me: Person, asked: Asked, one: Request, draft: str) -> Told:
    """Away with a draft."""
    one.drafts = [other for other in one.drafts if str(other.id) != draft or other.author is not me]
    return Told(204)


@on("POST", ":m/draft_notes/bulk_publish")
def publish(site: Site, me: Person, asked: Asked, one: Request) -> Told:
    """All one's drafts become notes at once."""
    for each in [draft for draft in one.drafts if draft.author is me]:
        one.drafts.remove(each)
        add(site, one, me, each.note, each.position)
    return Told(204)


@on("PUT", ":m/draft_notes/{draft}/publish")
def publish_one(site: Site, me: Person, asked: Asked, one: Request, draft: str) -> Told:
    """One of one's drafts becomes a note."""
    found = next((each for each in one.drafts if str(each.id) == draft and each.author is me), None)
    if found is None:
        raise Refusal(404, "404 Not found")
    one.drafts.remove(found)
    add(site, one, me, found.note, found.position)
    return Told(204)


@on("GET", ":m/approvals")
def approvals(site: Site, me: Person, asked: Asked, one: Request) -> Json:
    """Who approves it now (api/merge_request_approvals)."""
    return {"approved_by": [{"user": who.json()} for who in one.approved]}


@on("GET", ":m")
def request(site: Site, me: Person, asked: Asked, one: Request) -> Json:
    """One merge request."""
    return site.project.request_json(one)


@on("PUT", ":m", REPORTER)
def change(site: Site, me: Person, asked: Asked, one: Request) -> Json:
    """Labels, title and state."""
    body, before = asked.json(), list(one.labels)
    for label in _parted(body.get("remove_labels")):
        if label in one.labels:
            one.labels.remove(label)
    for label in _parted(body.get("add_labels")):
        scope = label.rpartition("::")[0]
        if scope and site.project.scoped:
            one.labels = [other for other in one.labels if other.rpartition("::")[0] != scope]
        if label not in one.labels:
            one.labels.append(label)
    if body.get("state_event") == "close":
        if one.state != "opened":
            raise Refusal(422, {"state": ['cannot transition via "close"']})
        one.state = "closed"
        site.tell(one, me, "close")
    if before != one.labels:
        told = {"previous": [{"title": t} for t in before], "current": [{"title": t} for t in one.labels]}
        site.tell(one, me, "update", {"labels": told})
    one.title = body.get("title", one.title)
    return site.project.request_json(one)


def _parted(labels: Any) -> list[str]:
    return [part.strip() for part in str(labels or "").split(",") if part.strip()]


def _draft(draft: Draft) -> Json:
    return {"id": draft.id, "note": draft.note, "author_id": draft.author.id, "position": draft.position}
