"""The bodies that a GitLab delivers (user/project/integrations/webhook_events, administration/system_hooks)."""

from __future__ import annotations

import time

from service.fake.gitlab.state import Issue, Json, Note, Person, Project, Request


def about(project: Project) -> Json:
    """The project, as every body has it."""
    return {
        "id": project.id,
        "name": project.path.rpartition("/")[2],
        "web_url": f"https://gitlab.example/{project.path}",
        "git_http_url": f"https://gitlab.example/{project.path}.git",
        "path_with_namespace": project.path,
        "default_branch": "main",
        "visibility_level": 20,
    }


def merge_request(
    project: Project, one: Request, who: Person, action: str, changes: Json, oldrev: str = ""
) -> Json:
    """Everything that happens to a merge request; `oldrev` where a push did it."""
    attributes = {
        "id": 9000 + one.iid,
        "iid": one.iid,
        "author_id": one.author.id,
        "title": one.title,
        "description": one.description,
        "state": one.state,
        "draft": one.draft,
        "work_in_progress": one.draft,
        "source_branch": one.source,
        "target_branch": one.target,
        "source_project_id": project.source(one),
        "target_project_id": project.id,
        "merge_commit_sha": one.merged,
        "last_commit": {"id": one.head, "message": "Some work\n", "author": {"name": "Somebody"}},
        "updated_at": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime()),
        "action": action,
        **({"oldrev": oldrev} if oldrev else {}),
    }
    return {
        "object_kind": "merge_request",
        "event_type": "merge_request",
        "user": {**who.json(), "email": "[REDACTED]"},
        "project": about(project),
        "object_attributes": attributes,
        "labels": [{"title": label} for label in one.labels],
        "changes": changes,
    }


def issue(project: Project, one: Issue, who: Person, before: str) -> Json:
    """An issue whose text was edited."""
    return {
        "object_kind": "issue",
        "event_type": "issue",
        "user": {**who.json(), "email": "[REDACTED]"},
        "project": about(project),
        "object_attributes": {
            "id": 7000 + one.iid,
            "iid": one.iid,
            "title": one.title,
            "description": one.description,
            "state": one.state,
            "author_id": one.author.id,
            "action": "update",
            "type": "Issue",
        },
        "changes": {"description": {"previous": before, "current": one.description}},
    }


def note(project: Project, one: Request, it: Note, action: str = "create") -> Json:
    """A comment under a merge request."""
    return {
        "object_kind": "note",
        "event_type": "note",
        "user": {**it.author.json(), "email": "[REDACTED]"},
        "project_id": project.id,
        "project": about(project),
        "object_attributes": {
            "id": it.id,
            "note": it.body,
            "noteable_type": "MergeRequest",
            "author_id": it.author.id,
            "system": it.system,
            "action": action,
        },
        "merge_request": {"id": 9000 + one.iid, "iid": one.iid, "title": one.title, "state": one.state},
    }


def push(project: Project, who: Person, branch: str, before: str, after: str) -> Json:
    """A branch that moved."""
    return {
        "object_kind": "push",
        "event_name": "push",
        "before": before,
        "after": after,
        "ref": f"refs/heads/{branch}",
        "checkout_sha": after,
        "user_id": who.id,
        "user_name": who.username.title(),
        "user_username": who.username,
        "project_id": project.id,
        "project": about(project),
        "commits": [],
        "total_commits_count": 0,
    }
