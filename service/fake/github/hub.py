"""The fake GitHub itself: accounts, repositories, one App, and what is asked of it over HTTP."""

from __future__ import annotations

import json
import secrets
import threading
from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from service.fake.bare import Bare, Files
from service.fake.deliveries import Deliveries
from service.fake.faults import Faults, Trouble
from service.fake.github import keys, shapes
from service.fake.github.call import Call, Caller, permit
from service.fake.github.state import Account, App, Clock, Ids, Repo
from service.fake.web import Answer, Refusal, Request, Table, conditional
from webhooks.scheme import sign

AHEAD, GIT = "/_fake/", ("/info/refs", "/git-upload-pack", "/git-receive-pack")
ROOMS = (
    "apps",
    "repos",
    "pulls",
    "reviews",
    "issues",
    "labels",
    "checks",
    "gits",
    "releases",
    "manifests",
    "control",
    "smart",
    "pages",
)
LIFE = 3600  # seconds of an installation's token
API = "/api/v3"  # where an enterprise's host has its API
DOCS = "https://docs.github.com/rest"
PERMISSIONS = {
    "administration": "read", "checks": "write", "contents": "write", "issues": "write", "members": "read",
    "merge_queues": "read", "metadata": "read", "pull_requests": "write", "statuses": "write",
}  # fmt: skip
EVENTS = [
    "check_run", "issue_comment", "issues", "label", "member", "membership", "merge_group", "pull_request",
    "pull_request_review", "pull_request_review_comment", "push", "release", "repository", "team",
]  # fmt: skip
ALWAYS = ("installation", "installation_repositories", "ping", "github_app_authorization")


