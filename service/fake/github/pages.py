"""What a person sees in a browser: a repository's pull requests, and one of them with all that was said.

Plain on purpose: texts are shown as they were written, so that what a bot sent can be read letter by letter.
"""

from __future__ import annotations

from html import escape
from typing import Any

from service.fake.github.call import Call
from service.fake.github.state import Issue, Repo
from service.fake.web import Answer, Routes

routes = Routes()
HTML = {"Content-Type": "text/html; charset=utf-8"}
STYLE = (
    "<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto}"
    "pre{white-space:pre-wrap;border:1px solid #ccc;padding:1rem}</style>"
)


@routes.on("GET", "/{owner}/{repo}", "anybody")
def repository(call: Call) -> Any:
    """A repository: its pull requests and issues, the newest first."""
    with call.hub.lock:
        repo = call.repo()
        rows = [f"<li>{_link(repo, issue)}</li>" for _, issue in sorted(repo.issues.items(), reverse=True)]
        return _page(
            repo.full_name, "<ul>" + "".join(rows) + "</ul>" if rows else "<p>No pull requests yet.</p>"
        )


@routes.on("GET", "/{owner}/{repo}/issues/{number}", "anybody")
@routes.on("GET", "/{owner}/{repo}/pull/{number}", "anybody")
def pull(call: Call) -> Any:
    """A pull request or an issue: labels, checks with annotations, reviews, comments."""
    with call.hub.lock:
        repo, issue = call.repo(), call.issue()
        parts = [
            f"<p>{_state(issue)} · {escape(', '.join(issue.labels) or 'no labels')}</p>",
            _text(issue.user.login, issue.body),
        ]
        if issue.pull is not None:
            parts += [_check(run) for run in repo.checks if run.head == issue.pull.head]
            parts += [_text(f"{it.user.login}: {it.state}", it.body) for it in issue.pull.reviews]
            parts += [_text(f"{it.user.login} at {it.path}:{it.line}", it.body) for it in issue.pull.remarks]
        parts += [_text(it.user.login, it.body) for it in issue.comments]
        return _page(f"{issue.title} #{issue.number}", "".join(parts))


def _link(repo: Repo, issue: Issue) -> str:
    where = f"/{escape(repo.full_name)}/{'pull' if issue.pull else 'issues'}/{issue.number}"
    return f'<a href="{where}">#{issue.number} {escape(issue.title)}</a> ({_state(issue)})'


def _state(issue: Issue) -> str:
    if issue.pull is not None and issue.pull.merged:
        return "merged"
    return "draft" if issue.pull is not None and issue.pull.draft else issue.state


def _check(run: Any) -> str:
    notes = [
        f"{note['path']}:{note['start_line']} {note['annotation_level']}: {note['message']}"
        for note in run.annotations
    ]
    said = "\n".join([run.title or "", run.summary or "", *notes]).strip()
    return _text(f"check {run.name}: {run.conclusion or run.status}", said)


def _text(who: str, body: str | None) -> str:
    return f"<h3>{escape(who)}</h3><pre>{escape(body or '')}</pre>"


def _page(title: str, body: str) -> Answer:
    whole = f"<!doctype html><meta charset=utf-8><title>{escape(title)}</title>{STYLE}<h1>{escape(title)}</h1>{body}"
    return Answer(200, whole.encode(), dict(HTML))
