"""A contribution's page shows as much as can be read, and says what it leaves out and what it can't show."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pygit2
import pytest
from litestar.testing import TestClient

from service.db.engine import Database
from service.db.tables import Contribution
from service.git import read
from service.web.app import ActResult, Services, create_app
from service.web.held import Held
from service.web.pages import evidence
from service.web.shield import Shield

WHO = pygit2.Signature("Ada", "ada@example.org", 1, 0)


def crowd(house: Database, count: int) -> None:
    """So many leaves of two files, each of the first files with one finding."""
    leaves = [f"compositional_skills/tiny/leaf_{n:04}" for n in range(count)]
    paths = [f"{leaf}/{name}" for leaf in leaves for name in ("attribution.txt", "qna.yaml")]
    finding = {
        "rule": "too-few-seeds",
        "weight": "fix",
        "line": 1,
        "column": 1,
        "message": "Few.",
        "remedy": "",
    }
    found = [{**finding, "path": f"{leaf}/qna.yaml", "message": f"Few {leaf}"} for leaf in leaves[:600]]
    about = [{**finding, "path": "", "line": None, "message": "Of the commits."}]
    verdict = {
        "verdict": "changes-requested", "findings": [*found, *about], "labels": [], "next": "Mend.", "not_checked": [],
        "files": [{"path": path, "status": "added", "schema_ok": None, "version": None} for path in paths],
    }  # fmt: skip
    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        row.verdict, row.leaves, row.held, row.state = verdict, leaves, None, "changes-requested"
        session.add(row)


def test_three_thousand_leaves_make_a_page_that_can_be_read(
    client: TestClient[Shield], house: Database
) -> None:
    crowd(house, 3000)
    text = client.get("/r/t/contributions/1").text
    assert len(text) < 200_000
    assert "and 2995 more leaves" in text
    assert "More than 100 things to fix" in text
    assert text.count('class="panel flush"') == evidence.FILES
    assert "5980 more files and 580 more findings are not shown here." in text
    assert "upweight triage --pulls refs/pull/1/head" in text
    assert "Of the commits." in text
    queue = client.get("/r/t/queue?view=all").text
    assert "and 2995 more leaves" in queue
    assert len(queue) < 30_000


def test_a_page_reads_no_file_that_it_does_not_show(house: Database) -> None:
    crowd(house, 50)
    asked: list[str] = []

    class Asked:
        def source(self, _repository: str, _head: str, path: str) -> Held:
            asked.append(path)
            return Held.file(b"a: 1\n" * 400)

    with house.read() as session:
        row = session.get_one(Contribution, ("t", 1))
    assert row.verdict is not None
    made = evidence.evidence(Asked(), row, row.verdict)
    assert len(asked) == len(made.files) == evidence.FILES
    assert all(path.endswith("qna.yaml") for path in asked), "those with findings come first"
    assert sum(len(file.lines) for file in made.files) == evidence.ALL_LINES


@pytest.fixture
def odd(tmp_path: Path) -> tuple[pygit2.Repository, pygit2.Commit]:
    """A commit with one of everything that a tree can hold."""
    git = pygit2.init_repository(str(tmp_path / "odd.git"), bare=True)
    index = pygit2.Index()
    large = b"\0" * (read.MAX_BLOB + 1)
    for path, data, mode in (
        ("text", b"a: 1\n", 0o100644), ("empty", b"", 0o100644), ("image", b"\x89PNG\0\1" * 300, 0o100644),
        ("large", large, 0o100644), ("link", b"../<b>elsewhere", 0o120000), ("folder/text", b"x\n", 0o100644),
    ):  # fmt: skip
        index.add(pygit2.IndexEntry(path, git.create_blob(data), mode))
    index.add(pygit2.IndexEntry("module", pygit2.Oid(hex="c" * 40), 0o160000))
    made = git.create_commit("refs/heads/main", WHO, WHO, "Odd", index.write_tree(git), [])
    return git, git[made].peel(pygit2.Commit)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("link", "This is a symbolic link, to `../<b>elsewhere`; it is not followed."),
        ("module", f"This is a submodule, at commit `{'c' * 40}`; nothing of it is read."),
        ("image", "This is not text: 1.8 kB."),
        ("large", "This file is too large to be shown: 1.0 MB."),
        ("empty", "This file is empty."),
        ("folder", "This is a folder."),
    ],
)
def test_what_is_no_text_is_called_what_it_is(
    odd: tuple[pygit2.Repository, pygit2.Commit], house: Database, tmp_path: Path, path: str, said: str
) -> None:
    git, commit = odd

    def source(_repository: str, _head: str, asked: str) -> Held | None:
        found = read.held(git, commit, asked)
        return Held(*found) if found is not None else None

    with house.write() as session:
        row = session.get_one(Contribution, ("t", 1))
        assert row.verdict is not None
        files: list[dict[str, Any]] = [
            {"path": each, "status": status, "schema_ok": None, "version": None}
            for each, status in ((path, "added"), ("text", "added"), ("taken", "deleted"))
        ]
        row.verdict = {**row.verdict, "files": files, "findings": []}
        session.add(row)
    with TestClient(
        create_app(Services(house, tmp_path, lambda *_: ActResult(True, ""), source=source))
    ) as client:
        page = client.get("/r/t/contributions/1").text
    sentences = re.findall(r'<p class="meta foot">(.*?)</p>', page)
    told = [re.sub("</?code>", "`", each).replace("&lt;", "<").replace("&gt;", ">") for each in sentences]
    assert told == [said, "This revision takes the file away."]
    assert page.count('<div class="line') == 1
