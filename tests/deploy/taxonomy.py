"""A taxonomy on a forge of folders: its main branch, and one contribution under the ref that the forge serves."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pygit2
from pygit2.enums import FileMode

WHO = pygit2.Signature("Ada Brandt", "ada@example.org", 1_700_000_000, 0)
FOLDER = "compositional_skills/writing/letters"
LEAF = """version: 3
created_by: ada-brandt
task_description: Advice on letters.
seed_examples:
  - question: How do I greet a new neighbour?
    answer: Say your name and where you live.
  - question: Which closing suits an old friend?
    answer: A warm wish is enough.
  - question: How long should a note be?
    answer: Three sentences do.
  - question: What stands at the top of a formal letter?
    answer: The address and the date.
  - question: When is a reply due?
    answer: Within a week.
"""
ATTRIBUTION = "Title of work: Letters\nLicense of the work: CC-BY-4.0\nCreator names: Ada Brandt\n"
GOOD = {f"{FOLDER}/qna.yaml": LEAF, f"{FOLDER}/attribution.txt": ATTRIBUTION}
BAD = {**GOOD, f"{FOLDER}/qna.yaml": LEAF.replace("Three sentences do.", "Three sentences do.  ")}
SIGNED = "Add letters\n\nSigned-off-by: Ada Brandt <ada@example.org>\n"


def commit(repository: pygit2.Repository, files: dict[str, str], *parents: str, message: str = SIGNED) -> str:
    """A commit of the first parent's files and these."""
    index = pygit2.Index()
    if parents:
        index.read_tree(repository[parents[0]].peel(pygit2.Tree))
    for path, text in files.items():
        index.add(pygit2.IndexEntry(path, repository.create_blob(text.encode()), FileMode.BLOB))
    tree, ids = index.write_tree(repository), [pygit2.Oid(hex=parent) for parent in parents]
    return str(repository.create_commit(None, WHO, WHO, message, tree, ids))


def forge(address: Path, ref: str, files: dict[str, str], policy: str = "") -> str:
    """A repository at `address` whose main went on after the contribution at `ref` began; the head comes back."""
    repository = pygit2.init_repository(str(address), bare=True, initial_head="main")
    repository.config["uploadpack.allowReachableSHA1InWant"] = "true"  # as the forges do
    began = commit(repository, {"README.md": "A taxonomy.\n"})
    head = commit(repository, files, began)
    newer = commit(repository, {".upweight/policy.toml": policy} if policy else {"NEWS.md": "News.\n"}, began)
    repository.references.create("refs/heads/main", newer)
    repository.references.create(ref, head)
    return head


def served(folder: Path) -> dict[str, str]:
    """A Git configuration in which https://forge.example is a folder."""
    (folder / "gitconfig").write_text(
        f'[url "file://{folder}/server/"]\n\tinsteadOf = https://forge.example/\n'
    )
    return {"GIT_CONFIG_GLOBAL": str(folder / "gitconfig")}


def environment(**more: str) -> dict[str, str]:
    """What a job's shell finds, and nothing of whoever runs the tests."""
    kept = {
        name: os.environ[name]
        for name in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "PYTHONPATH")
        if name in os.environ
    }
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    return {
        "PATH": path,
        "HOME": more.get("RUNNER_TEMP", "/nonexistent"),
        "LC_ALL": "C.UTF-8",
        **kept,
        **more,
    }


def shell(script: str, where: Path, variables: dict[str, str]) -> tuple[int, str, str]:
    """Run a script under bash; exit code, stdout and stderr."""
    done = subprocess.run(
        ["bash", "-c", script], cwd=where, env=variables, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr
