"""Whole trees, judged beside the community's parser: files per second on one core, in one run.

The tree is every leaf of the corpus side by side: those of `main`, and those that each pull request adds or changes, in
a folder of its own. Four fifths of them are of version 1, which `instructlab-schema`'s parser does not lint; so there
are two trees, all leaves and those that it lints (version 2 on). The parser takes one in so many files, since it starts
a process for each that it lints; `yq`, which it would start for the line of each error, is out of its reach, so that it
is no slower than it must be. Ours is what `upweight check --all` does. Both are in this process, after what is loaded
once, on one core, by turns, in seconds of processor time, children included.

Prints one JSON object. `times`: our files per second over theirs on the leaves that both lint, by every rule;
`form_times`: on all leaves, by the rules that do the parser's job; `all_times`: on all leaves, by every rule;
`again_times`: on all leaves, by every rule, when one has changed since. `same`: the share of all that were taken on
which both agree whether syntax, schema and layout are in order. The corpus is no part of the project; its place is
`--corpus`, by default beside the checkout.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import logging
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pygit2
from instructlab.schema.taxonomy import TaxonomyParser, TaxonomyReadingException

from benchmarks.replay import CORPUS
from service.git import read
from service.git.worktree import read_worktree
from service.kept import judged_work
from triage_rules import lint
from triage_rules.policy import Policy
from triage_rules.rule import all_rules
from triage_rules.taxonomy import ATTRIBUTION, QNA, is_leaf_yaml
from triage_rules.taxonomy import read as read_leaf
from triage_rules.verdict import Verdict

SAMPLE = 120  # files of each tree that the parser takes
FORM = ("unreadable-yaml", "schema", "lint", "misnamed-file", "outdated-version")  # what the parser does too


def main(argv: Sequence[str] | None = None) -> int:
    """The command line; exit 5 where the corpus is not there."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.whole_tree", description=__doc__)
    parser.add_argument("--corpus", type=Path, default=CORPUS)
    options = parser.parse_args(argv)
    if not options.corpus.exists():
        print(f"there is no corpus at {options.corpus}", file=sys.stderr)
        return 5
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    with tempfile.TemporaryDirectory(prefix="upweight-bench-") as folder:
        mirror = f"{folder}/taxonomy.git"
        subprocess.run(["git", "clone", "-q", "--mirror", str(options.corpus), mirror], check=True)
        files = leaves_of(pygit2.Repository(mirror))
        linted = {
            path.rpartition("/")[0]
            for path, data in files.items()
            if (read_leaf(path, data).version or 0) > 1
        }
        lay_out(files, Path(folder) / "all")
        lay_out({p: d for p, d in files.items() if p.rpartition("/")[0] in linted}, Path(folder) / "linted")
        print(json.dumps(measured(Path(folder) / "all", Path(folder) / "linted")))
    return 0


def leaves_of(git: pygit2.Repository) -> dict[str, bytes]:
    """The files of all leaves, by path: those of `main`, and each pull request's with its number at their folder."""
    tip = read.commit_at(git, "main")
    found: dict[str, bytes] = {}
    for change in read.changes(None, tip.tree):
        data = read.blob_bytes(change.new) if is_leaf_yaml(change.path) else None
        if data is None:
            continue
        found[change.path] = data
        beside = f"{change.path.rpartition('/')[0]}/{ATTRIBUTION}"
        if (data := read.read_blob(git, tip, beside)) is not None:
            found[beside] = data
    for ref in sorted(r for r in git.references if r.startswith("refs/pull/")):
        number, new = ref.split("/")[2], read.commit_at(git, ref)
        old = read.merge_base(git, tip, new) or tip
        change = read.contribution(git, str(old.id), str(new.id))
        for file in change.files:
            if file.in_tree and file.name == QNA and file.after is not None:
                folder = file.folder + ("_" if "/" in file.folder else "/") + number
                found[f"{folder}/{QNA}"] = file.after
                if (data := change.attribution(file.folder)) is not None:
                    found[f"{folder}/{ATTRIBUTION}"] = data
    return found


def lay_out(files: dict[str, bytes], tree: Path) -> None:
    """A work tree with these files, none of them committed."""
    pygit2.init_repository(str(tree))
    for path, data in files.items():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(data)


