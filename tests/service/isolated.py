"""A home with three repositories whose rows have the same numbers, and each its own word in every text.

`t` is the stage's own; `u` is plain, `o.n` of a GitHub that nobody reaches. Beside contribution, batch and release 1,
which all have, these two have a 7 of each.
"""

from __future__ import annotations

import itertools
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, cast

import pygit2
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from litestar import Litestar
from litestar.routes import HTTPRoute
from sqlmodel import SQLModel, select

from service.db import words
from service.db.tables import Batch, Contribution, Delivery, Release, Repository, Revision, Run, Wanted
from service.record.chain import append
from service.web.shield import Shield
from tests.service.commands.stage import Stage
from tests.service.web import conftest as one
from webhooks.plain.setup import init

OTHERS = {"u": "zanzibar", "o.n": "quagga"}  # what stands in every text of theirs
BOTH, ONLY = 1, 7  # a number that every repository has, and one that `t` lacks
LEAF = "knowledge/bells"


VERDICT = {**one.VERDICT, "policy_hash": "p", "rules_version": "r"}
NOWHERE = {
    "app_id": "1",
    "api": "http://127.0.0.1:9",
    "git": "http://127.0.0.1:9/{owner}/{name}",
    "timeout": "1",
}


def at(secret: str, noun: Any) -> Any:
    """The same noun with the secret in each text that a person could have written."""
    return json.loads(json.dumps(noun).replace("<script>alert(1)</script>", secret))


def fill(stage: Stage, name: str, secret: str, number: int, head: str) -> None:
    """One of everything under one number."""
    home = stage.house.home / "logs" / f"{name}-{number}"
    home.mkdir(parents=True)
    (home / "log.txt").write_text(f"Step 3 of {secret}.")
    gate = {"members": [number], "look": 1, "decision": "failed", "reasons": [{"sentence": secret}],
            "result": {"leaves": [{**one.LEAF, "leaf": f"knowledge/{secret}"}]}}  # fmt: skip
    member = {"number": number, "title": secret, "author": secret, "leaves": [LEAF]}
    told = {
        "members": [member], "excluded": [{**member, "reason": secret}], "leaves": [one.LEAF], "override": None,
        "predecessor": None, "answers": [{"question": secret, "before": "No.", "after": secret}],
    }  # fmt: skip
    search = {**one.SEARCH, "steps": [{"subset": [number], "score": 0.3, "seed": 4}], "blamed": [number],
              "posterior": {str(number): 0.99}, "suspects": [number]}  # fmt: skip
    rows: list[SQLModel] = [
        Contribution(
            repository=name, number=number, topic=secret, title=secret, author_forge="plain", author_id=secret,
            author_name=secret, state="needs-review", head=head, verdict=at(secret, VERDICT),
            leaves=[LEAF], text=secret, batch=number, opened=1.0, updated=1.0,
        ),
        Revision(repository=name, number=number, sequence=1, head=head, verdict=at(secret, one.VERDICT), seen=1.0),
        Wanted(repository=name, number=number, report={"comments": {"triage": secret}}),
        Batch(
            repository=name, id=number, state="stalled", members=[number], held=[], gates=[gate], search=search,
            spec={"profile": "gain", "notes": [secret], "spare": [5, 6], "seeds": [3]}, created=1.0, updated=1.0,
        ),
        Run(
            repository=name, batch=number, key=f"{secret}{number}", kind="train", purpose="candidate",
            mix=[number], seed=3, state="running", directory=str(home), created=1.0, error=secret,
            progress={"step": 3, "of": 9, "line": secret, "loss": [2.0, 1.0]},
        ),
        Release(
            repository=name, version=f"v{number}", sequence=number, batch=number, state="announced",
            directory=str(home), weights_root=secret, tag=secret, manifest=told, created=1.0,
        ),
        Delivery(
            id=f"{name}-{number}", forge="plain", event="zen", repository=name, body=b"", received=1.0, state="done",
        ),
    ]  # fmt: skip
    said = {"name": secret, "reason": secret}
    if number == ONLY:  # what waits for a batch, and for a release
        member = rows[0].model_dump() | {"number": ONLY + 1, "state": "merged", "batch": None, "merged": head}
        passed = rows[3].model_dump() | {"id": ONLY + 1, "state": "passed"}
        rows += [Contribution(**member), Batch(**passed)]
    with stage.house.database.write() as session:
        for each in rows:
            session.merge(each)
        session.flush()
        row = session.get_one(Contribution, (name, number))
        words.say(session, row, "hold", f"plain/{secret}", 1.0, said)
        words.say(session, name, "freeze", f"plain/{secret}", 1.0, {**said, "paths": [LEAF]}, until=9e9)
        words.say(
            session,
            name,
            "delegate",
            f"plain/{secret}",
            1.0,
            {"to": "plain/bea", "name": "bea", "paths": ["*"]},
        )
        append(
            session,
            name,
            "contribution.changes-requested",
            {"head": head, "by": secret, "reason": secret},
            number,
        )


