"""What the pages on leaves and stories show is judged as they say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.demo.story import FILE, load
from tests.service.demo.breaking import errors
from triage_rules.contribution import ChangedFile, Contribution
from triage_rules.judge import judge

DOCS = Path(__file__).parents[3] / "docs"
LEAF = (DOCS / "leaf.md").read_text()
ATTRIBUTION = re.findall(r"```text\n(.*?)```", LEAF, re.S)[0].encode()


def rules_broken(leaf: str, text: bytes) -> set[str]:
    """The rules that have something to say about a leaf."""
    files = {f"{leaf}/qna.yaml": text, f"{leaf}/attribution.txt": ATTRIBUTION}
    changed = tuple(ChangedFile(path, "added", after=data) for path, data in files.items())
    return {finding.rule for finding in judge(Contribution("a" * 40, "b" * 40, changed)).findings}


@pytest.mark.parametrize(
    ("heading", "leaf"),
    [("## Knowledge", "knowledge/pilots"), ("## A grounded skill", "compositional_skills/grounded/quays")],
)
def test_the_beginning_of_a_leaf_that_the_page_shows_lacks_seeds_alone(heading: str, leaf: str) -> None:
    shown = LEAF[LEAF.index(heading) :]
    text = re.findall(r"```yaml\n(.*?)```", shown, re.S)[0]
    assert rules_broken(leaf, text.encode()) == {"too-few-seeds"}


def test_the_whole_leaves_that_the_page_links_to_pass_every_rule() -> None:
    linked = re.findall(r"\]\((\.\./service/demo/data/contributions/[^/]+/(\S+)/qna\.yaml)\)", LEAF)
    assert len(linked) == 2
    for path, leaf in linked:
        assert rules_broken(leaf, (DOCS / path).read_bytes()) == set()


def test_the_small_story_that_the_page_shows_can_be_played(copy: Path) -> None:
    text = re.findall(r"```toml\n(.*?)```", (DOCS / "story-format.md").read_text(), re.S)[0]
    (copy / FILE).write_text(text)
    assert errors(copy) == []
    assert load(copy).batches == (1, 2)
