"""What triage will say to every push of a story: judged beforehand, offline, by the rules and policy that hold then.

A push that is judged otherwise than the story needs is found in a second, and not after an hour of training.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from service.demo import documents
from service.demo.people import commits_of
from service.demo.places import Lines, Problem, line_of
from service.demo.places import toml_lines as script_lines
from service.demo.script import FILE
from service.demo.story import Story
from service.facts.listings import in_paths, listings
from service.git.read import MAX_BLOB
from service.lines.states import VERDICT_MOVES, State, after
from service.policy import FILE as POLICY
from service.policy import Policy, PolicyError, read_file
from triage_rules import contribution as judged
from triage_rules import toml_lines
from triage_rules.facts import BARRED_HOST, CitedFile, Document, Documents, Told, cited_by, matches
from triage_rules.finding import Finding, Weight
from triage_rules.index import SeedsIndex
from triage_rules.judge import judge
from triage_rules.rule import Facts
from triage_rules.taxonomy import ATTRIBUTION, is_leaf_yaml, read
from triage_rules.verdict import NEEDS_HUMAN, PASSED, Verdict

MERGED = (PASSED, NEEDS_HUMAN)  # what the player, a maintainer, approves
NOWHERE = "0" * 40
SIGN_OFF = "missing-sign-off"


def problems_of(story: Story, lines: Lines) -> Iterator[Problem]:
    """A policy that nobody can judge by, contributions that would never be merged, and verdicts told otherwise."""
    try:
        policy = policy_of(story)
    except PolicyError as error:
        yield Problem(f"taxonomy/{POLICY}", error.line, error.message, error.remedy)
        return
    yield from _unplayable(story, policy)
    for index, push, revision, verdict in _pushes(story, policy):
        contribution = story.contribution[index]
        is_last = push + 1 == len(contribution.commits)
        if is_last and contribution.batch is not None and not revision.files:
            yield _brings_nothing(story, lines, index)
        elif is_last and contribution.batch is not None and verdict.outcome not in MERGED:
            yield from _never_merged(story, lines, index, verdict)
        else:
            yield from _otherwise(story, lines, index, push, verdict)


def _pushes(story: Story, policy: Policy) -> Iterator[tuple[int, int, judged.Contribution, Verdict]]:
    """Each push in its turn, as triage will read it, with its verdict."""
    there = Taxonomy.of(story)
    for index, contribution in enumerate(story.contribution):
        for push in range(len(contribution.commits)):
            revision = there.revision(story, index, push)
            beside = listings(in_paths(there.files), revision.files)
            told = Told(Documents(tuple(_documents(story, revision))))
            verdict = judge(revision, policy.judging, Facts(there.known, told, beside))
            yield index, push, revision, verdict
        there.take(revision, contribution.batch is not None and verdict.outcome in MERGED)


def _documents(story: Story, revision: judged.Contribution) -> Iterator[Document]:
    """What is cited, as the play's mirror will have it, and where it has no mirror as a play says, which asks no host.

    That a leaf cites another commit than the mirror's is told elsewhere, and once.
    """
    texts = documents.texts(story.documents)
    commit = documents.commit_of(story.documents) if texts else ""
    for cited in cited_by(revision):
        if cited.commit == commit:
            found = [path for path in texts if any(matches(path, pattern) for pattern in cited.patterns)]
            yield Document(cited, "there", files=tuple(CitedFile(path, texts[path]) for path in found))
        elif not texts:
            yield Document(cited, "refused", BARRED_HOST)


def told(story: Story) -> list[dict[str, Any]]:
    """What triage will say to every push: its verdict, and the heaviest finding behind it. Raises PolicyError."""
    lines = script_lines((story.root / FILE).read_text(encoding="utf-8"))
    said = []
    for index, push, _, verdict in _pushes(story, policy_of(story)):
        it = story.contribution[index]
        first = max(verdict.findings, key=lambda f: f.weight, default=None)
        why = None
        if first is not None:
            file, line = _place(story, lines, index, push, first)
            why = f"{file}{f':{line}' if line else ''}: {_words(first)} ({first.rule})"
        pushes = len(it.commits)
        said.append(
            {"topic": it.topic, "push": push + 1, "of": pushes, "verdict": verdict.outcome, "why": why}
        )
    return said


def _brings_nothing(story: Story, lines: Lines, index: int) -> Problem:
    message = f"`{story.contribution[index].topic}` goes into a batch, and brings nothing that is not there already."
    remedy = "Change a file in its last push, or leave it out."
    return Problem(FILE, line_of(lines, "contribution", index, "commits"), message, remedy)


def policy_of(story: Story) -> Policy:
    """The community's policy, from the taxonomy before the first contribution. Raises PolicyError."""
    return read_file(story.taxonomy) if (story.taxonomy / POLICY).is_file() else Policy()


def _unplayable(story: Story, policy: Policy) -> Iterator[Problem]:
    """Policies that a community may have and no play can follow: the script forms the batches, one person approves."""
    file = f"taxonomy/{POLICY}"
    if policy.approve.needs > 1:
        message = f"A contribution needs {policy.approve.needs} approvals, and a play has one maintainer."
        yield Problem(file, _policy_line(story, "approve", "needs"), message, "Let `needs` be 1.")
    for batch in story.batches:
        if (size := len(story.in_batch(batch))) > policy.batch.at_most:
            message = (
                f"Batch {batch} has {size} contributions, and a batch takes {policy.batch.at_most} at most."
            )
            yield Problem(file, _policy_line(story, "batch", "at_most"), message, "Raise `at_most`.")


def _policy_line(story: Story, *key: str) -> int:
    return toml_lines.line_of((story.taxonomy / POLICY).read_text(encoding="utf-8"), key)


