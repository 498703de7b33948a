"""Rules that see meaning in words are measured on leaves written by hand, and weigh no more than that allows."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from benchmarks.doubts import CASES, cases, main, measure
from triage_rules.finding import Weight
from triage_rules.languages import akin, language_of, named
from triage_rules.numbers import numbers, unexplained

SETS = sorted(CASES.glob("*.yaml"))


@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_a_set_has_a_hundred_cases_half_of_them_good_and_a_third_held(path: Path) -> None:
    told = list(cases(path))
    count = Counter(case.bad for case in told)
    held = [case for case in told if case.held]
    assert len(told) >= 100
    assert abs(count[True] - count[False]) <= 0.05 * len(told)
    assert abs(len(held) - len(told) / 3) <= 1
    assert 0.4 <= sum(case.bad for case in held) / len(held) <= 0.6
    assert all(case.contribution.leaves for case in told)


@pytest.mark.slow
@pytest.mark.parametrize("path", SETS, ids=lambda path: path.stem)
def test_a_rule_that_is_often_wrong_is_a_note_and_one_that_orders_is_hardly_ever(path: Path) -> None:
    measured = measure(path)
    least = {Weight.note: 0.0, Weight.doubt: 0.8}.get(Weight[measured["weight"]], 0.95)
    for part in ("tuned", "held", "all"):
        assert measured[part]["precision"] >= least
        assert measured[part]["recall"] >= 0.7


@pytest.mark.slow
def test_the_command_prints_each_rule(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--show"]) == 0
    out = capsys.readouterr().out
    assert all(path.stem.replace("_", "-") in out for path in SETS)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The lamp has been out for a month, and nobody knows why.", "en"),
        ("Ich weiß nicht, wo der Hund ist, aber er kommt noch.", "de"),
        ("Je ne sais pas où il est, mais la porte est ouverte.", "fr"),
        ("El tren salió tarde porque había nieve en las vías.", "es"),
        ("おはようございます。今日もよろしくお願いします。", "ja"),
        ("亲爱的朋友，我在海边给你写信。", "zh"),
        ("Напиши листа бабусі, вода тепла.", "uk"),
        ("λίγα λόγια για τη θάλασσα", "el"),
        ("Oslo", None),
        ("hana dul set net daseot yeoseot", None),
        ("x = 1; y = 2", None),
        ("", None),
    ],
)
def test_a_sentence_tells_its_language_and_a_word_does_not(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_languages_are_known_by_their_names_and_their_kin() -> None:
    assert named("Translate into French and into Bangla") == {"fr", "bn"}
    assert {"hi", "mr"} <= akin("hi")


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("1,200 sheep and 3.5 carts", {1200.0, 3.5}),
        ("three hundred sheep, forty-two carts", {300.0, 42.0}),
        ("1. first\n2. then", set()),
        ("Mistral-7b on x86", {7.0}),
    ],
)
def test_numbers_are_read_in_digits_and_words(text: str, found: set[float]) -> None:
    assert numbers(text) == found


def test_a_number_is_explained_by_a_step_of_reckoning() -> None:
    assert unexplained(frozenset({49.0, 24.0}), frozenset({3.0, 8.0, 25.0})) == frozenset()
    assert unexplained(frozenset({1812.0}), frozenset({1794.0, 1921.0})) == {1812.0}