@cache
def key() -> str:
    """An App's private key."""
    made = rsa.generate_private_key(65537, 2048)
    form = serialization.PrivateFormat.PKCS8
    return made.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode()


class Three(Stage):
    """The stage `t`, and beside it two repositories of which it may know nothing."""

    pages: Shield

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        far = {**NOWHERE, "private_key": key()}
        (self.house.home / "secrets").mkdir(exist_ok=True)
        (self.house.home / "secrets" / "github.json").write_text(json.dumps(far))
        addresses = {
            "u": init(folder / "u.git", "http://127.0.0.1:1", folder / "key"),
            "o.n": Path(pygit2.init_repository(str(folder / "o.git"), bare=True).path),
        }
        fill(self, "t", "ours", BOTH, self.head)
        self.runs_of: dict[str, list[int]] = {}
        for name, secret in OTHERS.items():
            git = pygit2.Repository(str(addresses[name]))
            head = self._commit(git, secret)
            forge = "plain" if name == "u" else "github"
            row = Repository(id=name, forge=forge, name=name.replace(".", "/"), address=git.path, created=1.0)
            with self.house.database.write() as session:
                session.add(row)
            for number in (BOTH, ONLY):
                fill(self, name, secret, number, head)
        with self.house.database.read() as session:
            for name in ("t", *OTHERS):
                self.runs_of[name] = [
                    run.id or 0 for run in session.exec(select(Run)) if run.repository == name
                ]
        self.git_of_u = pygit2.Repository(str(addresses["u"]))
        self.git_of_u.config["upweight.maintainers"] = "bea"

    def _commit(self, git: pygit2.Repository, secret: str) -> str:
        index = pygit2.Index()
        policy = f'[rules.unlisted-host]\nallowed = ["{secret}.example"]\n'
        for path, text in {
            ".upweight/policy.toml": policy,
            f"{LEAF}/qna.yaml": f"a: {secret}\n",
            "OWNERS": "* @bea\n",
        }.items():
            index.add(pygit2.IndexEntry(path, git.create_blob(text.encode()), pygit2.enums.FileMode.BLOB))
        who = pygit2.Signature(secret, f"{secret}@example.org", 1, 0)
        return str(git.create_commit("refs/heads/main", who, who, secret, index.write_tree(git), []))

    def dump(self, but: str = "") -> list[tuple[str, dict[str, Any]]]:
        """Every row of the others, and where their refs stand."""
        found = []
        with self.house.database.read() as session:
            for model in (each.class_ for each in SQLModel._sa_registry.mappers):
                key = {"Event": "stream", "Repository": "id"}.get(model.__name__, "repository")
                if hasattr(model, key) and model.__name__ != but:
                    rows = session.exec(select(model).where(getattr(model, key).in_(OTHERS)))
                    found += [
                        (
                            model.__name__,
                            row.model_dump(mode="json", exclude={"body"} if model is Delivery else None),
                        )
                        for row in rows
                    ]
        refs = {name: str(self.git_of_u.references[name].target) for name in self.git_of_u.references}
        return [*found, ("refs", refs)]


def routes(three: Three, method: str) -> list[HTTPRoute]:
    """All that the application answers to, but for static files and the door."""
    app = cast(Litestar, three.pages.app)
    found = [each for each in app.routes if isinstance(each, HTTPRoute) and method in each.methods]
    return [each for each in found if not each.path_format.startswith(("/static", "/webhooks"))]


def addresses(route: HTTPRoute, repository: str, three: Three, *, of: str) -> list[str]:
    """A route's addresses in one repository, by everything that another one has."""
    number = BOTH if of == "t" else ONLY
    values: dict[str, list[Any]] = {
        "repository": [repository], "place": [1], "version": [f"v{number}"], "name": ["unlisted-host"],
        "number": three.runs_of[of] if "/runs/" in route.path_format else [number], "kind": ["words"],
        "secret": ["guessed"],
    }  # fmt: skip
    names = re.findall(r"{(\w+)}", route.path_format)
    unknown = set(names) - set(values)
    assert not unknown, f"{route.path_format}: say here what {unknown} is in the other repository"
    chosen = itertools.product(*(values[name] for name in names))
    return [route.path_format.format(**dict(zip(names, each, strict=True))) for each in chosen]
