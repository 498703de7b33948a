"""The house holds to what its own pages say: sizes, names, words, who reads what, generated pages."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from benchmarks import docs
from benchmarks.entry import load
from service.lines.states import State

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("service", "webhooks", "triage_rules", "eval_harness")
LONGER = {"eval_harness/train/sft.py": 400}  # one training loop reads as one thought
ENVIRONMENT = {
    "service/settings.py",  # the one reader
    "service/demo/people.py",  # hands on everything but Git's own
    "webhooks/plain/hook.py",  # Git tells a hook everything by its environment
}
EDGES = re.compile(
    r"service/(tasks|worker)\.py|service/cli/|service/placement/|service/web/app\.py|eval_harness/(__main__|template)\.py"
    r"|webhooks/routes\.py|service/db/inbox\.py"  # a request and the inbox's thread: who waits hears of it
    r"|service/lines/say\.py"  # each report is a task of its own: one that can't be said silences no other
)
TEXT = {".py", ".md", ".toml", ".yaml", ".yml", ".sh", ".html", ".css", ".js", ".svg", ".txt", ".in", ""}


@cache
def tracked() -> list[str]:
    """Files that Git knows or would take, without other people's."""
    listing = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    names = [n for n in listing.stdout.splitlines() if "/vendor/" not in n and (ROOT / n).is_file()]
    assert names, "Git lists no files"
    return names


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """Name and tree of each Python file below these folders."""
    for name in tracked():
        if name.endswith(".py") and name.split("/")[0] in (folders or PACKAGES):
            yield name, parsed(name)


@cache
def parsed(name: str) -> ast.Module:
    """The tree of a Python file, which several of these tests walk."""
    return ast.parse((ROOT / name).read_text(), name)


def imported(tree: ast.Module) -> set[str]:
    """Top-level names of all that a module imports, wherever in it."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.split(".")[0])
    return found


def test_files_and_functions_stay_short() -> None:
    long = []
    for name, tree in modules(*PACKAGES, "benchmarks"):
        lines = len((ROOT / name).read_text().splitlines())
        if lines > LONGER.get(name, 300):
            long.append(f"{name}: {lines} lines")
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > 60 and "/migrations/" not in name:  # a migration is a list
                    long.append(f"{name}:{node.lineno} {node.name}: {length} lines")
    assert not long


def test_no_module_is_named_by_its_vagueness() -> None:
    vague = {"utils.py", "helpers.py", "common.py", "manager.py", "misc.py"}
    assert not [name for name in tracked() if Path(name).name in vague]


def test_the_environment_is_read_in_one_place() -> None:
    readers = {name for name, tree in modules() if any(reads_a_variable(node) for node in ast.walk(tree))}
    assert readers <= ENVIRONMENT


def reads_a_variable(node: ast.AST) -> bool:
    """Whether this looks a variable up; handing the whole on to a child, or setting one, is no reading."""
    if isinstance(node, ast.Attribute):
        return ast.unparse(node) in ("os.getenv", "os.environ.get", "os.environ.items")
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value) == "os.environ" and isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Compare) and "os.environ" in [ast.unparse(side) for side in node.comparators]


def test_broad_excepts_stand_at_the_edge_of_a_task_only() -> None:
    broad = []
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler) and not EDGES.match(name) and not passes_on(node):
                caught = node.type.id if isinstance(node.type, ast.Name) else None
                if node.type is None or caught in ("Exception", "BaseException"):
                    broad.append(f"{name}:{node.lineno}")
    assert not broad


def passes_on(handler: ast.ExceptHandler) -> bool:
    """Whether the handler only cleans up and raises the same again."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and last.exc is None


def test_nothing_is_pickled() -> None:
    assert not [
        name for name, tree in modules() if imported(tree) & {"pickle", "dill", "cloudpickle", "joblib"}
    ]


def test_lm_eval_is_imported_in_one_file() -> None:
    assert len([name for name, tree in modules() if "lm_eval" in imported(tree)]) <= 1


def test_the_gate_and_the_culprit_search_need_numpy_and_scipy_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"numpy", "scipy", "eval_harness"}
    pure = re.compile(r"eval_harness/(gate|culprit)\w*\.py|eval_harness/(gate|culprit)/")
    assert {
        n: imported(t) - allowed
        for n, t in modules("eval_harness")
        if pure.match(n) and imported(t) - allowed
    } == {}


