"""Our bare mirror of a repository that lies on a forge: what is fetched, what is pushed, and when it is tidied.

It always holds the last that we know. Whoever fetches holds the mirror's turn, so two who want the same wait for one
another; a fetch that was killed is mended by the next. Why Git and not its library, and what becomes of a branch that
is pushed by force: docs/decisions/0016-mirror-of-a-forge.md.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from pathlib import Path

import msgspec
import pygit2

from service.git import bounded, pushing, staging
from service.git.bounded import Bounds, Late, Login, Place, Ran, TooLarge
from service.git.pushing import Pushed
from service.git.staging import INCOMING, Fetched
from service.placement.turns import turn
from webhooks.forge import Denied

HEADS = "+refs/pull/*/head:refs/pull/*/head"
MANY = 200  # heads that come at once
HIDDEN = INCOMING.rstrip("/")
DEPTH = 1000  # commits of the first fetch; where a contribution began before them, all are fetched
LOCKED = 10.0  # seconds after which a lock is nobody's: ours are held for an instant
PACKS, LOOSE, EVERY = 40, 5000, 7 * 86400.0  # what is tidied: so many packs or loose objects, or after a week
HARMLESS = ("zeroPaddedFilemode", "missingSpaceBeforeDate", "badTimezone", "missingEmail", "missingNameBeforeEmail",
            "missingSpaceBeforeEmail", "zeroPaddedDate", "badDate", "nullSha1", "hasDot", "fullPathname")  # fmt: skip
_MOVED = (*(f"returned error: {code}" for code in (301, 302, 303, 307, 308)), "unable to update url base")
_GONE = ("returned error: 404", "returned error: 410", "not found", "does not appear to be a git repository")
_REFUSED = ("returned error: 401", "returned error: 403", "authentication failed", "could not read username",
            "could not read password", "access denied")  # fmt: skip
_NO_BRANCH = ("couldn't find remote ref", "no such remote ref", "not our ref", "unadvertised object")


class Gone(Denied):
    """Nothing is at this address any more: renamed, transferred, deleted, or hidden from us."""


class Target(msgspec.Struct, frozen=True):
    """An address and whoever lends the token for it, anew each time: tokens last for minutes."""

    url: str
    login: Callable[[], Login | None] = lambda: None


class Mirror:
    """The mirror at `path` of what lies at `source`. Cheap to make; safe in any thread and process.

    `heads` is what ``webhooks.forge.Remote.heads`` gives; `push` is where refs go if not to the source; `authorities`
    and `proxy` are as in ``Place``.
    """

    def __init__(
        self,
        path: Path,
        source: Target,
        branch: str = "main",
        *,
        heads: str = HEADS,
        push: Target | None = None,
        bounds: Bounds | None = None,
        depth: int = DEPTH,
        authorities: Path | None = None,
        proxy: str | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self.path, self.branch, self.bounds = path, branch, bounds or Bounds()
        self._source, self._push = source, push or source
        self._heads = heads.removeprefix("+").partition(":")[0]
        if self._heads.count("*") != 1:
            raise ValueError(f"{heads!r} names no heads of contributions.")
        self._depth, self._authorities, self._proxy, self._stopping = depth, authorities, proxy, stopping

    def git(self) -> pygit2.Repository:
        """The repository, opened anew."""
        return pygit2.Repository(str(self.path))

    def make(self) -> None:
        """Make it where it is not there yet; a second time changes nothing."""
        with turn(self.path, "fetch"):
            self._make()

    def fetch(self, numbers: Collection[int] | None = ()) -> Fetched:
        """Bring the base branch, the tags and the heads of these contributions (None: of all).

        Raises Denied (also Gone, and where the base branch is larger than allowed), OSError where the forge can't be
        reached now or takes too long; what was fetched by then is not lost. One head that is too large keeps none of
        the others away.
        """
        with turn(self.path, "fetch"):
            self._make()
            until = time.monotonic() + self.bounds.seconds
            too_large: list[int] = []
            try:
                self._bring(until, self._specs(numbers))
            except TooLarge as why:
                if numbers is None or not numbers:
                    raise Denied(f"{self._source.url} can't be mirrored. {why}") from None
                too_large = self._one_by_one(until, sorted(numbers))
            self._deepen(until, numbers)
            repo = self.git()
            found = staging.take_over(repo, self.branch, numbers)
            if len(found.heads) > MANY:  # a file for each would make every later look at them slow
                with suppress(OSError):  # what was found counts, packed or not
                    bounded.run(self.path, "pack-refs", "--all", bounds=self.bounds, stopping=self._stopping)
            return msgspec.structs.replace(
                found,
                too_large=tuple(too_large),
                vanished=tuple(n for n in found.vanished if n not in too_large),
            )

    def bring(self, commits: Collection[str]) -> None:
        """Bring these commits, whatever ref holds them there; raises as `fetch`, Denied also where there is no such."""
        with turn(self.path, "fetch"):
            self._make()
            if wrong := [commit for commit in commits if not re.fullmatch(r"[0-9a-f]{40}", commit)]:
                raise Denied(f"{wrong[0][:60]!r} is no commit.")
            wanted = [commit for commit in commits if commit not in self.git()]
            specs = [f"+{commit}:{INCOMING}commit/{commit}" for commit in wanted]
            if specs:
                try:
                    self._bring(time.monotonic() + self.bounds.seconds, specs)
                except TooLarge as why:
                    raise Denied(f"It can't be fetched. {why}") from None

    def push(self, refs: Collection[str], force: bool = False, source: bool = False) -> list[Pushed]:
        """Show refs of ours to the forge, or to the mirror that is set for them; what became of each.

        With `source` they go to the forge whatever is set: what it is to move its branch on to must be there.

        Raises as `fetch` does where nothing could be asked.
        """
        known = self.git().references
        missing = [Pushed(ref, False, "it is not here") for ref in refs if ref not in known]
        here = [ref for ref in refs if ref in known]
        if not here:
            return missing
        specs = [f"{'+' if force else ''}{ref}:{ref}" for ref in here]
        place = self._place(self._source if source else self._push)
        done = bounded.run(
            self.path, "push", "--porcelain", "--no-progress", "--no-verify", "--", place.url, *specs,
            bounds=self.bounds, place=place, stopping=self._stopping,
        )  # fmt: skip
        told = pushing.told(done.out.decode("utf-8", "replace"))
        if done.code and not told:
            raise _failure(place.url, done)
        lost = Pushed("", False, "the forge did not say")
        return missing + [told.get(ref, lost)._replace(ref=ref) for ref in here]

    def move(self, branch: str, old: str, new: str, fork: Target | None = None) -> None:
        """Move a branch of the forge, or of a fork there, from `old` on to a commit of ours that is built on it.

        Raises Moved where it is not at `old`, Denied, and as `fetch` does.
        """
        place = self._place(fork or self._source)
        done = pushing.move(self.git(), branch, old, new, place, self.bounds, self._stopping)
        if done is not None:
            raise _failure(place.url, done)

    def drop(self, ref: str) -> None:
        """Take a ref of ours away, on the forge and here; what is not there is fine. Raises as `fetch` does."""
        place = self._place(self._source)
        done = pushing.away(self.path, ref, place, self.bounds, self._stopping)
        if done is not None:
            raise _failure(place.url, done)
        if ref in self.git().references:
            self.git().references.delete(ref)

    def tidy(
        self, forget: Iterable[int] = (), now: float | None = None, bounds: Bounds | None = None
    ) -> bool:
        """Let go of heads that nobody needs, and pack what has piled up; gives whether anything was packed.

        Nothing younger than two weeks goes: what was written a moment ago may have no ref yet.
        """
        with turn(self.path, "fetch"):
            self._make()
            dropped = staging.forget(self.git(), forget)
            mark, now = self.path / "tidied", now if now is not None else time.time()
            last = mark.stat().st_mtime if mark.exists() else 0.0
            if not dropped and not self._piled_up() and now - last < EVERY:
                return False
            done = bounded.run(self.path, "gc", "--quiet", "--prune=2.weeks.ago",
                               bounds=bounds or Bounds(600, self.bounds.size * 8), stopping=self._stopping)  # fmt: skip
            if done.code:
                raise OSError(f"{self.path.name} could not be tidied: {done.said}")
            mark.touch()
            return True

    def _make(self) -> None:
        if not (self.path / "HEAD").exists():
            self.path.mkdir(parents=True, exist_ok=True)
            done = bounded.run(self.path, "init", "--quiet", "--bare", "--template=",
                               f"--initial-branch={self.branch}", bounds=self.bounds)  # fmt: skip
            if done.code:
                raise OSError(f"{self.path} could not be made: {done.said}")
        config = self.git().config
        if "transfer.hideRefs" not in config or config["transfer.hideRefs"] != HIDDEN:
            for key, value in (
                ("gc.auto", "0"), ("maintenance.auto", "false"), ("core.hooksPath", "/dev/null"),
                ("core.logAllRefUpdates", "false"), ("transfer.hideRefs", HIDDEN),
            ):  # fmt: skip
                config[key] = value
        staging.mend(self.path, time.time() - LOCKED)

    def _specs(self, numbers: Collection[int] | None) -> list[str]:
        """What is asked for. A head's last letter is a pattern, so that one that is gone is no error but a fact."""
        base = [f"+refs/heads/{self.branch}:{INCOMING}heads/{self.branch}", f"+refs/tags/*:{INCOMING}tags/*"]
        if numbers is None:
            return [*base, f"+{self._heads}:{INCOMING}pull/*/head"]
        named = [self._heads.replace("*", str(int(number)))[:-1] for number in numbers]
        return [
            *base,
            *(f"+{name}*:{INCOMING}pull/{int(n)}/hea*" for name, n in zip(named, numbers, strict=True)),
        ]

    def _bring(self, until: float, specs: list[str], *options: str) -> None:
        first = f"refs/heads/{self.branch}" not in self.git().references
        shallow = [f"--depth={self._depth}"] if first and self._depth and not options else []
        place = self._place(self._source)
        checks = {"fetch.fsckObjects": "true", **{f"fetch.fsck.{name}": "warn" for name in HARMLESS}}
        left = msgspec.structs.replace(self.bounds, seconds=max(0.1, until - time.monotonic()))
        done = bounded.run(
            self.path, "fetch", "--quiet", "--prune", "--no-tags", "--no-write-fetch-head", "--no-auto-maintenance",
            "--no-recurse-submodules", "--no-progress", *shallow, *options, "--stdin", "--", place.url,
            bounds=left, place=place, given="".join(f"{spec}\n" for spec in specs).encode(), settings=checks,
            stopping=self._stopping,
        )  # fmt: skip
        if done.code:
            raise _failure(place.url, done)

    def _one_by_one(self, until: float, numbers: list[int]) -> list[int]:
        """Fetch the base, then each head by itself; gives those that are too large."""
        try:
            self._bring(until, self._specs(()))
        except TooLarge as why:
            raise Denied(f"{self._source.url} can't be mirrored. {why}") from None
        out = []
        for number in numbers:
            try:
                staging.mend(self.path, time.time() - LOCKED)
                self._bring(until, self._specs([number]))
            except TooLarge:
                out.append(number)
        return out

    def _deepen(self, until: float, numbers: Collection[int] | None) -> None:
        """Fetch all history where a head shares none of what we have of it with the base branch."""
        repo = self.git()
        base = repo.references.get(f"{INCOMING}heads/{self.branch}")
        if not repo.is_shallow or base is None:
            return
        names = [f"{INCOMING}pull/{n}/head" for n in numbers] if numbers is not None else [
            name for name in repo.references if name.startswith(f"{INCOMING}pull/")
        ]  # fmt: skip
        heads = [repo.references[name].target for name in names if name in repo.references]
        if any(repo.merge_base(head, base.target) is None for head in heads):
            try:
                self._bring(until, self._specs(numbers), "--unshallow")
            except TooLarge:
                return  # judged as sharing no history: what else is known stays

    def _place(self, target: Target) -> Place:
        try:
            login = target.login()
            bounded.checked(target.url, login is not None)
        except ValueError as why:
            raise Denied(str(why)) from None
        return Place(target.url, login, self._authorities, self._proxy)

    def _piled_up(self) -> bool:
        packs = sum(1 for _ in self.path.glob("objects/pack/*.pack"))
        return packs > PACKS or sum(1 for _ in self.path.glob("objects/??/*")) > LOOSE


def _failure(url: str, done: Ran) -> Exception:
    """What Git's complaint means; what is not known is tried again."""
    text = done.said.casefold()
    if any(sign in text for sign in _NO_BRANCH):
        return Denied(f"{url} has no such branch or commit: {done.said[-200:]}")
    if any(sign in text for sign in _MOVED):
        return Gone(f"{url} leads elsewhere: the repository was renamed or transferred.")
    if any(sign in text for sign in _REFUSED):
        return Denied(f"{url} refuses our token, or it may not do this there.")
    if any(sign in text for sign in _GONE):
        return Gone(f"Nothing is at {url}: renamed, transferred, deleted, or hidden from us.")
    return OSError(f"{url} did not answer as it should: {done.said[-500:]}")


__all__ = ["Bounds", "Fetched", "Gone", "Late", "Login", "Mirror", "Pushed", "Target", "TooLarge"]
