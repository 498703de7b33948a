"""The same judgement everywhere: on every real pull request, `check`, `upweight triage` and the service say the same.

What the service knows besides (who opened it, other open contributions) is given to none of the three, or to two alike.
"""

from __future__ import annotations

import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer
from msgspec import structs
from typer.testing import CliRunner

from service.cli.triage import register
from service.git import read
from service.placement.judge import Ask, Open
from service.placement.judge_server import Bench
from service.pulls import number_of
from triage_rules.facts import Author, Told
from triage_rules.rule import all_rules

BUNDLE = Path(__file__).parents[2].parent / "shared" / "corpus" / "taxonomy-pulls.bundle"
PARTS = 4
KEYS = ("verdict", "labels", "next", "findings", "not_checked", "files", "policy_hash", "rules_version")
SIGN_OFF = "missing-sign-off"
pytestmark = pytest.mark.skipif(
    not BUNDLE.exists(), reason="the corpus of real pull requests does not lie beside the checkout"
)

app = typer.Typer()
register(app)


class Corpus(NamedTuple):
    """The real pull requests in a bare repository, and a work tree that shares its objects."""

    bare: Path
    work: Path

    def heads(self) -> list[tuple[int, str]]:
        repository = read.open_repository(self.bare)
        found = {number_of(ref): str(repository.references[ref].target) for ref in repository.references
                 if ref.startswith("refs/pull/")}  # fmt: skip
        return sorted((number, head) for number, head in found.items() if number is not None)

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", *arguments], cwd=self.work, check=True, capture_output=True, text=True)
        return done.stdout.strip()


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Corpus:
    folder = tmp_path_factory.mktemp("corpus")
    bare, work = folder / "taxonomy.git", folder / "work"
    subprocess.run(["git", "clone", "-q", "--mirror", str(BUNDLE), str(bare)], check=True, timeout=60)
    subprocess.run(
        ["git", "clone", "-q", "--shared", "--no-checkout", "--branch=main", str(bare), str(work)], check=True
    )
    return Corpus(bare, work)


def run(*arguments: str) -> list[dict[str, Any]]:
    done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code in (0, 1), done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


def check(corpus: Corpus, *more: str) -> dict[str, Any]:
    (told,) = run("check", str(corpus.work), "--into", "main", *more)
    return told["data"]  # type: ignore[no-any-return]


def triage(corpus: Corpus, head: str) -> dict[str, Any]:
    (line,) = run("triage", "--repo", str(corpus.bare), "--head", head, "--into", "main")
    return line


def ask(corpus: Corpus, tip: str, head: str, number: int, before: Sequence[Open] = ()) -> Ask:
    return Ask(str(corpus.bare), tip, head, number, "", "", None, tuple(before))


def differing(one: dict[str, Any], other: dict[str, Any], keys: Sequence[str] = KEYS) -> list[str]:
    return [f"{key}: {one[key]} != {other[key]}" for key in keys if one[key] != other[key]]


def agree(corpus: Corpus, pulls: Sequence[tuple[int, str]]) -> list[str]:
    """What the three say differently of these pull requests, each on a work tree with its head checked out."""
    tip = str(read.open_repository(corpus.bare).references["refs/heads/main"].target)
    bench, wrong = Bench(lambda _reading: None), []
    for number, head in pulls:
        corpus.git("checkout", "-q", "--force", "--detach", head)
        mine, batch = check(corpus), triage(corpus, head)
        service = bench.judged(ask(corpus, tip, head, number)).verdict
        wrong += [f"{number} check and triage, {each}" for each in differing(mine, batch)]
        wrong += [f"{number} check and service, {each}" for each in differing(mine, service)]
    return wrong


@pytest.mark.slow
def test_check_triage_and_the_service_agree_on_a_sample(corpus: Corpus) -> None:
    assert not agree(corpus, corpus.heads()[::90])


@pytest.mark.full
@pytest.mark.parametrize("part", range(PARTS))
def test_check_triage_and_the_service_agree_on_every_pull_request(corpus: Corpus, part: int) -> None:
    heads = corpus.heads()
    assert len(heads) == 656
    assert not agree(corpus, heads[part::PARTS])


