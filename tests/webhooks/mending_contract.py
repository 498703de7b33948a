"""What any forge must do where we push to the branch that a contribution comes from: a part of ``ForgeContract``.

A forge that lies elsewhere is mended by a real mirror, over real Git; a stage that plays none says `has_git = False`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pygit2
import pytest

from service.git.mirror import Mirror, Target
from webhooks.forge import Denied, MendedByPush, Mending, Moved, Source


class Mender:
    """Our side of mending: a real mirror, or the forge's own repository where that lies on this disk."""

    def __init__(self, stage: Any, path: Path) -> None:
        self.stage, self.forge, self._count = stage, stage.forge, 0
        self.mirror: Mirror | None = None
        if isinstance(self.forge, MendedByPush):
            source = Target(self.forge.git_url(), self.forge.git_login)  # type: ignore[attr-defined]
            self.mirror = Mirror(path, source, stage.branch, heads=self.forge.heads())  # type: ignore[attr-defined]

    def commit_on(self, number: int, parent: str) -> str:
        """A commit of ours after a contribution's head, which is fetched for it."""
        self._count += 1
        if self.mirror is not None and (not self.mirror.path.exists() or parent not in self.mirror.git()):
            self.mirror.fetch([number])
        git = self.mirror.git() if self.mirror is not None else pygit2.Repository(str(self.forge.path))
        name, email = (
            self.forge.signature() if self.mirror is not None else ("Upweight", "upweight@localhost")
        )
        who = pygit2.Signature(name, email, self._count, 0)
        tree = git[parent].peel(pygit2.Commit).tree_id
        return str(git.create_commit(None, who, who, "Mended\n", tree, [pygit2.Oid(hex=parent)]))

    def mend(self, number: int, old: str, new: str) -> None:
        """As the service does it."""
        if self.mirror is None:
            self.forge.mend(number, old, new)
        else:
            self.push(self.forge.source(number), old, new)

    def push(self, source: Source, old: str, new: str) -> None:
        """Our mirror pushes."""
        assert self.mirror is not None
        self.mirror.move(source.branch, old, new, Target(source.url, self.forge.git_login))


class MendingContract:
    """The tests."""

    def test_a_contribution_is_moved_on_from_where_it_was_seen(self, stage: Any, tmp_path: Path) -> None:
        mender = self.mender(stage, tmp_path)
        number, head = stage.contribute("lamps", "Lamps")
        new = mender.commit_on(number, head)
        mender.mend(number, head, new)
        assert self.head(stage, number) == new
        with pytest.raises(Moved):
            mender.mend(number, head, mender.commit_on(number, head))
        assert self.head(stage, number) == new

    def test_what_its_author_pushed_meanwhile_is_never_overwritten(self, stage: Any, tmp_path: Path) -> None:
        mender = self.mender(stage, tmp_path)
        number, head = stage.contribute("lamps", "Lamps")
        new = mender.commit_on(number, head)
        newer = stage.revise(number)
        with pytest.raises(Moved):
            mender.mend(number, head, new)
        assert self.head(stage, number) == newer

    def test_who_lets_nobody_push_is_told_how_to_and_nothing_moves(self, stage: Any, tmp_path: Path) -> None:
        mender = self.pusher(stage, tmp_path)
        number, head = stage.contribute("lamps", "Lamps")
        new = mender.commit_on(number, head)
        stage.let_edit(number, False)
        assert not stage.forge.pull(number).mends
        with pytest.raises(Denied, match=r"lets nobody else push to this branch; they can .*tick"):
            mender.mend(number, head, new)
        assert self.head(stage, number) == head
        stage.let_edit(number, True)
        assert stage.forge.pull(number).mends
        mender.mend(number, head, new)
        assert self.head(stage, number) == new

    def test_a_right_that_is_taken_back_at_the_last_moment_is_no_right(
        self, stage: Any, tmp_path: Path
    ) -> None:
        mender = self.pusher(stage, tmp_path)
        number, head = stage.contribute("lamps", "Lamps")
        source = stage.forge.source(number)
        stage.let_edit(number, False)
        with pytest.raises(Denied, match=r"Permission|not allowed"):
            mender.push(source, head, mender.commit_on(number, head))
        assert self.head(stage, number) == head

    def test_a_branch_that_was_deleted_is_not_made_again(self, stage: Any, tmp_path: Path) -> None:
        mender = self.pusher(stage, tmp_path)
        number, head = stage.contribute("lamps", "Lamps")
        source, new = stage.forge.source(number), mender.commit_on(number, head)
        stage.delete_branch(number)
        with pytest.raises(Moved):
            mender.push(source, head, new)
        with pytest.raises((Moved, Denied)):
            mender.mend(number, head, new)

    def test_a_fork_that_vanished_is_told(self, stage: Any, tmp_path: Path) -> None:
        mender = self.pusher(stage, tmp_path)
        number, head = stage.contribute("lamps", "Lamps")
        source, new = stage.forge.source(number), mender.commit_on(number, head)
        stage.delete_fork(number)
        with pytest.raises(Denied, match="Nothing is at"):
            mender.push(source, head, new)
        with pytest.raises(Denied):
            mender.mend(number, head, new)

    def mender(self, stage: Any, folder: Path) -> Mender:
        """Who mends on this forge: our mirror, or the forge itself."""
        if not isinstance(stage.forge, Mending | MendedByPush) or not getattr(stage, "has_git", True):
            pytest.skip("nobody mends here, or no Git is played")
        return Mender(stage, folder / "mending.git")

    def pusher(self, stage: Any, folder: Path) -> Mender:
        """The same, where it is our mirror."""
        if not isinstance(stage.forge, MendedByPush):
            pytest.skip("this forge has no forks: contributions lie in the repository itself")
        return self.mender(stage, folder)

    def head(self, stage: Any, number: int) -> str:
        """Where a contribution stands."""
        pull = stage.forge.pull(number)
        assert pull is not None
        return str(pull.head)
