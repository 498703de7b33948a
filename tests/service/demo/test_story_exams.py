"""Questions of a story: what is wrong in them is named by its line, and the project's own are in order."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
import yaml

from eval_harness.items import items_of
from service.demo.story import OWN, check
from tests.service.demo.breaking import EXAM, all_seeds, edit, errors, norm

pytestmark = pytest.mark.slow

EXAMS = sorted((OWN / "taxonomy" / "evaluation").rglob("items.yaml"))


@pytest.mark.parametrize("path", EXAMS, ids=lambda path: path.parent.name)
def test_an_exam_has_twelve_clusters_of_three_questions_and_copies_no_seed(path: Path) -> None:
    entries = yaml.safe_load(path.read_text())
    clusters = Counter(entry["cluster"] for entry in entries)
    assert len(clusters) >= 12
    assert min(clusters.values()) >= 3
    asked, grams = set(), set()
    for rows in all_seeds().values():
        for question, answer, context in rows:
            asked.add(norm(f"{context} {question}"))
            grams |= runs_of_thirteen(f"{context} {question} {answer}")
    for entry in entries:
        question = f"{entry.get('context', '')} {entry['question']}"
        assert len(entry["choices"]) == 4
        assert norm(question) not in asked
        assert not runs_of_thirteen(f"{question} {entry['answer']}") & grams


def runs_of_thirteen(text: str) -> set[tuple[str, ...]]:
    words = norm(text).split()
    return {tuple(words[i : i + 13]) for i in range(len(words) - 12)}


def test_the_guard_is_eight_groups_of_sixteen_and_shares_no_question_with_the_tiny_models_facts() -> None:
    groups = [yaml.safe_load(path.read_text()) for path in sorted((OWN / "guard").glob("*.yaml"))]
    assert [len(group) for group in groups] == [16] * 8
    models = Path(__file__).parents[3] / "eval_harness" / "models"
    facts = yaml.safe_load((models / "tiny_corpus.yaml").read_text())
    asked = {norm(entry["question"]) for group in groups for entry in group}
    assert len(facts) >= 250
    assert not asked & {norm(fact["question"]) for fact in facts}
    assert not asked & {norm(question) for question in yaml.safe_load((models / "general.yaml").read_text())}


def test_a_leaf_without_an_exam_is_named(copy: Path) -> None:
    (copy / EXAM).unlink()
    [problem] = errors(copy)
    commits = next(
        number
        for number, line in enumerate((copy / "story.toml").read_text().splitlines(), 1)
        if '"contributions/ferries-1"' in line
    )
    assert (problem.file, problem.line) == ("story.toml", commits)
    assert EXAM in problem.remedy


def test_an_exam_that_is_no_utf_8_is_named_at_the_line_where_it_ceases_to_be(copy: Path) -> None:
    lines = (copy / EXAM).read_bytes().count(b"\n")
    (copy / EXAM).write_bytes((copy / EXAM).read_bytes() + b"- \xff\n")
    [problem] = errors(copy)
    assert (problem.file, problem.line) == (EXAM, lines + 1)


def test_an_answer_that_is_no_choice_is_named_at_its_line_and_its_cluster_is_not_called_small(
    copy: Path,
) -> None:
    line = edit(copy / EXAM, '  answer: "The ferry Anselma', '  answer: "The boat Anselma')
    [problem] = check(copy)
    assert (problem.file, problem.line) == (EXAM, line)
    assert "none of the choices" in problem.message


def test_an_empty_choice_is_named_at_its_line(copy: Path) -> None:
    entries = yaml.safe_load((copy / EXAM).read_text())
    wrong = next(c for c in entries[0]["choices"] if c != entries[0]["answer"])
    entries[0]["choices"][entries[0]["choices"].index(wrong)] = " "
    text = yaml.safe_dump(entries, sort_keys=False)
    (copy / EXAM).write_text(text)
    line = text.splitlines().index("  - ' '") + 1
    [problem] = errors(copy)
    assert (problem.file, problem.line, problem.message) == (EXAM, line, "A choice is empty.")


def test_numbers_are_read_as_the_measuring_reads_them_and_other_words_of_yaml_are_named(copy: Path) -> None:
    entries = yaml.safe_load((copy / EXAM).read_text())
    for number, entry in enumerate(entries):
        entry["cluster"] = number // 3
    entries[0] |= {"choices": [12, 13.5, 14], "answer": 12}
    (copy / EXAM).write_text(yaml.safe_dump(entries, sort_keys=False))
    assert errors(copy) == []
    assert items_of("knowledge/skerrow/ferries", entries)[0].choices == ("12", "13.5", "14")
    entries[0]["choices"][1] = True
    (copy / EXAM).write_text(yaml.safe_dump(entries, sort_keys=False))
    [problem] = errors(copy)
    assert problem.message == "A choice is no text."


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answer": "the tin."}, ""),
        ({"answer": "one two three four five six seven eight nine"}, "A reference has 1 to 8 words"),
        ({"answer": "tin", "choices": ["tin", "oak"]}, "A generated question has choices."),
    ],
)
def test_a_question_without_choices_has_a_short_reference(
    copy: Path, change: dict[str, object], message: str
) -> None:
    entries = yaml.safe_load((copy / EXAM).read_text())
    del entries[0]["choices"]
    entries[0] |= {"kind": "generated", **change}
    (copy / EXAM).write_text(yaml.safe_dump(entries, sort_keys=False))
    found = errors(copy)
    assert [problem.file for problem in found] == ([EXAM] if message else [])
    assert all(problem.message.startswith(message) and problem.line for problem in found)
    if not message:
        assert items_of("knowledge/skerrow/ferries", entries)[0].reference == "the tin."


def test_an_exam_without_contexts_of_a_leaf_that_asks_about_them_is_a_warning(copy: Path) -> None:
    leaf = next(leaf for leaf in all_seeds() if "grounded" in leaf)
    file = f"taxonomy/evaluation/{leaf}/items.yaml"
    entries = [
        {**e, "question": f"{e['question']} {n}"}
        for n, e in enumerate(yaml.safe_load((copy / file).read_text()))
    ]
    for entry in entries:
        del entry["context"]
    (copy / file).write_text(yaml.safe_dump(entries, sort_keys=False))
    assert errors(copy) == []
    assert [
        p.file for p in check(copy) if "is about a context" in p.message or "about a context" in p.message
    ] == [file]


def test_an_exam_that_is_not_yaml_is_named_at_the_line_where_reading_stops(copy: Path) -> None:
    line = edit(copy / EXAM, "  kind: paraphrase", "  kind: [paraphrase")
    [problem] = errors(copy)
    assert problem.file == EXAM
    assert problem.line is not None
    assert problem.line >= line


def test_a_short_exam_is_a_warning_only_and_a_thin_cluster_is_named_at_its_first_question(copy: Path) -> None:
    entries = yaml.safe_load((copy / EXAM).read_text())
    second = next(n for n, e in enumerate(entries) if e["cluster"] != entries[0]["cluster"])
    (copy / EXAM).write_text(yaml.safe_dump(entries[: second + 1]))
    assert errors(copy) == []
    few, thin = (problem for problem in check(copy) if problem.file == EXAM)
    assert few.line == 1
    assert "2 clusters;" in few.message
    assert thin.line == yaml.safe_dump(entries[:second]).count("\n") + 1
    assert f"`{entries[second]['cluster']}`" in thin.message


def test_a_choice_that_stands_twice_is_named_at_its_second_place(copy: Path) -> None:
    text = (copy / EXAM).read_text()
    wrong = next(c for c in yaml.safe_load(text)[0]["choices"] if c != yaml.safe_load(text)[0]["answer"])
    line = edit(copy / EXAM, f'    - "{wrong}"\n', f'    - "{wrong}"\n    - "{wrong}"\n') + 1
    [problem] = errors(copy)
    assert (problem.line, problem.message) == (line, "Two choices are alike.")


def test_a_question_that_a_seed_of_any_batch_asks_is_a_warning_at_its_line(copy: Path) -> None:
    seed = next(copy.glob("contributions/recasting-1/**/qna.yaml"))
    question = yaml.safe_load(seed.read_text())["seed_examples"][0]["questions_and_answers"][0]["question"]
    entry = yaml.safe_load((copy / EXAM).read_text())[2]
    line = edit(copy / EXAM, f'"{entry["question"]}"', f'"{question.lower()}"')
    [problem] = check(copy)
    assert (problem.file, problem.line, problem.warning) == (EXAM, line, True)
    assert f"{seed.relative_to(copy).as_posix()}:" in problem.message
    at = int(problem.message.split("qna.yaml:")[1].split(",")[0])
    assert question in seed.read_text().splitlines()[at - 1]


def test_a_grounded_question_counts_with_its_context_alone(copy: Path) -> None:
    exam = "taxonomy/evaluation/compositional_skills/grounded/town/weather_gates/items.yaml"
    leaf = next(copy.glob("contributions/weather-gates-2/**/qna.yaml"))
    seed = yaml.safe_load(leaf.read_text())["seed_examples"][4]
    entries = yaml.safe_load((copy / exam).read_text())
    entries[0] |= {"question": seed["question"], "context": "Another entry."}
    (copy / exam).write_text(yaml.safe_dump(entries, sort_keys=False))
    assert check(copy) == []
    entries[0]["context"] = seed["context"]
    (copy / exam).write_text(yaml.safe_dump(entries, sort_keys=False))
    [problem] = check(copy)
    assert problem.file == exam
    assert "very question of a seed" in problem.message


@pytest.mark.slow
def test_what_the_check_names_is_what_a_training_leaves_out(copy: Path) -> None:
    from eval_harness.contamination import Exam
    from eval_harness.items import items_of
    from service.demo.story import load
    from service.demo.story_exams import Asked

    story = load(copy)
    asked = Asked(story, story.contribution)
    long = " ".join(f"word{i}" for i in range(13))
    rows = [(row[0], row[2] or None) for seeds in all_seeds().values() for row in seeds]
    for question, context in rows[::7]:
        for tried in (question, question.upper().replace("?", "!"), f"Now {question}", f"Now {long}"):
            entry = {
                "cluster": "x",
                "question": tried,
                "context": context,
                "choices": ["a", "b"],
                "answer": "a",
            }
            exam = Exam(items_of("knowledge/x", [entry]))
            dropped = any(exam.why({"question": q, "context": c}) for q, c in rows)
            assert (asked.why_left_out(entry) is not None) == dropped, tried


def test_rows_that_an_exam_takes_out_of_all_trainings_are_counted(copy: Path) -> None:
    leaf = next((copy / "contributions/tide-greetings-1").rglob("qna.yaml"))
    path = copy / "taxonomy/evaluation/compositional_skills/writing/tide_greetings/items.yaml"
    entries = yaml.safe_load(path.read_text())
    for seed in yaml.safe_load(leaf.read_text())["seed_examples"]:
        turned = " ".join(reversed(seed["question"].split()))
        entries.append({**entries[0], "cluster": "turned", "question": turned})
    path.write_text(yaml.safe_dump(entries, sort_keys=False))
    [lost] = [p for p in check(copy) if "taught to nobody" in p.message]
    assert lost.warning
    assert lost.file == leaf.relative_to(copy).as_posix()
    assert lost.message.startswith("12 of its 96 rows are taught to nobody: this seed asks in the same words")
