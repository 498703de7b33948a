"""Whole lives on the fake GitHub: from the first fault to the release, by Git, GitHub's API and signed deliveries.

The short recipe learns next to nothing, so its gates can't tell and a maintainer decides; who is held back in these
is held back by that word. The culprit search itself is played in the last one, with the tiny model's own recipe.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from service.fake.faults import Post
from service.fake.github.play import FakeGitHub
from tests.lines.github_life import POLICY, Life, plain
from tests.lines.github_play import DATA, read

PAPERS = {"release.json", "gate.json", "README.md", "NOTES.md", "SHA256SUMS"}
SEARCHED = "[rules]\n[forge]\ndashboard = true\n[noise]\npairs = 0\n[batch]\nat_least = 2\nat_most = 4\n"
GREETINGS = "compositional_skills/writing/tide_greetings"
Begin = Callable[..., Life]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Begin]:
    """Starts a fake with this policy, and a service on it."""
    with ExitStack() as ending:

        def start(policy: str, seed: int = 3, post: Post | None = None, groups: int = 2) -> Life:
            files = {**read(DATA / "taxonomy"), ".upweight/policy.toml": policy}
            fake = ending.enter_context(FakeGitHub(tmp_path / "github", files=files, seed=seed))
            fake.people.role("mo", "maintain")
            fake.faults.post = post or Post()
            made = Life(fake, tmp_path / "home", groups)
            ending.callback(made.stop)
            return made

        yield start


def faulty(life: Life) -> int:
    """Pim proposes flags and forgets who wrote them; GitHub shows it, and he mends it."""
    pim = life.desk("pim-tarrow")
    number = pim.propose("flags", "Name the flag for the cargo", life.files("cargo-flags"))
    life.until(lambda: life.says(number, "triage", "to fix before I can measure this"), "a verdict")
    life.until(lambda: life.check(number) is not None, "a check")
    first = life.check(number)
    assert first is not None
    assert (first.conclusion, bool(first.annotations)) == ("failure", True)
    assert life.labels(number) >= {"triage-requested-changes"}
    assert f"**{number}**" in life.board() or not life.board()
    pim.push("flags", "Say who wrote it", life.files("cargo-flags", 2))
    life.until(lambda: life.says(number, "triage", "### Worth accepting"), "another verdict")
    life.until(lambda: getattr(life.check(number), "conclusion", "") == "success", "another check")
    return number


def approved(life: Life, *numbers: int) -> None:
    """Mo approves each as it is, the first by a review and the others by a word, and they are merged."""
    for number in numbers:
        if number == numbers[0] and life.fake.faults.post == Post():
            life.mo.reviews(number)
        else:
            life.word(number, "@upweight approve")


def shipped(life: Life, number: int, version: str, leaf: str) -> None:
    """Everything that a contributor finds under a pull request whose contribution is in a release."""
    life.until(lambda: life.says(number, "shipped", f"harbour.taxonomy {version}"), f"#{number} to be told")
    release = life.release(version)
    text = life.comments(number)["shipped"]
    (row,) = (line for line in text.splitlines() if line.startswith(f"| `{leaf}`"))
    assert len(row.split("|")) == 6, row
    assert " to " in row, "the interval"
    assert f"/releases/tag/model-{version})" in text
    life.until(lambda: life.says(number, "triage", f"released in {version}"), "its first comment to follow")
    life.until(lambda: "released" in life.labels(number), "its label")
    assert "triage-needed" not in life.labels(number)
    assert f"#{number} " in (release.body or "")
    assert life.merged(number)
    check = life.check(number)
    assert check is not None
    assert check.conclusion == "success"
    assert life.bells(number) <= 3
    assert life.bells(number) == len(life.comments(number))


def on_the_shelf(life: Life, version: str, people: set[str]) -> None:
    """The release as GitHub shows it: an annotated tag, notes with names, files that agree with their checksums."""
    release, git = life.release(version), life.fake.repo.git
    tag = git.ref(f"refs/tags/model-{version}")
    assert tag is not None
    assert git.kind(tag) == "tag"
    assert git.holds(str(git.tip("main")), str(git.read(tag).id))
    assert all(name in plain(release.body or "") for name in people), release.body
    files = {one.name: one.data for one in release.assets}
    assert set(files) == PAPERS, "the tiny model is trained whole, so there is no adapter"
    sums = dict(reversed(line.split("  ")) for line in files["SHA256SUMS"].decode().splitlines())
    told = {name.rpartition("/")[2]: digest for name, digest in sums.items()}
    for name, data in files.items():
        assert name == "SHA256SUMS" or told[name] == hashlib.sha256(data).hexdigest(), name


def test_one_lives_from_the_first_fault_to_the_release(begin: Begin) -> None:
    life = begin(POLICY.format(at_least=1, when="before"))
    number = faulty(life)
    approved(life, number)
    life.until(lambda: life.merged(number), "the merge")
    life.until(lambda: life.says(number, "triage", "In batch 1, waits for a person"), "the gate")
    life.until(lambda: "**Batch 1** of contribution 1: its gate can't tell" in life.board(), "the dashboard")
    life.word(number, "@upweight override 1 A first release, to begin with.")
    shipped(life, number, "v1", "compositional_skills/grounded/harbour/cargo_flags")
    on_the_shelf(life, "v1", {"pim-tarrow"})
    assert "A first release, to begin with." in life.comments(number)["shipped"]
    life.until(lambda: "Nothing waits for anybody." in life.board(), "the dashboard")
    assert life.bells(number) == 2


ROUGH = Post(lose=0.2, repeat=0.3, delay=0.3, reorder=0.2)
ASKED = r"/(check-runs|labels|merge|releases|git/(refs|tags))\b"  # by the bot alone: people's own requests go well


@pytest.mark.full
@pytest.mark.parametrize(
    ("seed", "post", "troubles"),
    [(3, Post(), ()), (5, ROUGH, ()), (11, ROUGH, ("503", "lost"))],
    ids=["calm", "rough", "rough-and-failing"],
)
def test_one_of_three_is_held_back_and_comes_again_in_the_next_release(
    begin: Begin, seed: int, post: Post, troubles: tuple[str, ...]
) -> None:
    life = begin(POLICY.format(at_least=3, when="before"), seed=seed, post=post)
    for kind in troubles:  # one request in thirty is refused, one in thirty is done and its answer lost
        life.fake.faults.trouble(kind, times=None, share=0.03, path=ASKED)
    flags = faulty(life)
    bells = life.desk("ada-brandt").propose("bells", "The tower bells of Skerrow", life.files("bells"))
    sela = life.desk("sela-march")
    greetings = sela.propose("greetings", "Greet by the tide of the day", life.files("tide-greetings"))
    for number in (bells, greetings):
        life.until(lambda n=number: life.says(n, "triage", "### Worth accepting"), "verdicts")
    approved(life, flags, bells, greetings)
    for number in (flags, bells, greetings):
        life.until(
            lambda n=number: life.says(n, "triage", "In batch 1, waits for a person"), "the first gate"
        )
        assert life.merged(number)
        assert life.labels(number) >= {"batched", "triage-approved"}
    life.word(bells, f"@upweight give-up 1 hold #{greetings} It greets by the wrong tide.")
    life.until(
        lambda: life.says(greetings, "held", "Batch 1 was given up", "by the wrong tide"), "to be told"
    )
    life.until(lambda: life.says(greetings, "triage", "left out of the model for now"), "its first comment")
    life.until(lambda: "held-back" in life.labels(greetings), "its label")
    life.until(lambda: "### Held back (1)" in life.board(), "the dashboard")
    life.until(lambda: life.says(bells, "triage", "waits for the next batch"), "the others to be told")

    life.word(bells, f"@upweight batch #{flags} #{bells}")
    life.until(lambda: life.says(bells, "triage", "In batch 2, waits for a person"), "the second gate")
    life.word(bells, "@upweight override 2 A first release, to begin with.")
    shipped(life, bells, "v1", "knowledge/skerrow/bells")
    shipped(life, flags, "v1", "compositional_skills/grounded/harbour/cargo_flags")
    on_the_shelf(life, "v1", {"ada-brandt", "pim-tarrow"})
    assert "shipped" not in life.comments(greetings)

    mended = {path: data.replace(b"Slack tide", b"Still tide").replace(b"slack tide", b"still tide")
              for path, data in life.files("tide-greetings").items()}  # fmt: skip
    again = sela.propose("greetings-again", "Greet by the right tide", mended)
    life.until(lambda: life.says(again, "triage", "### Worth accepting"), "the new one's verdict")
    approved(life, again)
    life.until(lambda: life.merged(again), "its merge")
    life.word(again, f"@upweight batch #{again}")
    life.until(lambda: life.says(again, "triage", "In batch 3, waits for a person"), "the third gate")
    life.word(again, "@upweight override 3 The tide is right by now.")
    shipped(life, again, "v2", GREETINGS)
    on_the_shelf(life, "v2", {"sela-march"})
    life.until(
        lambda: life.says(greetings, "triage", f"Contribution {again} took its place", "v2"), "the old one"
    )
    life.until(lambda: life.labels(greetings) >= {"superseded"}, "its label")
    assert life.labels(greetings) & {"triage-needed", "held-back"} == set()
    assert list(life.comments(greetings)) == ["triage", "held"]
    assert life.bells(greetings) == 2
    life.until(lambda: "Nothing waits for anybody." in life.board(), "the dashboard")


@pytest.mark.full
def test_measured_first_nothing_is_merged_before_its_batch_passed(begin: Begin) -> None:
    life = begin(POLICY.format(at_least=2, when="after"))
    start = life.fake.repo.git.tip("main")
    bells = life.desk("ada-brandt").propose("bells", "The tower bells of Skerrow", life.files("bells"))
    sela = life.desk("sela-march")
    greetings = sela.propose("greetings", "Greet by the tide of the day", life.files("tide-greetings"))
    for number in (bells, greetings):
        life.until(lambda n=number: life.says(n, "triage", "### Worth accepting"), "verdicts")
    approved(life, bells, greetings)
    for number in (bells, greetings):
        life.until(
            lambda n=number: life.says(n, "triage", "In batch 1, waits for a person"), "the first gate"
        )
    assert life.fake.repo.git.tip("main") == start
    life.word(bells, f"@upweight give-up 1 hold #{greetings} It greets by the wrong tide.")
    life.until(lambda: life.says(greetings, "held", "by the wrong tide"), "to be told")
    life.until(lambda: life.says(greetings, "held", "not merged", "push again"), "how it comes back")
    life.until(lambda: "triage-requested-changes" in life.labels(greetings), "its label")
    assert life.issue(greetings).state == "open"

    mended = life.files("tide-greetings")
    mended = {path: data.replace(b"Slack tide", b"Still tide").replace(b"slack tide", b"still tide")
              for path, data in mended.items()}  # fmt: skip
    sela.push("greetings", "Greet by the right tide", mended)
    life.until(
        lambda: life.says(greetings, "triage", "### Worth accepting", "a maintainer decides"), "a verdict"
    )
    approved(life, greetings)
    for number in (bells, greetings):
        life.until(
            lambda n=number: life.says(n, "triage", "In batch 2, waits for a person"), "the second gate"
        )
    assert life.fake.repo.git.tip("main") == start
    assert not life.merged(bells)
    life.word(bells, "@upweight override 2 A first release, to begin with.")
    shipped(life, bells, "v1", "knowledge/skerrow/bells")
    shipped(life, greetings, "v1", GREETINGS)
    on_the_shelf(life, "v1", {"ada-brandt", "sela-march"})
    assert life.bells(greetings) == 3
    git = life.fake.repo.git
    assert git.holds(str(git.tip("main")), str(start))


@pytest.mark.full
def test_the_search_finds_who_harms_the_bells_and_the_other_is_shipped(begin: Begin) -> None:
    life = begin(SEARCHED, groups=8)
    life.wait = 1800.0
    flags = faulty(life)
    bells = life.desk("ada-brandt").propose("bells", "The tower bells of Skerrow", life.files("bells"))
    life.until(lambda: life.says(bells, "triage", "### Worth accepting"), "a verdict")
    approved(life, flags, bells)
    shipped_by_itself(life, bells, "v1", "knowledge/skerrow/bells")
    recast = life.desk("tam-ostler").propose("recasting", "What the bells became", life.files("recasting"))
    ends = life.desk("jon-quill").propose("endings", "End a letter as here", life.files("letter-endings"))
    for number in (recast, ends):
        life.until(lambda n=number: life.says(n, "triage", "### Worth accepting"), "verdicts")
    approved(life, recast, ends)
    life.until(
        lambda: life.says(recast, "held", "### Taken out of batch 2", "`knowledge/skerrow/bells`"),
        "the search",
    )
    shipped_by_itself(life, ends, "v2", "compositional_skills/writing/letter_endings")
    assert list(life.comments(recast)) == ["triage", "held"]
    assert f"#{recast} " in (life.release("v2").body or "").partition("## Held back")[2]
    assert life.bells(recast) == 2
    life.until(lambda: "### Held back (1)" in life.board(), "the dashboard")


def shipped_by_itself(life: Life, number: int, version: str, leaf: str) -> None:
    """Nobody says a word between the approval and the release."""
    life.until(lambda: life.says(number, "shipped", version), f"{version} to come")
    shipped(life, number, version, leaf)
