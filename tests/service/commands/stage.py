"""A contribution of ada's that waits for a review on a forge with an owner, a triager and a stranger."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygit2

from service.db.tables import Contribution
from service.lines.obey import Answer, obey
from tests.lines.batch_world import World
from webhooks.event import Person
from webhooks.forge import Pull

PASSED: dict[str, Any] = {
    "verdict": "passed", "labels": ["triage-needed"], "next": "A triager may approve it.", "findings": [],
    "not_checked": [], "policy_hash": "p", "rules_version": "r",
    "files": [{"path": "knowledge/tides/qna.yaml", "status": "added", "schema_ok": True, "version": 3}],
}  # fmt: skip


def person(name: str) -> Person:
    return Person("plain", name, name)


class Stage(World):
    """Contribution 1 is ada's, judged and open; tom and may triage, rea maintains."""

    def __init__(self, folder: Path, policy: str = "", state: str = "needs-review") -> None:
        super().__init__(folder, policy)
        for name in ("tom", "may"):
            self.git.config.set_multivar("upweight.triagers", f"^{name}$", name)
        self.git.config["upweight.maintainers"] = "rea"
        self.head = self.propose(1, "ada", {"knowledge/tides/qna.yaml": "version: 3  \n"}, state)

    def propose(self, number: int, author: str, files: dict[str, str], state: str = "needs-review") -> str:
        """A contribution with these files that its forge knows; its head."""
        main = self.git.references["refs/heads/main"].peel(pygit2.Commit)
        index = pygit2.Index()
        index.read_tree(main.tree)
        for path, text in files.items():
            blob = self.git.create_blob(text.encode())
            index.add(pygit2.IndexEntry(path, blob, pygit2.enums.FileMode.BLOB))
        who = pygit2.Signature(author, f"{author}@example.org", 2 + number, 0)
        text = f"Add {number}\n\nSigned-off-by: {author} <{author}@example.org>\n"
        head = str(self.git.create_commit(None, who, who, text, index.write_tree(self.git), [main.id]))
        pull = Pull(number, head, "main", f"t{number}", f"Add {number}", person(author), 1000.0)
        self.house.forge(self.repository).adopt(pull)
        with self.house.database.write() as session:
            session.add(
                Contribution(
                    repository="t", number=number, topic=f"t{number}", title="T", author_forge="plain",
                    author_id=author, state=state, head=head, verdict=PASSED, leaves=["knowledge/tides"],
                    opened=1.0, updated=1.0,
                )
            )  # fmt: skip
        return head

    def stand(self, **told: Any) -> None:
        """Contribution 1 stands so."""
        with self.house.database.write() as session:
            row = session.get_one(Contribution, ("t", 1))
            for key, value in told.items():
                setattr(row, key, value)
            session.add(row)

    def ask(self, who: str, text: str, number: int = 1, **more: Any) -> Answer:
        """What somebody says in a comment, without the bot's name."""
        name, *words = text.split()
        asked = {"number": number, "arguments": tuple(words), **more}
        return obey(self.house, "t", name, asked, person(who))

    def told(self) -> list[str]:
        """The kinds of all events but the first."""
        return [kind for kind, _ in self.events()]
