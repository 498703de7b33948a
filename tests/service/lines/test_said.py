"""What is shown of a job's log."""

from __future__ import annotations

from pathlib import Path

from service.lines.run import last_words, said

NOTICE = (
    "upweight_items: Custom kwargs can be passed to `--metadata` in console (as json string) or to the TaskManager.\n"
    "For example --metadata='{\"max_seq_lengths\":[4096, 8192]}'. For details see task Readme.\n"
)


def test_what_lm_eval_says_to_writers_of_tasks_is_not_shown_and_all_else_is() -> None:
    assert said(NOTICE) == ""
    assert said(f"one\n{NOTICE}two\n") == "one\ntwo\n"


def test_the_last_words_of_a_job_that_broke_are_its_own(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_text(f"refused: it is full\n{NOTICE}")
    assert last_words(tmp_path) == "refused: it is full"
    (tmp_path / "log.txt").write_text(NOTICE)
    assert last_words(tmp_path) == "it said nothing"