class Hub:
    """A GitHub without its wire. `folder` takes the bare repositories, at ``git/OWNER/NAME.git``."""

    def __init__(
        self, folder: Path, seed: int = 0, deliver_to: str = "", secret: str = "", app_id: int = 4242
    ) -> None:
        self.folder, self.url = folder, ""
        self.lock = threading.RLock()
        self.clock, self.ids, self.faults = Clock(), Ids(), Faults(seed)
        self.accounts: dict[str, Account] = {}
        self.repos: list[Repo] = []
        self.forks: dict[str, Repo] = {}
        self.moved: dict[str, int] = {}
        self.tokens: dict[str, tuple[datetime, dict[str, str]]] = {}
        self.manifests: dict[str, dict[str, Any]] = {}
        self.app = self.new_app(app_id, "upweight", self.account("harbour", "Organization"), secret)
        self.deliveries = Deliveries(deliver_to, self._dress, self.faults)
        rooms = [import_module(f"service.fake.github.{room}") for room in ROOMS]
        self.table = Table([route for room in rooms for route in room.routes.all])

    def new_app(self, number: int, slug: str, owner: Account, secret: str = "", **more: Any) -> App:
        """An App with a fresh key."""
        private, public = keys.pair()
        bot = self.account(f"{slug}[bot]", "Bot")
        given = {"permissions": dict(PERMISSIONS), "events": list(EVENTS)} | more
        secret = secret or secrets.token_hex(16)
        return App(
            number, slug, slug.title(), owner, bot, public, private, secret, created=self.clock.now(), **given
        )

    def account(self, login: str, kind: str = "User") -> Account:
        """The account of this name, made where it is missing."""
        known = self.accounts.get(login.lower())
        if known is None:
            known = self.accounts[login.lower()] = Account(self.ids.new(), login, kind)
        return known

    def make(self, name: str, files: Files | None = None, branch: str = "main") -> Repo:
        """A repository with a first commit."""
        owner, _, short = name.partition("/")
        if not owner or not short or "/" in short:
            raise ValueError(f"{name!r} is no OWNER/NAME")
        with self.lock:
            who = self.account(owner, "Organization")
            git = Bare(self.folder / "git" / owner / f"{short}.git", branch)
            repo = Repo(self.ids.new(), who, short, git, self.clock.now(), branch)
            for left in git.refs("refs/pull/"):  # of an earlier play in the same folder
                git.drop(left)
            if git.tip(branch) is None:
                first = git.commit(files or {"README.md": "A taxonomy\n"}, None, "First\n", who.signature)
                git.put(f"refs/heads/{branch}", first)
            self.repos.append(repo)
            self.watch(repo)
            return repo

    def repo(self, name: str) -> Repo:
        """A repository by its name. Raises Refusal: 404, or 301 where it has another name now."""
        for repo in self.repos:
            if repo.full_name.lower() == name.lower():
                return repo
        if name.lower() in self.moved:
            raise Refusal(301, "Moved Permanently", moved=self.moved[name.lower()])
        raise Refusal(404, "Not Found")

    def watch(self, repo: Repo) -> None:
        """Hear of pushes to it, once it is known where we listen."""
        from service.fake.github.smart import ring

        if self.url:
            ring(repo, self.url)

    @property
    def git_template(self) -> str:
        """Where the repositories lie, as UPWEIGHT_GITHUB_GIT takes it."""
        return f"file://{self.folder.absolute()}/git/{{owner}}/{{name}}.git"

    # what is asked over HTTP

    def handle(self, request: Request) -> Answer:
        """Answer a request."""
        path = request.path.removeprefix(API) if request.path.startswith(API + "/") else request.path
        if path.startswith(AHEAD) or path.endswith(
            GIT
        ):  # they wait for what waits for this lock; deeds take it
            return self._tried(request, path)
        with self.lock:
            return self._tried(request, path)

    def _tried(self, request: Request, path: str) -> Answer:
        try:
            return self._headed(conditional(request, self._answered(request, self.by_name(path))))
        except Refusal as refused:
            return self._headed(self._refused(refused, request))

    def _answered(self, request: Request, path: str) -> Answer:
        route, place = self.table.find(request.method, path)
        caller = self._caller(request)
        permit(caller, route.needs)
        if place.get("repo") and route.needs != "git":
            self._seen(caller, f"{place.get('owner', '')}/{place['repo']}")
        given = route.answer(Call(self, request, place, caller))
        return given if isinstance(given, Answer) else Answer(200, given)

    def by_name(self, path: str) -> str:
        """``/repositories/7/pulls`` is ``/repos/OWNER/NAME/pulls``."""
        parts = path.split("/")
        if len(parts) < 3 or parts[1] != "repositories":
            return path
        for repo in self.repos:
            if str(repo.id) == parts[2]:
                return "/".join(["", "repos", repo.full_name, *parts[3:]])
        raise Refusal(404, "Not Found")

    def _seen(self, caller: Caller | None, name: str) -> None:
        """An installation sees what it was given, and nothing else."""
        repo = self.repo(name)
        if caller is not None and caller.kind == "installation" and not repo.installed:
            raise Refusal(404, "Not Found")

    def _caller(self, request: Request) -> Caller | None:
        """Who signed the request; None where nobody did. Raises Refusal where it is nobody that we know."""
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        if kind.lower() == "basic":
            token = keys.password(token)
        if not token:
            return None
        if token.count(".") == 2:
            return Caller("app", keys.checked(self.app, token, self.clock.now()))
        if token.startswith("ghp_") and token[4:].lower() in self.accounts:
            return Caller("person", self.accounts[token[4:].lower()])
        until, may = self.tokens.get(token, (self.clock.now(), {}))
        if until <= self.clock.now():
            raise Refusal(401, "Bad credentials")
        return Caller("installation", self.app.bot, may)

    def new_token(self, may: dict[str, str]) -> tuple[str, datetime]:
        """An installation's token, good for an hour."""
        token, until = f"ghs_{secrets.token_hex(18)}", self.clock.now() + timedelta(seconds=LIFE)
        self.tokens[token] = (until, may)
        return token, until

    def _refused(self, refused: Refusal, request: Request) -> Answer:
        more = dict(refused.more)
        headers: dict[str, str] = {}
        if refused.status == 301:
            moved = more.pop("moved")
            rest = request.path.removeprefix(API).split("/", 4)[4:]
            headers["Location"] = more["url"] = "/".join([f"{self.url}/repositories/{moved}", *rest])
        told = {"message": refused.message, "documentation_url": DOCS, "status": str(refused.status)}
        return Answer(refused.status, told | more, headers)

    def _headed(self, answer: Answer) -> Answer:
        answer.headers |= {
            "X-GitHub-Media-Type": "github.v3; format=json",
            "X-GitHub-Request-Id": secrets.token_hex(8),
        }
        answer.headers |= {
            "X-RateLimit-Limit": "5000",
            "X-RateLimit-Remaining": "4999",
            "X-RateLimit-Used": "1",
        }
        reset = int(self.clock.now().timestamp()) + LIFE
        answer.headers |= {"X-RateLimit-Reset": str(reset), "X-RateLimit-Resource": "core"}
        return answer

    def troubled(self, trouble: Trouble) -> Answer:
        """What GitHub says when it fails this way: 403 and 429 are its secondary rate limit."""
        status = int(trouble.kind)
        limited = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
        words = {403: limited, 429: limited, 404: "Not Found", 422: "Validation Failed"}
        answer = self._refused(Refusal(status, words.get(status, "Server Error")), Request.of("GET", "/", {}))
        if status in (403, 429, 503):
            answer.headers["Retry-After"] = str(max(1, round(trouble.seconds)))
        return self._headed(answer)

    # what it tells

    def tell(self, event: str, action: str, sender: Account, repo: Repo | None = None, **more: Any) -> None:
        """Send a delivery, where the App hears of such things."""
        deaf = self.app.suspended or (repo is not None and not repo.installed)
        if event not in ALWAYS and (deaf or event not in self.app.events):
            return
        told = {"action": action, **more} if action else dict(more)
        told["sender"] = shapes.account(sender, self.url)
        if repo is not None:
            told["repository"] = told.get("repository") or shapes.repository(repo, self.url)
            if repo.owner.type == "Organization":
                told["organization"] = told.get("organization") or shapes.organization(repo.owner, self.url)
        if "installation" not in told:
            number = shapes.installation_id(self.app)
            told["installation"] = {"id": number, "node_id": shapes.node("MDIz", number)}
        self.deliveries.send(
            event, action, json.dumps(told, separators=(",", ":"), ensure_ascii=False).encode()
        )

    def _dress(self, guid: str, event: str, body: bytes) -> dict[str, str]:
        return {
            "User-Agent": "GitHub-Hookshot/fake",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": str(self.app.id + 1),
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-GitHub-Hook-Installation-Target-ID": str(self.app.id),
            "X-Hub-Signature-256": sign(self.app.secret.encode(), body),
        }
