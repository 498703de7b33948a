"""The gate through its JSON edge, on cases whose truth is known."""

from __future__ import annotations

import copy
import json
import math
import random
from pathlib import Path
from typing import Any

import pytest

from eval_harness.compare import compare, compare_main

Made = dict[str, Any]


def made(
    seed: int = 0,
    leaves: int = 6,
    clusters: int = 10,
    items: int = 4,
    broken: dict[str, float] | None = None,
    new: float = 3.0,
    anchor: bool = False,
    **spec: Any,
) -> Made:
    """Protected leaves l0, l1 ... and one touched leaf; `broken`: the share of a leaf's clusters that turns wrong."""
    rng = random.Random(seed)
    names = [f"knowledge/b{i // 3}/l{i}" for i in range(leaves)]
    about, margin = {}, {}
    for leaf in [*names, "knowledge/new"]:
        for c in range(clusters + clusters // 2):
            shared = rng.gauss(0, 0.8)
            for i in range(items):
                item = f"{leaf}:{c:02}:{i}"
                split = "confirm" if c < clusters else "search"
                parent = leaf.rpartition("/")[0]
                about[item] = {"leaf": leaf, "cluster": f"c{c:02}", "split": split, "parent": parent}
                margin[item] = shared + rng.gauss(0, 0.5) + (-1.5 if leaf == "knowledge/new" else 0.7)
    roles = [("candidate", s) for s in (1, 2)] + [("release", s) for s in (3, 4)]
    roles += [("anchor", s) for s in (5, 6)] if anchor else []
    declared = {
        "profile": "gain", "touched": ["knowledge/new"], "protected": names, "alpha": 0.05, "epsilon": 0.05,
        "looks": 1, "look": 1, "shipped_seed": 1,
    }  # fmt: skip
    scores = []
    for role, run in roles:
        answered = {}
        for item, m in margin.items():
            here = m + rng.gauss(0, 0.2)
            if role == "candidate":
                here += new if item.startswith("knowledge/new") else 0
                leaf, c = item.split(":")[0].rpartition("/")[2], int(item.split(":")[1])
                here = -1.5 if c < (broken or {}).get(leaf, 0) * clusters else here
            answered[item] = [int(here > 0), 1 / (1 + math.exp(-3 * here))]
        scores.append({"role": role, "seed": run, "shipped": run in (1, 3, 5), "items": answered})
    return {"spec": declared | spec, "items": about, "scores": scores}


def row(result: Made, leaf: str) -> Made:
    return next(x for x in result["leaves"] if x["leaf"].endswith(leaf))


def kinds(result: Made) -> set[str]:
    return {reason["test"] for reason in result["reasons"]}


def run_of(case: Made, role: str, place: int = 0) -> Made:
    return [entry for entry in case["scores"] if entry["role"] == role][place]


def test_a_good_batch_passes() -> None:
    result = compare(made())
    assert (result["valid"], result["decision"], result["reasons"]) == (True, "passed", [])
    assert result["gain"]["change"] > 0.5
    assert row(result, "new")["outcome"] == "landed"


def test_a_planted_collapse_is_vetoed_and_named_first() -> None:
    result = compare(made(broken={"l2": 0.7}))
    assert result["decision"] == "failed"
    assert result["reasons"][0]["test"] == "veto"
    assert result["reasons"][0]["leaf"] == "knowledge/b0/l2"
    assert [x["leaf"] for x in result["leaves"] if x["vetoed"]] == ["knowledge/b0/l2"]


def test_a_touched_leaf_that_is_protected_too_is_vetoed_when_it_falls() -> None:
    case = made(broken={"l2": 0.8})
    case["spec"]["touched"] = ["knowledge/new", "knowledge/b0/l2"]
    result = compare(case)
    assert row(result, "l2")["role"] == "both"
    assert "veto" in kinds(result)


@pytest.mark.parametrize("broken", [{}, {"l1": 0.4}])
def test_swapping_candidate_and_release_mirrors_every_change(broken: dict[str, float]) -> None:
    case = made(broken=broken)
    mirrored = copy.deepcopy(case)
    for entry in mirrored["scores"]:
        entry["role"] = {"candidate": "release", "release": "candidate"}[entry["role"]]
    there, back = compare(case), compare(mirrored)
    for one, other in zip(there["leaves"], back["leaves"], strict=True):
        assert one["change"] == pytest.approx(-other["change"])
        assert (one["low"], one["high"]) == pytest.approx((-other["high"], -other["low"]))
        assert one["p_raw"]["y"] == pytest.approx(1 - other["p_raw"]["y"])
        assert one["p_raw"]["p"] == pytest.approx(1 - other["p_raw"]["p"])
    assert there["global"]["change"] == pytest.approx(-back["global"]["change"])


def test_the_order_of_items_and_runs_does_not_matter() -> None:
    case = made(broken={"l1": 0.4}, anchor=True)
    mixed = copy.deepcopy(case)
    rng = random.Random(3)
    rng.shuffle(mixed["scores"])
    for holder in (mixed, *mixed["scores"]):
        pairs = list(holder["items"].items())
        rng.shuffle(pairs)
        holder["items"] = dict(pairs)
    assert compare(mixed) == compare(case)


def test_asking_the_same_question_twice_in_a_cluster_makes_nothing_surer() -> None:
    case = made(broken={"l1": 0.3})
    doubled = copy.deepcopy(case)
    for item, about in case["items"].items():
        doubled["items"][item + " again"] = about
        for entry in doubled["scores"]:
            entry["items"][item + " again"] = entry["items"][item]
    once, twice = compare(case), compare(doubled)
    assert once["decision"] == twice["decision"]
    for one, other in zip(once["leaves"], twice["leaves"], strict=True):
        assert other["items"] == 2 * one["items"]
        for key in ("change", "low", "high", "run_sd"):
            assert other[key] == pytest.approx(one[key], abs=1e-6)
        assert other["p_raw"]["y"] == pytest.approx(one["p_raw"]["y"])


@pytest.mark.parametrize("seed", range(25))
def test_a_copy_of_the_release_never_fails(seed: int) -> None:
    case = made(seed, leaves=5, clusters=8, items=2)
    for place in (0, 1):
        run_of(case, "candidate", place)["items"] = run_of(case, "release", place)["items"]
    result = compare(case)
    assert result["decision"] == "inconclusive"
    assert result["reasons"][0]["test"] == "gain"
    assert "copy" in result["reasons"][0]["sentence"]


@pytest.mark.parametrize("share", [1.0, 0.5])
def test_a_leaf_answered_in_own_words_is_judged_by_its_right_answers(share: float) -> None:
    """Where any item of a leaf has no p, the leaf has none; the others keep theirs."""
    case = made(broken={"l1": 0.8})
    for entry in case["scores"]:
        for item, score in entry["items"].items():
            if "/l1:" in item and int(item.rpartition(":")[2]) < 4 * share:
                score[1] = None
    found = compare(case)
    leaves = {leaf["leaf"].rpartition("/")[2]: leaf for leaf in found["leaves"]}
    assert (found["valid"], found["dropped"], found["decision"]) == (True, 0, "failed")
    assert leaves["l1"]["vetoed"]
    assert leaves["l1"]["p_raw"]["p"] is None
    assert leaves["l2"]["p_raw"]["p"] is not None
    whole = made(broken={"l1": 0.0})
    for entry in whole["scores"]:
        for item, score in entry["items"].items():
            score[1] = None if "/l1:" in item else score[1]
    assert compare(whole)["decision"] == "passed"


def test_a_few_lost_items_drop_their_pairs_and_are_counted() -> None:
    case = made()
    confirm = [item for item, about in case["items"].items() if about["split"] == "confirm"]
    for item in confirm[: int(0.02 * len(confirm))]:
        run_of(case, "candidate")["items"][item] = None
    result = compare(case)
    assert (result["valid"], result["dropped"]) == (True, int(0.02 * len(confirm)))


def test_more_than_two_percent_unpaired_items_make_it_invalid() -> None:
    case = made()
    confirm = [item for item, about in case["items"].items() if about["split"] == "confirm"]
    many = int(0.02 * len(confirm)) + 1
    for item in confirm[:many]:
        del run_of(case, "release")["items"][item]
    result = compare(case)
    assert (result["valid"], result["decision"], result["dropped"]) == (False, "inconclusive", many)
    assert f"{many} of {len(confirm)} items are unpaired" in result["reasons"][0]["sentence"]


def test_runs_that_were_measured_in_different_ways_are_not_compared() -> None:
    case = made()
    for entry in case["scores"]:
        entry["spec_hash"] = "a" * 64
    assert compare(case)["valid"]
    run_of(case, "release")["spec_hash"] = "b" * 64
    result = compare(case)
    assert (result["valid"], result["decision"]) == (False, "inconclusive")
    assert "measured in 2 ways" in result["reasons"][0]["sentence"]


def _no_scores(case: Made) -> None:
    case["scores"] = [entry for entry in case["scores"] if entry["role"] != "candidate"]


WRONG = {
    "There are no scores of the candidate": _no_scores,
    "profile 'sell' is none": lambda case: case["spec"].update(profile="sell"),
    "role 'judge' is unknown": lambda case: run_of(case, "release").update(role="judge"),
    "Look 3 of 2 was never declared": lambda case: case["spec"].update(looks=2, look=3),
    "fractions between 0 and 1": lambda case: case["spec"].update(epsilon=5),
    "unknown: no item belongs to it": lambda case: case["spec"]["protected"].append("knowledge/absent"),
    "belongs to the unknown leaf": lambda case: case["items"]["knowledge/new:00:0"].update(leaf="else"),
    "unknown split": lambda case: case["items"]["knowledge/new:00:0"].update(split="train"),
    "must be 0 or 1": lambda case: run_of(case, "candidate")["items"].update({"knowledge/new:00:0": [2, 0.5]}),
    "within 0 and 1": lambda case: run_of(case, "candidate")["items"].update({"knowledge/new:00:0": [1, 1.5]}),
    "whose leaf is unknown": lambda case: run_of(case, "candidate")["items"].update({"x": [1, 0.5]}),
    "does not follow the contract": lambda case: run_of(case, "candidate")["items"].update(
        {"knowledge/new:00:0": [1]}
    ),
    "KeyError 'protected'": lambda case: case["spec"].pop("protected"),
    "must have two": lambda case: case["scores"].append({**run_of(case, "release"), "role": "placebo", "pair": "a"}),
}  # fmt: skip


@pytest.mark.parametrize("said", WRONG)
def test_a_case_that_cannot_be_judged_is_invalid_and_says_why(said: str) -> None:
    case = made()
    WRONG[said](case)
    result = compare(case)
    assert (result["valid"], result["decision"], result["leaves"]) == (False, "inconclusive", [])
    assert said in result["reasons"][0]["sentence"]


def test_without_an_anchor_its_tests_are_skipped() -> None:
    result = compare(made())
    assert result["anchor"] is None
    assert not any(test.startswith("anchor") for test in kinds(result))


def test_a_loss_against_the_anchor_alone_is_refused() -> None:
    case = made(anchor=True)
    for entry in case["scores"]:  # the release has fallen as far as the candidate did
        if entry["role"] != "anchor":
            for item in entry["items"]:
                if "/l2:" in item and int(item.split(":")[1]) < 8:
                    entry["items"][item] = [0, 0.05]
    result = compare(case)
    assert result["reasons"][0]["test"] == "anchor_veto"
    assert all(kind.startswith("anchor_") for kind in kinds(result))
    assert result["decision"] == "failed"


def test_an_unlucky_shipped_seed_is_held_for_a_person() -> None:
    case = made()
    for seed in (6, 7, 8):  # with five seeds the mean hides what the shipped one lost
        twin = copy.deepcopy(run_of(case, "candidate", 1))
        case["scores"].append({**twin, "seed": seed, "shipped": False})
    shipped = run_of(case, "candidate")
    for item in shipped["items"]:
        if "/l1:" in item and int(item.split(":")[1]) < 6:
            shipped["items"][item] = [0, 0.05]
    result = compare(case)
    assert result["as_shipped"]["flagged"]
    assert result["as_shipped"]["leaf"] == "knowledge/b0/l1"
    assert "as_shipped" in kinds(result)
    assert result["decision"] == "inconclusive"
    case["spec"]["shipped_seed"] = 7
    assert not compare(case)["as_shipped"]["flagged"]


def test_a_base_model_is_one_run_without_training_noise() -> None:
    case = made()
    base = {**run_of(case, "release"), "seed": None}
    case["scores"] = [entry for entry in case["scores"] if entry["role"] == "candidate"] + [base]
    result = compare(case)
    assert result["valid"]
    assert all(leaf["pairs"] == 1 for leaf in result["leaves"])


def test_a_placebo_pair_widens_what_counts_as_noise() -> None:
    quiet, loud = made(), made()
    first = copy.deepcopy(run_of(loud, "release"))
    second = copy.deepcopy(first)
    for item in second["items"]:
        if "/l3:" in item:
            second["items"][item] = [1 - first["items"][item][0], 0.5]
    for entry in (first, second):
        loud["scores"].append({**entry, "role": "placebo", "pair": "one"})
    assert row(compare(loud), "l3")["pairs"] == row(compare(quiet), "l3")["pairs"] + 1
    assert row(compare(loud), "l3")["run_sd"] > row(compare(quiet), "l3")["run_sd"]


def test_earlier_pairs_are_counted_and_not_confused_between_metrics() -> None:
    case = made()
    case["history"] = [{"leaf": "knowledge/b0/l0", "metric": "y", "r": 0.04, "pairs": 3}]
    found = row(compare(case), "l0")
    assert found["pairs"] == row(compare(made()), "l0")["pairs"] + 3
    assert found["run_sd"] > row(compare(made()), "l0")["run_sd"]


def test_without_search_items_probabilities_stay_and_the_report_says_so() -> None:
    case = made()
    searched = [item for item, about in case["items"].items() if about["split"] == "search"]
    for holder in (case, *case["scores"]):
        for item in searched:
            del holder["items"][item]
    assert any("T = 1" in note for note in compare(case)["notes"])
    assert not any("T = 1" in note for note in compare(made())["notes"])


def test_a_coarse_margin_is_said() -> None:
    assert any("losses under 8 points can't be excluded" in n for n in compare(made(epsilon=0.08))["notes"])
    assert not any("Coarse" in note for note in compare(made(epsilon=0.05))["notes"])


def test_a_job_answers_the_case_that_is_there_now(tmp_path: Path) -> None:
    for case in (made(), made(broken={"l2": 0.8})):
        (tmp_path / "case.json").write_text(json.dumps(case))
        assert compare_main([str(tmp_path)]) == 0
        assert json.loads((tmp_path / "result.json").read_text()) == compare(case)


def test_a_model_without_a_seed_and_without_a_change_is_no_worse_and_no_crash() -> None:
    """One run each, no seed, every item right in both: nothing varies at all."""
    case = made()
    ones = {item: [1, 0.9] for item in case["items"]}
    case["scores"] = [{"role": role, "seed": None, "items": ones} for role in ("candidate", "release")]
    case["spec"]["touched"] = []
    case["items"] = {key: about for key, about in case["items"].items() if about["leaf"] != "knowledge/new"}
    for run in case["scores"]:
        run["items"] = {key: ones[key] for key in case["items"]}
    found = compare(case)
    assert found["valid"]
    assert found["decision"] == "passed"
    assert (found["global"]["change"], found["global"]["low"], found["global"]["high"]) == (0.0, 0.0, 0.0)


def test_a_copy_of_the_release_or_of_one_of_its_runs_is_never_failed() -> None:
    for seed in range(6):
        case = made(seed, anchor=True, broken={"l1": 0.9, "l2": 0.9})
        fallen, sound = case["scores"][:2], case["scores"][2:4]
        for runs in (fallen, fallen[:1]):
            copies = [{**run, "role": "candidate"} for run in runs]
            # The release fell against the anchor: what is wrong with it was decided when it was released.
            case["scores"] = [*copies, *({**run, "role": "release"} for run in fallen)]
            case["scores"] += [{**run, "role": "anchor"} for run in sound]
            found = compare(case)
            assert found["decision"] == "inconclusive"
            assert any("copy" in note for note in found["notes"])


def test_what_landed_is_told_against_the_model_that_a_table_is_about() -> None:
    case = made(3, anchor=True)
    for run in case["scores"]:
        if run["role"] == "anchor":  # the anchor knew the new leaf already
            ours = case["scores"][0]["items"]
            run["items"] = {
                k: ours[k] if k.startswith("knowledge/new") else v for k, v in run["items"].items()
            }
    found = compare(case)
    (ours,) = (leaf for leaf in found["leaves"] if leaf["leaf"] == "knowledge/new")
    (theirs,) = (leaf for leaf in found["anchor"]["leaves"] if leaf["leaf"] == "knowledge/new")
    assert (ours["outcome"], theirs["outcome"]) == ("landed", "not shown")


OFF: dict[str, Any] = {
    "r = nan": {"history": [{"leaf": "knowledge/b0/l0", "metric": "y", "r": math.nan, "pairs": 1}]},
    "r = inf": {"history": [{"leaf": "knowledge/b0/l0", "metric": "p", "r": math.inf, "pairs": 1}]},
    "of nan pairs": {"history": [{"leaf": "knowledge/b0/l0", "metric": "y", "r": 0.1, "pairs": math.nan}]},
    "of -4 pairs": {"history": [{"leaf": "knowledge/b0/l0", "metric": "y", "r": 0.1, "pairs": -4}]},
    "unknown metric": {"history": [{"leaf": "knowledge/b0/l0", "metric": "q", "r": 0.1, "pairs": 1}]},
}


@pytest.mark.parametrize("why", OFF)
def test_a_history_that_is_no_number_makes_no_verdict(why: str) -> None:
    found = compare({**made(), **OFF[why]})
    assert (found["valid"], found["decision"]) == (False, "inconclusive")
    assert why in found["reasons"][0]["sentence"]


@pytest.mark.parametrize("score", [[10**400, 0.5], [1, 10**400], [1, "x"], [1], "10"])
def test_a_score_beyond_all_numbers_makes_no_verdict(score: Any) -> None:
    case = made()
    case["scores"][0]["items"][next(iter(case["items"]))] = score
    assert (compare(case)["valid"], compare(case)["decision"]) == (False, "inconclusive")


def test_a_parent_that_is_a_number_and_a_leaf_that_is_no_text_are_taken(tmp_path: Path) -> None:
    case = made(clusters=5)
    for about in case["items"].values():
        about["parent"] = 5
    assert compare(case)["valid"]
    text = json.dumps(made()).replace("knowledge/b0/l0", "knowledge/b0/\\ud800")
    (tmp_path / "case.json").write_text(text)
    assert compare_main([str(tmp_path)]) == 0
    assert json.loads((tmp_path / "result.json").read_text())["valid"]


def test_a_failed_candidate_is_an_answer_not_an_error(tmp_path: Path, capsys: Any) -> None:
    file = tmp_path / "cases.jsonl"
    cases = [made(broken={"l2": 0.8}), made()]
    file.write_text("".join(json.dumps(case) + "\n\n" for case in cases))
    assert compare_main(["--many", str(file)]) == 0
    results = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [result["decision"] for result in results] == ["failed", "passed"]


def test_a_line_that_is_no_json_keeps_its_place_and_is_said_with_its_file(
    tmp_path: Path, capsys: Any
) -> None:
    file = tmp_path / "cases.jsonl"
    file.write_text("{oh\n" + json.dumps(made()) + "\n[]\n")
    assert compare_main(["--many", str(file)]) == 2
    told = capsys.readouterr()
    first, second, third = map(json.loads, told.out.splitlines())
    assert (first["valid"], second["decision"], third["valid"]) == (False, "passed", False)
    assert f"{file}: line 1 is no JSON" in told.err
    assert "line 3" not in told.err


@pytest.mark.parametrize("text", [None, "{oh"])
def test_a_job_without_a_readable_case_is_refused_with_its_file(
    text: str | None, tmp_path: Path, capsys: Any
) -> None:
    if text:
        (tmp_path / "case.json").write_text(text)
    assert compare_main([str(tmp_path)]) == 2
    assert str(tmp_path / "case.json") in capsys.readouterr().err
    assert not (tmp_path / "result.json").exists()


def test_wrong_arguments_are_answered_with_the_usage(capsys: Any) -> None:
    assert compare_main([]) == compare_main(["--many"]) == 2
    assert "usage" in capsys.readouterr().err


def test_an_item_that_is_named_twice_is_refused_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = made()
    first = min(case["items"])
    text = json.dumps(case).replace(f'"{min(set(case["items"]) - {first})}":', f'"{first}":')
    (tmp_path / "case.json").write_text(text)
    (tmp_path / "many.jsonl").write_text(text + "\n")
    assert compare_main([str(tmp_path)]) == 0
    assert compare_main(["--many", str(tmp_path / "many.jsonl")]) == 0
    for result in (json.loads((tmp_path / "result.json").read_text()), json.loads(capsys.readouterr().out)):
        assert (result["valid"], result["decision"]) == (False, "inconclusive")
        assert result["reasons"][0]["sentence"] == f"The name {first} is given twice."
