"""A whole life on the fake GitLab: from the first fault to the release; and another one that is held back.

As on the fake GitHub, the short recipe's gates can't tell, and a maintainer decides.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from service.demo import documents
from service.fake.gitlab.play import MAINTAINER, FakeGitLab
from service.fake.gitlab.state import Note, Request
from tests.lines.github_life import POLICY, plain
from tests.lines.github_play import DATA, read
from tests.lines.served import Served

MARKED = re.compile(r"\A<!-- upweight: (triage|held|shipped) -->\n")
WAIT, UNHEARD = 600.0, 15.0
FLAGS = "compositional_skills/grounded/harbour/cargo_flags"


class Life(Served):
    """The fake, a service on it, and mo, who maintains; deliveries are repeated, and some overtake others."""

    def __init__(self, folder: Path, policy: str) -> None:
        self.fake = FakeGitLab(folder / "gitlab", seed=4)
        here = self.fake.project
        self.mo = here.person("mo", MAINTAINER)
        files = {**read(DATA / "taxonomy"), ".upweight/policy.toml": policy}
        self.fake.move(self.mo, "main", here.commit(files, here.tip("main"), "Begin\n"))
        guard, papers = folder / "guard", folder / "documents.git"
        guard.mkdir()
        for file in sorted((DATA / "guard").glob("*.yaml"))[:2]:
            shutil.copy(file, guard)
        documents.build(DATA / "documents", papers)
        where = ("--forge", "gitlab", "--repository", here.path, "--model", "tiny", "--guard", str(guard))
        told = {f"UPWEIGHT_GITLAB_{name.upper()}": value for name, value in self.fake.settings.items()}
        super().__init__(folder / "home", *where, "--documents", str(papers), told=told)
        self.fake.hook(f"{self.url}/webhooks/gitlab", token=self.fake.secret)

    def stop(self) -> None:
        """End both."""
        super().stop()
        self.fake.close()

    def so(self, what: Callable[[], bool], seconds: float) -> bool:
        """Whether something becomes so while deliveries go on."""
        end = time.monotonic() + seconds
        while not what():
            if time.monotonic() > end:
                return False
            self.fake.deliveries.wake.wait(0.2)
            self.fake.deliveries.wake.clear()
            self.fake.deliveries.send(repeat=0.3, shuffle=True)
        return True

    def until(self, what: Callable[[], bool], called: str) -> None:
        """Wait until something is so."""
        assert self.so(what, WAIT), f"{called}\n{self.log()}"

    def ours(self, one: Request) -> dict[str, str]:
        """The bot's notes that are of a purpose, one each."""
        said: dict[str, str] = {}
        for note in one.notes:
            found = MARKED.match(note.body) if note.author is self.fake.bot else None
            if found is not None:
                assert found[1] not in said, "two notes of one purpose"
                said[found[1]] = note.body
        return said

    def says(self, one: Request, purpose: str, *words: str) -> bool:
        """Whether a note of this purpose is there with all these words."""
        text = plain(self.ours(one).get(purpose, ""))
        return bool(text) and all(word in text for word in words)

    def word(self, one: Request, text: str) -> None:
        """Mo says it, and it is carried out."""
        note = self.fake.say(one, self.mo, text)
        self.until(lambda: "rocket" in self.marks(note), text)

    def marks(self, note: Note) -> set[str]:
        """The bot's emoji on a note."""
        return {name for _, name, who in note.awards if who is self.fake.bot}


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    """It begins, and ends."""
    policy = POLICY.format(at_least=2, when="before").replace(
        "[rules]", '[rules.missing-sign-off]\nweight = "note"'
    )
    made = Life(tmp_path, policy.replace("dashboard = true", "dashboard = false"))
    yield made
    made.stop()


@pytest.mark.full
def test_one_is_shipped_and_the_other_is_held_back(life: Life) -> None:
    here = life.fake.project
    pim, sela = here.person("pim-tarrow"), here.person("sela-march")
    flags = life.fake.open(
        pim, "flags", "Name the flag for the cargo", read(DATA / "contributions/cargo-flags-1")
    )
    greetings = life.fake.open(
        sela, "greetings", "Greet by the tide", read(DATA / "contributions/tide-greetings-1")
    )
    life.until(lambda: life.says(flags, "triage", "to fix before I can measure this"), "a verdict")
    assert "triage-requested-changes" in flags.labels
    life.fake.push(flags, read(DATA / "contributions/cargo-flags-2"))
    for one in (flags, greetings):
        life.until(lambda one=one: life.says(one, "triage", "### Worth accepting"), "another verdict")
    life.fake.approve(flags, life.mo)
    life.word(greetings, "@upweight approve")
    for one in (flags, greetings):
        life.until(lambda one=one: one.state == "merged", "the merge")
        life.until(
            lambda one=one: life.says(one, "triage", "In batch 1, waits for a person"), "the first gate"
        )
    life.word(flags, "@upweight give-up 1 hold #2 It greets by the wrong tide.")
    life.until(lambda: life.says(greetings, "held", "by the wrong tide"), "to be told")
    life.until(lambda: "held-back" in greetings.labels, "its label")
    life.word(flags, "@upweight batch #1")
    life.until(lambda: life.says(flags, "triage", "In batch 2, waits for a person"), "the second gate")
    life.word(flags, "@upweight override 2 A first release, to begin with.")
    life.until(
        lambda: life.says(flags, "shipped", "school.taxonomy v1", "/-/releases/model-v1)"), "the release"
    )
    life.until(lambda: life.says(flags, "triage", "released in v1"), "its first note to follow")
    (row,) = (line for line in life.ours(flags)["shipped"].splitlines() if line.startswith(f"| `{FLAGS}`"))
    assert " to " in row
    told = here.releases["model-v1"]
    assert "pim-tarrow" in plain(told["description"])
    assert {"release.json", "gate.json", "README.md", "NOTES.md", "SHA256SUMS"} == {
        it["name"] for it in told["assets"]["links"]
    }
    assert "refs/tags/model-v1" in here.repo.references
    assert "released" in flags.labels
    assert list(life.ours(greetings)) == ["triage", "held"]
    assert list(life.ours(flags)) == ["triage", "shipped"]