def measured(everything: Path, linted: Path) -> dict[str, Any]:
    """Theirs and ours by turns, so that whatever else the machine does is both's."""
    policy, form = Policy.default(), form_alone()
    leaves, accepted = {tree: sorted(tree.rglob(QNA)) for tree in (everything, linted)}, dict[Path, bool]()
    theirs = dict.fromkeys(leaves, 0.0)

    def their_turn(half: int) -> None:
        for tree, found in leaves.items():
            sample = found[:: len(found) // SAMPLE or 1][half::2]
            theirs[tree] += seconds(lambda: accepted.update(by_the_parser(sample))) / len(sample) / 2  # noqa: B023

    checked(linted, policy, kept=False)  # what is loaded once, is
    their_turn(0)
    ours = {tree: seconds(lambda: checked(tree, policy)) / len(found) for tree, found in leaves.items()}  # noqa: B023
    verdict = checked(everything, form, kept=False)
    formal = seconds(lambda: checked(everything, form, kept=False)) / len(leaves[everything])
    changed = leaves[everything][0]
    changed.write_bytes(changed.read_bytes() + b"# changed\n")
    again = seconds(lambda: checked(everything, policy)) / len(leaves[everything])
    their_turn(1)
    alike = agreeing((everything, linted), accepted, verdict)
    return {
        "times": round(theirs[linted] / ours[linted], 1),
        "form_times": round(theirs[everything] / formal, 1),
        "all_times": round(theirs[everything] / ours[everything], 1),
        "again_times": round(theirs[everything] / again, 1),
        "files": {"all": len(leaves[everything]), "linted": len(leaves[linted]), "compared": len(alike)},
        "milliseconds": {
            name: round(1000 * spent, 2)
            for name, spent in {
                "theirs": theirs[everything], "theirs_linted": theirs[linted], "ours": ours[everything],
                "ours_linted": ours[linted], "form": formal, "again": again,
            }.items()
        },
        "same": round(sum(alike) / len(alike), 4),
    }  # fmt: skip


def form_alone() -> Policy:
    """A policy under which only those rules look that do the parser's job."""
    off = (f'[rules.{rule.id}]\nweight = "off"\n' for rule in all_rules() if rule.id not in FORM)
    return Policy.from_toml("".join(off))


def checked(tree: Path, policy: Policy, kept: bool = True) -> Verdict:
    """What `upweight check --all` does."""
    work = read_worktree(tree, "main", True)
    return judged_work(work if kept else work._replace(kept=None), policy)


def by_the_parser(files: Sequence[Path]) -> dict[Path, bool]:
    """Whether the community's parser has no error to tell of each file."""
    logging.disable(logging.CRITICAL)
    path, found = os.environ["PATH"], {}
    os.environ["PATH"] = str(Path(sys.executable).parent)  # where yamllint is, and no yq
    parser = TaxonomyParser(schema_version=0)
    for file in files:
        with contextlib.redirect_stdout(io.StringIO()):
            try:
                found[file] = parser.parse(file).errors == 0
            except TaxonomyReadingException:
                found[file] = False
    os.environ["PATH"] = path
    return found


def agreeing(trees: tuple[Path, ...], accepted: dict[Path, bool], verdict: Verdict) -> list[bool]:
    """Of each file, whether we say the same; where the attribution is missing, which theirs never looks for, our word
    is not on the same thing."""
    reports, alike = {file.path: file for file in verdict.files}, []
    for file, fine in accepted.items():
        path = next(file.relative_to(tree).as_posix() for tree in trees if file.is_relative_to(tree))
        report, linted = reports[path], (reports[path].version or 0) > 1
        if not linted or (file.parent / ATTRIBUTION).exists():
            alike.append(
                (bool(report.schema_ok) and not (linted and smudged(path, file.read_bytes()))) == fine
            )
    return alike


def smudged(path: str, data: bytes) -> bool:
    """Has the linter an error in a leaf? By itself, since of a whole tree a verdict keeps the first of each rule."""
    tree = read_leaf(path, data).tree
    return tree is None or any(smudge.error for smudge in lint.smudges(tree))


def seconds(work: Callable[[], object]) -> float:
    """Processor time of a piece of work in this process and in those that it starts."""
    before = _spent()
    work()
    return _spent() - before


def _spent() -> float:
    told = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in told)


if __name__ == "__main__":
    sys.exit(main())
