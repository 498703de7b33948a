"""Whole trees, judged beside the community's parser: files per second on one core, in one run.

The tree is every leaf of the corpus side by side: those of `main`, and those that each pull request adds or changes, in
a folder of its own. `instructlab-schema`'s parser (lint included) takes one in so many of the files, since it starts a
process for each; `upweight check --all` judges the whole tree by every rule, each time in a new process. Both are
pinned to one core and measured in seconds of processor time, children included; `yq`, which the parser would start for
the line of each error, is out of its reach, so that it is no slower than it must be.

Prints one JSON object: `times` (our files per second over theirs), `again_times` (the same when one file has changed
since the last judgement), `theirs`, `ours`, `again` (files per second), `files`, `sample`, and `same`: the share of
the sample on which both agree whether syntax, schema and layout are in order. The corpus is no part of the project;
its place is `--corpus`, by default beside the checkout.
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
from triage_rules.taxonomy import ATTRIBUTION, QNA

EVERY = 8  # one in so many files is the parser's sample


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
        mirror, tree = f"{folder}/taxonomy.git", Path(folder) / "tree"
        subprocess.run(["git", "clone", "-q", "--mirror", str(options.corpus), mirror], check=True)
        lay_out(leaves_of(pygit2.Repository(mirror)), tree)
        print(json.dumps(measured(tree)))
    return 0


def leaves_of(git: pygit2.Repository) -> dict[str, bytes]:
    """The files of all leaves, by path: those of `main`, and each pull request's with its number at their folder."""
    tip = read.commit_at(git, "main")
    found: dict[str, bytes] = {}
    for path, blob in read.leaf_files(tip.tree):
        found[path] = bytes(blob.data)
        beside = f"{path.rpartition('/')[0]}/{ATTRIBUTION}"
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


def measured(tree: Path) -> dict[str, Any]:
    """Theirs and ours by turns, so that whatever else the machine does is both's."""
    leaves = sorted(tree.rglob(QNA))
    sample = leaves[::EVERY]
    half = len(sample) // 2
    accepted: dict[Path, bool] = {}
    theirs = seconds(lambda: accepted.update(by_the_parser(sample[:half])))
    ours, verdict = timed_check(tree)
    theirs += seconds(lambda: accepted.update(by_the_parser(sample[half:])))
    leaves[0].write_bytes(leaves[0].read_bytes() + b"# changed\n")
    again, _ = timed_check(tree)
    alike = agreeing(tree, accepted, verdict)
    rates = {"theirs": len(sample) / theirs, "ours": len(leaves) / ours, "again": len(leaves) / again}
    return {
        "times": round(rates["ours"] / rates["theirs"], 1),
        "again_times": round(rates["again"] / rates["theirs"], 1),
        **{name: round(rate, 1) for name, rate in rates.items()},
        "files": len(leaves),
        "sample": len(sample),
        "same": round(sum(alike) / len(alike), 4),
    }


def timed_check(tree: Path) -> tuple[float, dict[str, Any]]:
    """Seconds of `upweight check --all`, and its verdict."""
    command = [str(Path(sys.executable).with_name("upweight")), "check", str(tree), "--all", "--json"]
    told: list[str] = []

    def check() -> None:
        done = subprocess.run(command, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL, text=True)
        told.append(done.stdout)

    took = seconds(check)
    verdict: dict[str, Any] = json.loads(told[0])["data"]
    return took, verdict


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


def agreeing(tree: Path, accepted: dict[Path, bool], verdict: dict[str, Any]) -> list[bool]:
    """Of each file, whether we say the same; where only the missing attribution is wrong, which theirs never sees,
    nothing is compared."""
    reports = {file["path"]: file for file in verdict["files"]}
    smudged = {f["path"] for f in verdict["findings"] if f["rule"] in ("lint", "unreadable-yaml")}
    alike = []
    for file, fine in accepted.items():
        path = file.relative_to(tree).as_posix()
        report = reports[path]
        if not (file.parent / ATTRIBUTION).exists() and (report["version"] or 0) > 1:
            continue
        ours = report["schema_ok"] and not (path in smudged and (report["version"] or 0) > 1)
        alike.append(bool(ours) == fine)
    return alike


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
