"""What the doctor looks at for each repository of a forge: keys, rights, deliveries, Git; plain ones ask nobody."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import msgspec
import pygit2
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import select

from service import policy as policies
from service.cli.checks import Look
from service.db.engine import Database, store_url
from service.db.tables import Repository
from service.settings import Settings, SettingsError, store_file
from service.setup import gitlab_hook, manifest, public
from webhooks import known
from webhooks.forge import Denied, Remote

TIMEOUT = 15.0
LEVELS = ("read", "write", "admin")
SOON = timedelta(days=14)


class GitHubApp(msgspec.Struct):
    """The App, or its installation on a repository, as GitHub tells."""

    html_url: str
    permissions: dict[str, str] = {}
    events: list[str] = []
    suspended_at: str | None = None


class HookConfig(msgspec.Struct):
    """Where an App's deliveries go."""

    url: str = ""


class Branch(msgspec.Struct):
    """A branch and whether anything guards it."""

    protected: bool = False


def forges(settings: Settings) -> list[Look]:
    """A line for each look at each repository that lives on another forge than a folder of this machine."""
    found: list[Look] = []
    for row in _served(settings):
        found += repository(settings, row)
    return found


def _served(settings: Settings) -> list[Repository]:
    """The repositories of other forges; none where the home can't be read, which another look tells."""
    if settings.database_url is None and not store_file(settings.home).is_file():
        return []
    database = Database(store_url(settings))
    try:
        with database.read() as session:
            query = select(Repository).where(Repository.forge != "plain").order_by(Repository.id)
            return list(session.exec(query))
    except SQLAlchemyError:
        return []
    finally:
        database.close()


def repository(settings: Settings, row: Repository) -> list[Look]:
    """Everything about one repository."""
    name = f"{row.forge} {row.name}"
    again = f"upweight init {row.forge}" + (f" --project {row.name}" if row.forge == "gitlab" else "")
    found = [_door(settings, name, row.forge), _secret(settings, name, row.forge, again)]
    try:
        told = settings.forge(row.forge)
        forge = known.opened(row.forge, known.Where(row.name, Path(row.address), told))
    except (ValueError, KeyError) as problem:
        return [Look(name, "fail", f"Its keys: {problem}", f"Run `{again}`."), *found]
    try:
        if row.forge == "github":
            found += _github(settings, forge, name, row)
        elif row.forge == "gitlab":
            found += _gitlab(settings, forge, name, row, told)
        if isinstance(forge, Remote):
            found.append(_git(forge, name, told))
    except (Denied, gitlab_hook.Lacking, OSError) as problem:
        if all(each.state != "fail" for each in found):  # else this follows from what is told already
            said = str(problem).rstrip(".") + "."
            found.append(Look(name, "fail", said, f"Run `{again}`, or wait if it is away."))
    return found


def _door(settings: Settings, name: str, forge: str) -> Look:
    try:
        return Look(name, "ok", f"Deliveries are awaited at {public.door(settings.public_url, forge)}.")
    except public.NotPublic as problem:
        remedy = (
            "export UPWEIGHT_PUBLIC_URL=https://HOST, and let a proxy pass on /webhooks/ (docs/forges.md)."
        )
        return Look(name, "warn", f"{problem} Until then it is looked at every few minutes only.", remedy)


def _secret(settings: Settings, name: str, forge: str, again: str) -> Look:
    try:
        count, own = len(settings.door_secrets(forge)), bool(settings.own_secrets(forge, "0"))
    except SettingsError as problem:
        return Look(name, "fail", str(problem), f"Run `{again}`.")
    if own:
        said = "Its deliveries bear a secret of its own"
        more = ", or the operator's, which is good for every repository." if count else "."
        return Look(name, "ok", said + more)
    if not count:
        remedy = f"Run `{again}`, or export UPWEIGHT_{forge.upper()}_WEBHOOK_SECRET=SECRET."
        return Look(name, "fail", "No secret of deliveries is set, so all are refused.", remedy)
    if forge == "gitlab" and "webhook_secret" not in settings.forges.get(forge, {}):
        said = "One secret is good for all projects, so who reads one hook's can speak for any."
        return Look(name, "warn", said, f"Run `{again}`, and again for each other project.")
    more = f" {count}: take the older away once its deliveries have ended." if count > 1 else ""
    return Look(name, "ok", f"The secret of deliveries is set.{more}")


def _git(forge: Remote, name: str, told: Mapping[str, str]) -> Look:
    """Whether the mirror could be fetched; asked without Git, so that the token is on no command line."""
    url = forge.git_url()
    parts = urlsplit(url)
    if parts.scheme == "file":
        there = (Path(parts.path) / "HEAD").is_file()
        remedy = f"git init --bare {parts.path}, or mend UPWEIGHT_{name.split()[0].upper()}_GIT."
        return Look(name, "ok" if there else "fail", f"Git: {url} is {'' if there else 'not '}there.", remedy)
    login = forge.git_login()
    headers = {"User-Agent": "git/2 (upweight)"}
    if login is not None:
        headers["Authorization"] = "Basic " + base64.b64encode(":".join(login).encode()).decode()
    try:
        with (
            httpx.Client(verify=manifest.trust(told.get("authorities", "")), timeout=TIMEOUT) as client,
            client.stream("GET", f"{url}/info/refs?service=git-upload-pack", headers=headers) as answer,
        ):
            status = answer.status_code
    except (httpx.HTTPError, ValueError) as problem:
        return Look(name, "fail", f"Git: {url} can't be reached ({type(problem).__name__}).",
                    "Mend the address, the proxy (HTTPS_PROXY) or the authorities.")  # fmt: skip
    if status == 200:
        return Look(name, "ok", f"Git: {url} can be fetched.")
    remedy = "Give the App contents: write, or the token the role Maintainer and the scope `api`."
    return Look(name, "fail", f"Git: {url} answered {status}.", remedy)


