"""A guard from a task of lm-eval: the task's own questions, where its data is at hand, and a clear word where not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from eval_harness.items import items_of
from eval_harness.measure.named import entries

TASK = """
task: {name}
dataset_path: json
dataset_kwargs:
  data_files: {{test: {data}}}
test_split: test
output_type: {kind}
doc_to_text: "{{{{question}}}}\\nAnswer:"
doc_to_choice: choices
doc_to_target: answer
"""


def tasks(folder: Path, kind: str = "multiple_choice") -> Path:
    """A folder with one task of thirty questions, one of which is there twice, and whose data lies beside it."""
    folder.mkdir()
    documents = [
        {"question": f"What is {n} and one?", "choices": [str(n), str(n + 1), str(n + 2)], "answer": 1}
        for n in range(30)
    ]
    documents.append(documents[0])
    (folder / "data.jsonl").write_text("".join(json.dumps(one) + "\n" for one in documents))
    (folder / "sums.yaml").write_text(TASK.format(name="sums", data=folder / "data.jsonl", kind=kind))
    return folder


def harness(*words: str) -> tuple[int, str, str]:
    """The harness's command line in a process of its own: it must not leave this one offline."""
    done = subprocess.run(
        [sys.executable, "-m", "eval_harness", *words], capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.slow
def test_a_task_becomes_a_group_of_the_guard_that_is_chosen_alike_everywhere(tmp_path: Path) -> None:
    folder = tasks(tmp_path / "tasks")
    written = []
    for into in (tmp_path / "one", tmp_path / "two"):
        code, out, err = harness(
            "guard", "sums", "--into", str(into), "--tasks", str(folder), "--at-most", "16"
        )
        assert code == 0, err
        told = json.loads(out)
        assert told["sums"]["questions"] == 16
        written.append((into / "sums.yaml").read_bytes())
    assert written[0] == written[1]
    items = items_of("guard/sums", yaml.safe_load(written[0]), guard=True)
    assert len(items) == 16
    assert [item.split for item in items].count("search") == 4
    assert all(item.question.endswith("and one?\nAnswer:") for item in items)
    assert all(int(item.expected) == int(item.question.split()[2]) + 1 for item in items)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("sums", "generate_until", "sums is no multiple choice, and a guard is"),
        ("differences", "multiple_choice", "has no task 'differences'"),
    ],
)
def test_a_task_that_is_not_there_or_offers_no_choices_is_refused(
    tmp_path: Path, name: str, kind: str, message: str
) -> None:
    folder = tasks(tmp_path / "tasks", kind)
    code, _, err = harness("guard", name, "--into", str(tmp_path / "into"), "--tasks", str(folder))
    assert (code, "refused: " in err, message in err) == (2, True, True)
    assert not (tmp_path / "into").exists()


@pytest.mark.slow
def test_data_that_is_not_at_hand_is_said_to_be_missing_and_not_fetched(tmp_path: Path) -> None:
    folder = tasks(tmp_path / "tasks")
    text = (folder / "sums.yaml").read_text().replace("dataset_path: json", "dataset_path: nobody/nothing")
    (folder / "sums.yaml").write_text(text)
    code, _, err = harness("guard", "sums", "--into", str(tmp_path / "into"), "--tasks", str(folder))
    assert code == 2
    assert "refused: the data of sums is not at hand" in err
    assert "HF_HOME" in err


@pytest.mark.parametrize(
    "asked",
    [
        ("Which?", ["a", "b"], 2),
        ("Which?", ["a", "b"], -1),
        ("Which?", ["a", "b"], [0, 1]),
        ("Which?", ["a", "a"], 0),
        ("Which?", ["a", " "], 0),
        ("Which?", ["a"], 0),
        (" ", ["a", "b"], 0),
        ("Which?", ["a", "b"], True),
    ],
)
def test_what_nobody_could_answer_by_choosing_is_left_out(asked: Any) -> None:
    good = ("Which one?", ["a", "b"], "b")
    assert [one["answer"] for one in entries([asked, good, good])] == ["b"]
