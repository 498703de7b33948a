"""A house with one of everything, and a browser without scripts that looks at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from litestar import Litestar
from litestar.testing import TestClient
from sqlalchemy import Engine, event

from service.db.engine import Database, sqlite_url
from service.db.tables import Batch, Contribution, Release, Repository, Run, Wanted
from service.record.chain import append
from service.web.app import ActResult, Services, create_app
from service.web.held import Held
from service.web.shield import Shield
from service.web.signin import Person, new_link
from webhooks.plain.setup import init

HOSTILE = "<script>alert(1)</script>"
LEAF = {
    "leaf": "knowledge/bells", "path": "knowledge/bells", "role": "touched", "items": 32, "clusters": 8,
    "before": 0.2, "after": 0.9, "change": 0.7, "low": 0.5, "high": 0.9,
    "run_sd": 0.03, "design_effect": 2.0, "detectable": {"even": 0.18, "patchy": 1.2}, "pairs": 1,
    "p_raw": {"y": 0.4, "p": None}, "p_holm": {"y": None, "p": None}, "vetoed": False, "flagged": False,
    "outcome": "landed",
}  # fmt: skip
FINDING = {
    "rule": "too-few-seeds", "weight": "stop", "path": "knowledge/bells/qna.yaml", "line": 2, "column": 1,
    "message": HOSTILE, "remedy": "Write more.",
}  # fmt: skip
VERDICT = {
    "verdict": "changes-requested", "findings": [FINDING], "labels": [], "next": "Mend it.",
    "not_checked": [{"rule": "unlike-its-source", "why": f"No mirror holds {HOSTILE}."}],
    "files": [{"path": "knowledge/bells/qna.yaml", "status": "added", "schema_ok": True, "version": 3}],
}  # fmt: skip
SEARCH = {
    "leaf": "knowledge/bells", "steps": [{"subset": [1], "score": 0.3, "seed": 4}], "verdict": "blame",
    "posterior": {"1": 0.99}, "none": 0.0, "blamed": [1], "suspects": [1], "extra": 1,
}  # fmt: skip


@pytest.fixture
def house(tmp_path: Path) -> Database:
    """One of everything."""
    database = Database(sqlite_url(tmp_path / "upweight.db"))
    database.upgrade()
    gate = {"members": [1], "look": 1, "decision": "failed", "reasons": [{"sentence": "It fell."}],
            "result": {"leaves": [LEAF]}}  # fmt: skip
    member = {"number": 1, "title": HOSTILE, "author": "ada", "leaves": ["knowledge/bells"]}
    told = {
        "members": [member], "excluded": [{**member, "reason": "It harmed."}], "leaves": [LEAF], "override": None,
        "predecessor": None, "answers": [{"question": "Which?", "before": "No.", "after": HOSTILE}],
    }  # fmt: skip
    with database.write() as session:
        forge = init(tmp_path / "t.git", "http://127.0.0.1:1", tmp_path / "secret")
        session.add(Repository(id="t", forge="plain", address=str(forge), created=0))
        session.add(
            Contribution(
                repository="t", number=1, topic="x", title=HOSTILE, author_forge="plain", author_id="ada",
                state="held-back", head="a" * 40, verdict=VERDICT, leaves=["knowledge/bells"], opened=0, updated=0,
                held={"batch": 1, "leaf": "knowledge/bells", "change": -0.5, "low": -0.7, "high": -0.3},
            )
        )  # fmt: skip
        session.add(Wanted(repository="t", number=1, report={"comments": {"triage": f"### Hello {HOSTILE}"}}))
        session.add(
            Batch(
                repository="t", id=1, state="stalled", members=[1], held=[1], gates=[gate], search=SEARCH,
                created=0, updated=0,
            )
        )  # fmt: skip
        session.add(
            Run(
                id=1, repository="t", batch=1, key="k", kind="train", purpose="candidate", mix=[1], seed=3,
                state="running", directory=str(tmp_path), created=0,
                progress={"step": 3, "of": 9, "line": HOSTILE, "loss": [2.0, 1.0, 0.5]},
            )
        )  # fmt: skip
        session.add(
            Release(
                repository="t", version="v1", sequence=1, batch=1, state="announced", directory=str(tmp_path),
                weights_root="b" * 64, tag="model-v1", manifest=told, created=0,
            )
        )  # fmt: skip
        body = {"head": "a" * 40, "by": "plain/ada", "reason": f"It is short. {HOSTILE}"}
        append(session, "t", "contribution.changes-requested", body, 1)
    (tmp_path / "log.txt").write_text(HOSTILE)
    return database


@pytest.fixture
def acts() -> list[tuple[str, dict[str, Any], Person]]:
    """What was carried out."""
    return []


@pytest.fixture(scope="session")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Shield:
    """The application, made once: its routes cost more than most tests of them."""
    nowhere = tmp_path_factory.mktemp("nowhere")
    database = Database(sqlite_url(nowhere / "upweight.db"))
    return create_app(Services(database, nowhere, lambda *_: ActResult(False, "")))


@pytest.fixture
def client(
    pages: Shield, house: Database, tmp_path: Path, acts: list[tuple[str, dict[str, Any], Person]]
) -> Iterator[TestClient[Shield]]:
    """A browser without scripts."""

    def act(command: str, asked: dict[str, Any], who: Person) -> ActResult:
        acts.append((command, asked, who))
        return ActResult(True, "It is done.")

    services = Services(
        database=house, home=tmp_path, act=act, api_token="token",
        source=lambda *_: Held.file(f"a: 1\nb: {HOSTILE}\n".encode()),
    )  # fmt: skip
    cast(Litestar, pages.app).state.services = services
    with TestClient(pages) as found:
        yield found


@pytest.fixture
def signed_in(client: TestClient[Shield], house: Database) -> str:
    """The browser is the owner's from here on; gives the form's token."""
    with house.write() as session:
        link = new_link(session, "owner", "admin")
    assert client.get(link).status_code == 200
    return client.get("/signin").text.split('name="csrf" value="')[1].split('"')[0]


@pytest.fixture
def statements(client: TestClient[Shield]) -> Callable[[str], int]:
    """How many questions a page asks of the database."""

    def count(path: str) -> int:
        heard: list[str] = []

        def hear(*given: Any) -> None:
            heard.append(given[2])

        event.listen(Engine, "before_cursor_execute", hear)
        assert client.get(path).status_code == 200
        event.remove(Engine, "before_cursor_execute", hear)
        return len(heard)

    return count
