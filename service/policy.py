"""The community's policy, ``.upweight/policy.toml``: each package's sections composed, the rest refused.

It is read from the tip of the base branch, never from a contributor's head. What nobody knows is refused with
its line and the nearest right name. The defaults of the gate are those that were simulated.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal

import pygit2
from pydantic import Field

from service.git.read import POLICY_PATH
from service.policy_forge import ForgeSection, MergeSection, StaleSection
from service.policy_section import Section
from service.policy_sense import agree_on_batches, agree_on_silence
from triage_rules.policy import SECTIONS as JUDGING
from triage_rules.policy import Policy as Judging
from triage_rules.tables import (
    MOST_BYTES,
    Mistakes,
    PolicyError,
    checked,
    decoded,
    locator,
    parsed_on,
    unknown,
)

__all__ = [
    "FILE",
    "ForgeSection",
    "MergeSection",
    "Policy",
    "PolicyError",
    "StaleSection",
    "from_toml",
    "load",
]

FILE = POLICY_PATH

Share = Annotated[float, Field(ge=0, le=1)]
Level = Annotated[float, Field(gt=0, lt=1)]
Seconds = Annotated[int, Field(ge=1)]


class BatchSection(Section):
    """When merged contributions become a batch: enough of them, or the oldest has waited long enough."""

    every: Seconds | Literal[""] = Field(
        default="",
        description="the longest wait of a merged contribution, in seconds; empty: only the number counts",
    )
    at_least: int = Field(default=4, ge=1, description="so many make a batch")
    at_most: int = Field(
        default=16, ge=1, description="more wait for the next one; a culprit search takes no more"
    )

    @property
    def every_seconds(self) -> int | None:
        """The longest wait in seconds; None where only the number counts."""
        return self.every or None


class TrainSection(Section):
    """What a candidate is trained from; recorded with each release."""

    start_from: Literal["release", "base"] = Field(
        default="release",
        description="go on from the newest release with replay, or train the whole mix anew",
    )
    rebase_every: int = Field(
        default=0,
        ge=0,
        description="releases in a row that may go on, before the mix is trained anew; 0: all",
    )
    recipe: str = Field(default="", description="name of a training recipe; empty: the repository's own")


class MeasureSection(Section):
    """How often each mix is trained with another seed, what is measured beside the leaves, how long questions last."""

    seeds: int = Field(
        default=2, ge=1, le=8, description="trainings of a mix that differ in their seed alone"
    )
    make_items: bool = Field(
        default=True,
        description="hold seeds out of a leaf that has no items under evaluation/, and ask for the others anew",
    )
    suites: list[Literal["safety", "canaries", "fairness"]] = Field(
        default=[],
        description='what else is measured, and must let a candidate pass: `"safety"`, `"canaries"`, `"fairness"`',
    )
    worn_after: int = Field(
        default=20,
        ge=1,
        description="decisions after which held-out questions count as worn, and gates say so",
    )


class GateSection(Section):
    """What a community may set of the gate; fractions, 5 points are 0.05. All else is as it was simulated."""

    alpha_release: Level = Field(
        default=0.03, description="how often a harmless batch may be vetoed, against N"
    )
    alpha_anchor: Level = Field(default=0.02, description="the same against the frozen anchor")
    looks: Literal[1, 2] = Field(
        default=1,
        description="2: where the first look can't tell, a second takes one training more; they spend 1/5 and 4/5 of α",
    )
    epsilon_most: Share = Field(
        default=0.05,
        description="the widest loss over all protected leaves that need not be excluded, before an anchor",
    )
    epsilon_most_coarse: Share = Field(default=0.08, description="the same where few leaves are protected")
    coarse_under: int = Field(default=12, ge=0, description="leaves under which they are few")
    epsilon_anchor: Share = Field(
        default=0.05, description="the widest such loss against the anchor, for its whole cycle"
    )


class NoiseSection(Section):
    """How well the noise of training must be known."""

    pairs: int = Field(
        default=2,
        ge=0,
        description="pairs of placebos that must be known; else one is trained in an idle hour",
    )


class AttributionSection(Section):
    """What each contribution of a release moved, by trainings without it."""

    at_most: int = Field(
        default=0,
        ge=0,
        description="contributions up to which each release is taken apart in idle hours; 0: by a word only",
    )


class SearchSection(Section):
    """The culprit search."""

    at_most_suspects: int = Field(
        default=16, ge=2, description="contributions among which a culprit is looked for"
    )
    try_again: bool = Field(
        default=False,
        description="try on each new release, in idle hours, whether what is held back would pass by now",
    )


class ReleaseSection(Section):
    """When a candidate that passed becomes a release."""

    every: Seconds | Literal["", "manual"] = Field(
        default="",
        description='seconds between two; empty: as soon as one passed; "manual": by a person\'s word',
    )

    @property
    def manual(self) -> bool:
        """A person cuts each release."""
        return self.every == "manual"

    def due(self, last: float | None, now: float) -> bool:
        """Whether the timetable may cut a release now; `last` is when the newest one was cut, None before any."""
        if self.manual:
            return False
        return last is None or not self.every or now - last >= float(self.every)


class ApproveSection(Section):
    """What a contribution needs before it is merged.

    An approval belongs to a revision. With `keep_on_layout` it is carried over one kind of push, that says the same in
    another layout: whoever approved saw what it says, and asking them again for a blank at the end of a line costs days
    and teaches people to approve without looking. Where only exact bytes count, set it to false.
    """

    needs: int = Field(default=1, ge=1, description="approvals before a contribution is merged")
    keep_on_layout: bool = Field(
        default=True,
        description="approvals stay when a push changes the layout of files alone, in one commit, and passes the rules",
    )


OWN: dict[str, type[Section]] = {
    "merge": MergeSection,
    "batch": BatchSection,
    "train": TrainSection,
    "measure": MeasureSection,
    "gate": GateSection,
    "noise": NoiseSection,
    "attribution": AttributionSection,
    "search": SearchSection,
    "release": ReleaseSection,
    "approve": ApproveSection,
    "stale": StaleSection,
    "forge": ForgeSection,
}


@dataclass(frozen=True)
class Policy:
    """Everything that a community decides; ``judging`` holds the sections [rules] and [labels]."""

    judging: Judging = field(default_factory=Judging.default)
    merge: MergeSection = field(default_factory=MergeSection)
    batch: BatchSection = field(default_factory=BatchSection)
    train: TrainSection = field(default_factory=TrainSection)
    measure: MeasureSection = field(default_factory=MeasureSection)
    gate: GateSection = field(default_factory=GateSection)
    noise: NoiseSection = field(default_factory=NoiseSection)
    attribution: AttributionSection = field(default_factory=AttributionSection)
    search: SearchSection = field(default_factory=SearchSection)
    release: ReleaseSection = field(default_factory=ReleaseSection)
    approve: ApproveSection = field(default_factory=ApproveSection)
    stale: StaleSection = field(default_factory=StaleSection)
    forge: ForgeSection = field(default_factory=ForgeSection)

    @cached_property
    def hash(self) -> str:
        """A digest of everything that this policy says, defaults included."""
        told = {name: getattr(self, name).model_dump(mode="json") for name in OWN}
        text = json.dumps({**told, "judging": self.judging.hash}, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def load(repo: pygit2.Repository, branch: str) -> Policy:
    """The policy at the tip of `branch`; the defaults where it has none. Raises PolicyError."""
    try:
        blob = repo.references[f"refs/heads/{branch}"].peel(pygit2.Tree)[FILE]
    except KeyError:
        return Policy()
    if not isinstance(blob, pygit2.Blob):
        raise PolicyError(FILE, 1, "It is no file.", "Make it a file of TOML.")
    return _kept(blob.data)


@lru_cache(maxsize=64)
def _kept(data: bytes) -> Policy:
    return from_bytes(data)


def read_file(path: Path) -> Policy:
    """The policy in a file, or in the taxonomy that lies in a folder. Raises PolicyError or OSError."""
    file = path / FILE if path.is_dir() else path
    with file.open("rb") as opened:
        return from_bytes(opened.read(MOST_BYTES + 1), str(file))


def from_bytes(data: bytes, path: str = FILE) -> Policy:
    """The policy in a file's bytes. Raises PolicyError."""
    return from_toml(decoded(data, path), path)


def from_toml(text: str, path: str = FILE) -> Policy:
    """The policy that `text` says; `path` names it in errors. Raises PolicyError, with all that is wrong."""
    mistakes = Mistakes()
    data, left = parsed_on(text, path, mistakes)
    locate = locator(left)
    for name, table in data.items():
        if name not in OWN and name not in JUDGING:
            mistakes.add(unknown(path, locate((name,)), f"`{name}` is not known.", name, [*OWN, *JUDGING]))
        elif not isinstance(table, dict):
            remedy = f"Write `[{name}]` and its keys below it."
            mistakes.add(PolicyError(path, locate((name,)), f"`{name}` is no table.", remedy))
    tables = {name: table for name, table in data.items() if isinstance(table, dict)}
    judging = Judging.default()
    with mistakes.heard():
        judging = Judging.from_sections(tables, path, locate)
    chosen: dict[str, Any] = {}
    for name, kind in OWN.items():
        with mistakes.heard():
            chosen[name] = checked(kind, tables.get(name, {}), (name,), path, locate)
    policy = Policy(judging=judging, **chosen)
    for disagree in (agree_on_silence, agree_on_batches):
        with mistakes.heard():
            disagree(policy, data, path, locate)
    mistakes.tell()
    return policy