@pytest.mark.parametrize("staged", [True, False])
def test_what_is_not_committed_yet_is_judged_as_it_will_be_but_for_its_sign_off(
    corpus: Corpus, staged: bool
) -> None:
    wrong = []
    for number, head in corpus.heads()[45::90]:
        corpus.git("checkout", "-q", "--force", "--detach", head)
        committed = check(corpus)
        corpus.git("reset", "-q", "--soft" if staged else "--mixed", corpus.git("merge-base", "main", head))
        told = check(corpus, *(["--staged"] if staged else []))
        corpus.git("clean", "-fdq")
        rest = [each for each in committed["findings"] if each["rule"] != SIGN_OFF]
        wrong += [number] if (told["findings"], told["files"]) != (rest, committed["files"]) else []
        wrong += (
            [number]
            if told["files"] and SIGN_OFF not in {each["rule"] for each in told["not_checked"]}
            else []
        )
    assert not wrong


def seasons(corpus: Corpus) -> Iterator[tuple[str, list[tuple[int, str]]]]:
    """The pull requests that began from the same commit of main, and that commit."""
    repository = read.open_repository(corpus.bare)
    tip = read.commit_at(repository, "main")
    found: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for number, head in corpus.heads():
        base = read.merge_base(repository, tip, read.commit_at(repository, head)) or tip
        found[str(base.id)].append((number, head))
    yield from sorted(found.items(), key=lambda each: -len(each[1]))


def agree_among_open_ones(corpus: Corpus, base: str, pulls: Sequence[tuple[int, str]]) -> list[str]:
    """What batch and service say differently of pull requests that are open at once, each knowing the earlier ones."""
    repository = read.open_repository(corpus.bare)
    for number, head in pulls:
        repository.references.create(f"refs/season-{base}/{number}/head", head, force=True)
    lines = run("triage", "--repo", str(corpus.bare), "--pulls", f"refs/season-{base}/*/head", "--into", base)
    assert [line["pull"] for line in lines] == [number for number, _ in pulls]
    bench, before, wrong = Bench(lambda _reading: None), list[Open](), []
    for line, (number, head) in zip(lines, pulls, strict=True):
        service = bench.judged(ask(corpus, base, head, number, before)).verdict
        wrong += [f"{number} batch and service, {each}" for each in differing(line, service)]
        before.append(Open(number, head, read.contribution(repository, line["base"], head).who or ""))
    return wrong


def test_a_batch_and_the_service_agree_on_pull_requests_that_are_open_at_once(corpus: Corpus) -> None:
    base, pulls = next(seasons(corpus))
    assert not agree_among_open_ones(corpus, base, pulls[:12])


def test_what_the_service_knows_besides_shows_in_the_rules_that_ask_for_it_alone(corpus: Corpus) -> None:
    """Who opened it, and what else is open: rules with facts ask for them."""
    asking = {rule.id for rule in all_rules() if rule.needs}
    base, pulls = next(seasons(corpus))
    bench, before, shown = Bench(lambda _reading: None), list[Open](), set[str]()
    for number, head in pulls[:10]:
        asked = ask(corpus, base, head, number, before)
        who = f"person-{number}"
        asked = structs.replace(asked, author=who, told=Told(author=Author(who, who)))
        service = bench.judged(asked).verdict["findings"]
        (line,) = run("triage", "--repo", str(corpus.bare), "--base", base, "--head", head)
        own = line["findings"]
        shown |= {
            each["rule"]
            for one, other in ((service, own), (own, service))
            for each in one
            if each not in other
        }
        before.append(Open(number, head, f"person-{number}"))
    assert shown
    assert shown <= asking


@pytest.mark.full
def test_a_batch_and_the_service_agree_on_all_that_were_open_at_once(corpus: Corpus) -> None:
    assert not [
        each for base, pulls in seasons(corpus) for each in agree_among_open_ones(corpus, base, pulls)
    ]