def test_random_and_clock_stay_out_of_the_rules() -> None:
    forbidden = {"random", "time", "datetime", "os", "subprocess", "socket", "pygit2", "httpx"}
    assert {n: imported(t) & forbidden for n, t in modules("triage_rules") if imported(t) & forbidden} == {}


def test_public_modules_say_what_they_are() -> None:
    assert not [n for n, t in modules() if not n.endswith("__init__.py") and not ast.get_docstring(t)]


def called(node: ast.expr) -> str:
    """`name` or `name.name`; anything longer is none of what is looked for."""
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def test_no_test_patches_by_a_path_in_a_string() -> None:
    found = []
    for name, tree in modules("tests"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and called(node.func) in ("patch", "mock.patch", "mocker.patch"):
                found.append(f"{name}:{node.lineno}")
    assert not found


def test_the_text_names_no_place_on_somebodys_machine() -> None:
    place = re.compile(r"(?<![\w.:/$}{-])/(work|root|farm)/\w")
    found = []
    for name in tracked():
        if Path(name).suffix in TEXT and name != "tests/test_house.py":
            for number, line in enumerate((ROOT / name).read_text(errors="replace").splitlines(), 1):
                if place.search(line):
                    found.append(f"{name}:{number}: {line.strip()[:80]}")
    assert not found


@pytest.mark.parametrize("page", sorted(docs.PAGES))
def test_generated_pages_are_what_they_are_made_from(page: str) -> None:
    for file, text in docs.PAGES[page]().items():
        assert file.read_text() == text, f"{file.name} is out of date: make docs"


def test_the_glossary_keeps_the_words_of_the_house() -> None:
    words = {
        "taxonomy",
        "leaf",
        "seed",
        "contribution",
        "revision",
        "finding",
        "verdict",
        "item",
        "cluster",
        "batch",
    }
    words |= {
        "mix",
        "run",
        "placebo",
        "candidate",
        "gate",
        "anchor",
        "release",
        "overlay",
        "guard",
        "event",
        "report",
    }
    words |= {"forge", "policy", "model line", "held back", "control run", "culprit"}
    entries = set(re.findall(r"^\*\*([^*]+)\*\*:", (ROOT / "docs/glossary.md").read_text(), re.M))
    told = {word for entry in entries for word in entry.split(", ")}
    assert words <= told


def test_every_state_is_on_the_page_of_states() -> None:
    page = (ROOT / "docs/states.md").read_text()
    assert not [state for state in State if f"| {state} |" not in page]


def targets() -> set[str]:
    """What the Makefile can make."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "deploy/README.md", ".ci/run"])
def test_what_the_pages_tell_to_make_can_be_made(page: str) -> None:
    told = set(re.findall(r"(?:^|[`$] ?)make ([a-z-]+)", (ROOT / page).read_text(), re.M))
    assert told <= targets()
    assert told, "the page names no target"


@pytest.mark.parametrize(
    "page", ["README.md", "CONTRIBUTING.md", "docs/glossary.md", "docs/decisions/README.md"]
)
def test_links_between_the_pages_lead_somewhere(page: str) -> None:
    links = re.findall(r"\]\(([^)#:]+)\)", (ROOT / page).read_text())
    assert not [link for link in links if not (ROOT / page).parent.joinpath(link).exists()]


def test_the_map_on_the_front_page_shows_every_package() -> None:
    page = (ROOT / "README.md").read_text()
    assert not [package for package in PACKAGES if f"| [`{package}/`]" not in page]


def test_every_claim_has_its_measurement_in_the_house() -> None:
    for claim in load():
        if claim.command[:2] == ["python", "-m"]:
            assert (ROOT / (claim.command[2].replace(".", "/") + ".py")).exists(), claim.id


@pytest.mark.slow
def test_web_and_triage_import_without_torch() -> None:
    program = "import sys, service.cli, service.web.app, triage_rules.judge, webhooks.routes\n"
    program += "assert 'torch' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_the_command_line_starts_with_nothing_that_a_command_alone_needs() -> None:
    program = "import sys, service.cli\n"
    program += "print(*{'numpy', 'pygit2', 'structlog', 'sqlmodel', 'yaml'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == []
