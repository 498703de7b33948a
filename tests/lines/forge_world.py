"""A world whose repository lies on a forge that merges: its Git is real, its answers are as the test wants them."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

from service.db.tables import Contribution, Repository
from service.git import merge as git_merge
from service.git import refs
from service.house import House
from service.lines import mirrors
from service.lines.states import State
from service.placement.judge import Ask, Fault, Judged, Stopped
from service.policy import from_bytes
from tests.lines.batch_world import LEAF, SEED, World
from triage_rules.judge import rules_version
from webhooks.event import Person, Pushed
from webhooks.forge import Denied, Moved, Pull

ADA = Person("plain", "ada", "ada")
WHO = pygit2.Signature("The forge", "forge@example.org", 1_700_000_000, 0)


class Kind:
    """A judge that lets everything pass."""

    def start(self) -> None: ...
    def close(self) -> None: ...

    def ask(self, ask: Ask) -> Judged | Fault | Stopped:
        """Passed, by the policy that was asked with."""
        policy = from_bytes((ask.policy or "").encode()).judging.hash
        verdict = {
            "verdict": "passed", "labels": [], "next": "", "findings": [], "not_checked": [], "files": [],
            "policy_hash": policy, "rules_version": rules_version(),
        }  # fmt: skip
        return Judged(verdict, [f"knowledge/{ask.title}"])


@dataclass
class Forge:
    """Merging, Listing and Remote over a bare repository; `wrong` is raised by the next call, `lost` behind it."""

    path: Path
    wrong: list[Exception] = field(default_factory=list)
    lost: list[Exception] = field(default_factory=list)
    calls: list[tuple[str, object]] = field(default_factory=list)
    closed: set[int] = field(default_factory=set)
    squash: bool = False
    protected: bool = False
    base: str = "main"  # that its contributions are for

    @property
    def git(self) -> pygit2.Repository:
        return pygit2.Repository(str(self.path))

    def merge(self, number: int, head: str, message: str) -> str:
        self.calls.append(("merge", number))
        if self.wrong:
            raise self.wrong.pop(0)
        git = self.git
        base = refs.tip(git, "main")
        assert base is not None
        if str(git.references[f"refs/pull/{number}/head"].target) != head:
            raise Moved("its head is another")
        if number in self.closed:
            raise Denied("it is closed")
        tree = git_merge.by_lines(git, base, git[head].peel(pygit2.Commit))
        if tree is None:
            raise Denied("it conflicts")
        parents = [base.id] if self.squash else [base.id, pygit2.Oid(hex=head)]
        made = str(git.create_commit("refs/heads/main", WHO, WHO, message, tree, parents))
        self.closed.add(number)
        if self.lost:
            raise self.lost.pop(0)
        return made

    def advance(self, branch: str, old: str, new: str) -> None:
        self.calls.append(("advance", branch))
        if self.protected:
            raise Denied("the branch is protected")
        if self.wrong:
            raise self.wrong.pop(0)
        refs.advance(self.git, branch, old, new)
        if self.lost:
            raise self.lost.pop(0)

    def git_url(self) -> str:
        return f"file://{self.path}"

    def git_login(self) -> tuple[str, str] | None:
        return None

    def heads(self) -> str:
        return "+refs/pull/*/head:refs/pull/*/head"

    def open_pulls(self) -> list[Pull]:
        heads = refs.contribution_heads(self.git)
        return [
            Pull(n, head, self.base, str(n), str(n), ADA, 1.0)
            for n, head in heads.items()
            if n not in self.closed
        ]

    def pull(self, number: int) -> Pull | None:
        return next((pull for pull in self.open_pulls() if pull.number == number), None)

    def pushed(self, pull: Pull) -> Pushed:
        return Pushed("plain", "t", pull.number, pull.head, pull.base, pull.topic, ADA, pull.title)


@dataclass
class Abroad(House):
    """A house whose one repository lies on that forge."""

    abroad: Forge | None = None

    def forge(self, repository: Repository) -> Forge:
        assert self.abroad is not None
        return self.abroad


class Proposals(World):
    """Contributions that are approved, and a judge that lets them pass."""

    def __init__(self, folder: Path, policy: str = "") -> None:
        super().__init__(folder, policy)
        self.house.judge = Kind()

    @property
    def main(self) -> str:
        return str(self.git.references["refs/heads/main"].target)

    def files(self, ref: str | None, files: dict[str, str], *parents: str, start: str = "") -> str:
        """A commit that writes these files on what `start` (or the first parent) holds."""
        index = pygit2.Index()
        index.read_tree(self.git[start or parents[0]].peel(pygit2.Tree))
        for path, text in files.items():
            index.add(pygit2.IndexEntry(path, self.git.create_blob(text.encode()), FileMode.BLOB))
        on = [pygit2.Oid(hex=parent) for parent in parents]
        who = pygit2.Signature("Ada", "ada@example.org", 1_700_000_000, 0)
        made = str(self.git.create_commit(None, who, who, "Change\n", index.write_tree(self.git), on))
        if ref is not None:
            self.git.references.create(ref, pygit2.Oid(hex=made), force=True)
        return made

    def approved(self, number: int, files: dict[str, str], on: str = "") -> str:
        """An approved contribution with these files, from the tip of main where nothing else is told."""
        head = self.files(f"refs/pull/{number}/head", files, on or self.main)
        leaves = sorted({path.rpartition("/")[0] for path in files if path.endswith("/qna.yaml")})
        with self.house.database.write() as session:
            session.add(
                Contribution(
                    repository="t", number=number, topic=str(number), title=leaves[0].rpartition("/")[2],
                    author_forge="plain", author_id="ada", state=State.approved, head=head,
                    approved_head=head, approved_by="plain/tom", leaves=leaves, opened=1.0, updated=1.0,
                )
            )  # fmt: skip
        return head


class ForgeWorld(Proposals):
    """`self.git` is the forge's repository; ours is a mirror of it."""

    def __init__(self, folder: Path, policy: str = "") -> None:
        super().__init__(folder, policy)
        self.forge = Forge(self.bare)
        for name in ("receive.hideRefs", "transfer.hideRefs", "core.hooksPath"):
            if name in self.git.config:
                del self.git.config[name]
        shutil.rmtree(self.bare / "hooks")
        self.house = Abroad(self.house.settings, self.house.database, judge=Kind(), abroad=self.forge)
        with self.house.database.write() as session:
            row = session.get_one(Repository, "t")
            row.address = str(folder / "mirrors" / "t.git")
            session.add(row)
        mirrors.refresh(self.house, self.repository)

    @property
    def mirror(self) -> pygit2.Repository:
        return pygit2.Repository(self.repository.address)


def leaf(name: str, *seeds: int) -> str:
    """A leaf with these seeds."""
    return LEAF.format(name=name) + "".join(SEED.format(name=name, n=n) for n in seeds)