@dataclass
class Taxonomy:
    """The base branch and the contributions before: what the next one is judged against."""

    files: dict[str, bytes] = field(default_factory=dict)
    seeds: SeedsIndex = field(default_factory=SeedsIndex)
    waiting: SeedsIndex = field(default_factory=SeedsIndex)  # of contributions that nobody merges
    _numbers: dict[str, list[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, story: Story) -> Taxonomy:
        """The taxonomy before the first contribution."""
        there = cls()
        for path in sorted(story.taxonomy.rglob("*")):
            if path.is_file():
                there._put(path.relative_to(story.taxonomy).as_posix(), path.read_bytes()[:MAX_BLOB])
        return there

    @property
    def known(self) -> SeedsIndex:
        """Every seed that a rule may compare with."""
        return SeedsIndex.over(self.seeds, self.waiting)

    def revision(self, story: Story, index: int, push: int) -> judged.Contribution:
        """One push of a contribution as triage will read it."""
        it = story.contribution[index]
        wanted = {name: data[:MAX_BLOB] for name, data in story.files(it, push).items()}
        touched = {name for turn in range(push + 1) for name in story.files(it, turn)}
        files = tuple(self._changed(name, wanted.get(name)) for name in sorted(touched))
        changed = tuple(file for file in files if file.before != file.after)
        folders = {f.folder for f in changed if f.in_tree and (f.name == ATTRIBUTION or is_leaf_yaml(f.path))}
        beside = {name: data for name, data in self.files.items() if name.rpartition("/")[0] in folders}
        return judged.Contribution(
            head=NOWHERE, base=NOWHERE, files=changed, commits=commits_of(it, push), title=it.title,
            author=it.author, number=index + 1,
            siblings={name: data for name, data in beside.items() if name not in {f.path for f in changed}},
        )  # fmt: skip

    def _changed(self, name: str, after_it: bytes | None) -> judged.ChangedFile:
        before = self.files.get(name)
        status = "deleted" if after_it is None else "added" if before is None else "modified"
        return judged.ChangedFile(name, status, before=before, after=after_it)

    def take(self, revision: judged.Contribution, merged: bool) -> None:
        """Merge what a contribution ends with; what is not merged waits, and counts as the forge's open ones do."""
        if merged:
            for file in revision.files:
                self._put(file.path, file.after)
        else:
            for leaf in revision.leaves:
                self.waiting.add_leaf(leaf, revision.number, revision.author)

    def _put(self, name: str, data: bytes | None) -> None:
        for number in self._numbers.pop(name, ()):
            self.seeds.remove(number)
        self.files.pop(name, None)
        if data is not None:
            self.files[name] = data
            leaf = read(name, data).leaf if is_leaf_yaml(name) else None
            self._numbers[name] = self.seeds.add_leaf(leaf) if leaf else []


def _never_merged(story: Story, lines: Lines, index: int, verdict: Verdict) -> Iterator[Problem]:
    """Why nobody would merge a contribution that goes into a batch: each thing that its last push must mend."""
    it = story.contribution[index]
    prefix = f"`{it.topic}` goes into batch {it.batch}, but triage would say {verdict.outcome}:"
    for finding in (f for f in verdict.findings if f.weight >= Weight.fix):
        remedy = finding.remedy
        if finding.rule == SIGN_OFF:
            remedy = "Let `signed_off` end with true."
        place = _place(story, lines, index, len(it.commits) - 1, finding)
        yield Problem(*place, f"{prefix} {_words(finding)}", remedy)


def _words(finding: Finding) -> str:
    """What is found; a story's commits are not made yet, and have no hash that could be named."""
    return "its commit carries no sign-off." if finding.rule == SIGN_OFF else finding.message


def _place(story: Story, lines: Lines, index: int, push: int, finding: Finding) -> tuple[str, int | None]:
    """File and line of the story where a finding is mended; in the script where it is about no file of a push."""
    if finding.path and (file := story.holder(story.contribution[index], push, finding.path)):
        return file, finding.line or 1  # what is wrong with a whole file is named at its beginning
    key = "signed_off" if finding.rule == SIGN_OFF else "title"
    return FILE, line_of(lines, "contribution", index, key)


def _otherwise(story: Story, lines: Lines, index: int, push: int, verdict: Verdict) -> Iterator[Problem]:
    """Where the script tells another verdict, or another end, than the rules have for a push."""
    it = story.contribution[index]
    told = it.verdicts[push] if push < len(it.verdicts) else None
    if told is not None and told != verdict.outcome:
        message = f"Push {push + 1} of `{it.topic}` is told to be judged {told}, and triage would say {verdict.outcome}"
        yield _told(story, lines, index, push, verdict, "verdicts", f"{message}: ")
    ends = str(after(State.opened, VERDICT_MOVES[verdict.outcome]))
    if push + 1 == len(it.commits) and it.batch is None and it.expect not in (None, ends):
        message = f"`{it.topic}` is to end {it.expect}, and triage would leave it {ends}: "
        yield _told(story, lines, index, push, verdict, "expect", message)


def _told(
    story: Story, lines: Lines, index: int, push: int, verdict: Verdict, key: str, message: str
) -> Problem:
    first = next((f for f in verdict.findings if f.weight > Weight.note), None)
    reason = "no rule finds anything."
    if first is not None:
        file, line = _place(story, lines, index, push, first)
        reason = f"{file}{f':{line}' if line else ''}: {_words(first)}"
    remedy = f"Change the push, or `{key}`."
    return Problem(FILE, line_of(lines, "contribution", index, key), message + reason, remedy, warning=True)