def _github(settings: Settings, forge: Any, name: str, row: Repository) -> list[Look]:
    app: GitHubApp = forge.client.app("/app", GitHubApp)
    found = [Look(name, "ok", f"The App is {app.html_url}.")]
    door = settings.public_url and f"{settings.public_url.rstrip('/')}/webhooks/github"
    hook: HookConfig = forge.client.app("/app/hook/config", HookConfig)
    if door and hook.url != door:
        message = f"The App delivers to {hook.url or 'nowhere'}, and {door} is awaited."
        found.append(Look(name, "fail", message, f"On {app.html_url}: App settings, General, Webhook URL."))
    try:
        there: GitHubApp = forge.client.app(f"/repos/{row.name}/installation", GitHubApp)
    except Denied as problem:
        if getattr(problem, "status", 0) != 404:
            raise
        remedy = f"Open {app.html_url}/installations/new and choose {row.name}."
        return [*found, Look(name, "fail", "The App is not installed there.", remedy)]
    if there.suspended_at:
        found.append(
            Look(name, "fail", "The installation is suspended.", f"Open {there.html_url}: Unsuspend.")
        )
    found += _rights(name, app, there)
    if moves_the_branch(row):
        found.append(_protected(forge, name, row))
    return found


def _rights(name: str, app: GitHubApp, there: GitHubApp) -> list[Look]:
    """The rights and events that the App has against those that it needs; an owner must accept what is new."""
    found: list[Look] = []
    asked, given = lacking(app.permissions), lacking(there.permissions)
    if asked:
        where = f"On {app.html_url}: App settings, Permissions & events."
        found.append(Look(name, "fail", f"The App does not ask for {', '.join(asked)}.", where))
    elif given:
        message = f"The installation was not given {', '.join(given)}."
        found.append(Look(name, "fail", message, f"Open {there.html_url}: accept the new permissions."))
    else:
        found.append(Look(name, "ok", "It has the rights that it needs."))
    deaf = [event for event in manifest.EVENTS if event not in app.events]
    if deaf:
        where = f"On {app.html_url}: App settings, Permissions & events, Subscribe to events."
        found.append(Look(name, "warn", f"The App does not hear of {', '.join(deaf)}.", where))
    return found


def lacking(have: Mapping[str, str]) -> list[str]:
    """The rights of the manifest that are not among these, as `contents: write`."""
    return [
        f"{key}: {level}"
        for key, (level, _) in manifest.PERMISSIONS.items()
        if have.get(key) not in LEVELS[LEVELS.index(level) :]
    ]


def moves_the_branch(row: Repository) -> bool:
    """Whether the policy has the base branch moved by us, past its protection: `[merge] when = "after"`."""
    try:
        policy = policies.load(pygit2.Repository(row.address), row.base_branch)
    except (policies.PolicyError, pygit2.GitError):
        return False
    return policy.merge.when == "after"


def _protected(forge: Any, name: str, row: Repository) -> Look:
    branch: Branch | None = forge.find(f"/branches/{quote(row.base_branch, safe='')}", Branch)
    if branch is None:
        push = f"git push origin HEAD:{row.base_branch}"
        return Look(name, "warn", f"There is no branch {row.base_branch} yet.", push)
    if not branch.protected:
        return Look(name, "ok", f"{row.base_branch} is not protected: it can be moved once a batch passed.")
    remedy = (
        "Repository, Settings, Rules: put the App on the bypass list (classic protection: allow it to push)."
    )
    message = f'{row.base_branch} is protected, and [merge] when = "after" must move it; who may pass can\'t be read.'
    return Look(name, "warn", message, remedy)


def _gitlab(
    settings: Settings, forge: Any, name: str, row: Repository, told: Mapping[str, str]
) -> list[Look]:
    where = forge.settings
    site = gitlab_hook.Site(where.api, where.token, told.get("authorities", ""))
    rights = gitlab_hook.rights(site, row.name)
    lacks = rights.lacks()
    remedy = f"Make another in {row.name}: Settings, Access tokens (scope api, role Maintainer); UPWEIGHT_GITLAB_TOKEN."
    found = [
        Look(name, "fail" if lacks else "ok", lacks or "The token has the rights that it needs.", remedy)
    ]
    if rights.expires and rights.expires[:10] <= str(date.today() + SOON):
        found.append(Look(name, "warn", f"The token ends on {rights.expires[:10]}.", remedy))
    if settings.public_url and not lacks:
        door = f"{settings.public_url.rstrip('/')}/webhooks/gitlab"
        hook = gitlab_hook.hook(site, row.name, door)
        mend = f"Run `upweight init gitlab --url {where.url} --project {row.name}`."
        missing = [door] if hook is None else gitlab_hook.lacking(hook)
        text = f"The project's hook lacks {', '.join(missing)}." if missing else "The project's hook is well."
        found.append(Look(name, "fail" if missing else "ok", text, mend))
    if moves_the_branch(row) and not lacks:
        found.append(_gitlab_branch(site, name, row, rights.level))
    return found


def _gitlab_branch(site: gitlab_hook.Site, name: str, row: Repository, level: int) -> Look:
    """Whether the token's member may push to the base branch."""
    may = gitlab_hook.may_push(site, row.name, row.base_branch, level)
    remedy = f"Project, Settings, Repository, Protected branches: let the token's member push to {row.base_branch}."
    if may:
        return Look(name, "ok", f"{row.base_branch} can be moved once a batch passed.")
    return Look(
        name, "fail", f'{row.base_branch} is protected, and [merge] when = "after" must move it.', remedy
    )
