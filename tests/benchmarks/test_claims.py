"""Claims: recorded, resumed, judged, gone stale."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from benchmarks import record
from benchmarks.claims import choose, judged, main, show
from benchmarks.entry import BadClaims, Claim, load
from benchmarks.measure import Failed, measure_all, number, run

COUNT = """
import json, pathlib, sys
file, seed = pathlib.Path(sys.argv[1]), sys.argv[2]
n = (file.read_text() if file.exists() else "") + seed + " "
file.write_text(n)
STUMBLE
print(json.dumps({"value": int(seed), "other": {"x": 1}}))
"""


def claim(tmp_path: Path, name: str = "a", stumble: str = "", **changes: Any) -> Claim:
    """A claim whose command writes down each seed that it is run for."""
    given: dict[str, Any] = {
        "id": name, "what": "w", "issue": 1, "tier": "quick", "hardware": "any", "inputs": ["Makefile"],
        "command": ["python", "-c", COUNT.replace("STUMBLE", stumble), str(tmp_path / "runs"), "{seed}"],
        "limit": {"op": ">=", "value": 2}, "seeds": [1, 2, 3],
    }  # fmt: skip
    return Claim.model_validate(given | changes)


def measured(tmp_path: Path, *claims: Claim) -> dict[str, Any]:
    """The record of the first claim after measuring it."""
    measure_all(claims[:1], claims, {c.id: "h" for c in claims}, tmp_path)
    kept = record.read(claims[0].id, tmp_path)
    assert kept is not None
    return kept


def test_seeds_are_measured_one_by_one_and_combined_to_the_worst(tmp_path: Path) -> None:
    kept = measured(tmp_path, claim(tmp_path))
    assert kept["value"] == 1
    assert sorted(kept["seeds"]) == ["1", "2", "3"]
    assert (tmp_path / "runs").read_text() == "1 2 3 "


def test_an_interrupted_measurement_goes_on_at_the_next_seed(tmp_path: Path) -> None:
    stumbling = claim(tmp_path, stumble="(seed, n.count('2')) == ('2', 1) and sys.exit(3)")
    kept = measured(tmp_path, stumbling)
    assert kept["value"] is None
    assert "exit 3" in kept["error"]
    kept = measured(tmp_path, stumbling)
    assert kept["value"] == 1
    assert (tmp_path / "runs").read_text() == "1 2 2 3 "


def test_a_finished_measurement_begins_anew(tmp_path: Path) -> None:
    measured(tmp_path, claim(tmp_path))
    measured(tmp_path, claim(tmp_path))
    assert (tmp_path / "runs").read_text() == "1 2 3 1 2 3 "


def test_one_run_answers_every_claim_that_names_its_command(tmp_path: Path) -> None:
    one, other = claim(tmp_path), claim(tmp_path, "b", key="other.x", combine="sum")
    measured(tmp_path, one, other)
    kept = record.read("b", tmp_path)
    assert kept is not None
    assert kept["value"] == 3
    assert (tmp_path / "runs").read_text() == "1 2 3 "


ABSENT = "(print('busy', file=sys.stderr), print('not run: no corpus here', file=sys.stderr), sys.exit(5))"


def test_what_lacks_here_is_said_by_the_commands_last_line_and_shown_later(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lacking = claim(tmp_path, stumble=f"seed == '2' and {ABSENT}")
    kept = measured(tmp_path, lacking)
    assert "a: not run: no corpus here" in capsys.readouterr().err
    assert list(kept["seeds"]) == ["1"], "what is measured already stays"
    row = judged(lacking, record.read("a", tmp_path), "h", None)
    assert (row["status"], row["why"]) == ("not run", "no corpus here")
    show([row], "table")
    assert "no corpus here" in capsys.readouterr().out


def test_a_value_that_was_measured_elsewhere_outlives_a_machine_that_cannot(tmp_path: Path) -> None:
    measured(tmp_path, claim(tmp_path))
    kept = measured(tmp_path, claim(tmp_path, stumble=ABSENT))
    assert kept["value"] == 1
    assert "not_run" not in kept


def test_a_record_goes_stale_when_an_input_changes(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "a.py").write_text("1")
    before = record.inputs_hash(["*.py"], tmp_path)
    assert record.inputs_hash(["*.py"], tmp_path) == before
    (tmp_path / "a.py").write_text("2")
    assert record.inputs_hash(["*.py"], tmp_path) != before
    with pytest.raises(ValueError, match="names no file"):
        record.inputs_hash(["*.rs"], tmp_path)


@pytest.mark.parametrize(
    ("last", "status", "why"),
    [
        (None, "not run", "not measured yet"),
        ({"inputs": "h", "value": 2.0, "seeds": {}}, "met", None),
        ({"inputs": "h", "value": 1.9, "seeds": {}}, "missed", None),
        ({"inputs": "h", "value": None, "seeds": {"1": {}}}, "not run", "1 of 3 seeds"),
        ({"inputs": "h", "value": None, "seeds": {}, "error": "exit 3"}, "missed", "the command failed"),
        ({"inputs": "h", "value": None, "seeds": {}, "not_run": "no corpus"}, "not run", "no corpus"),
    ],
)
def test_a_claim_is_met_missed_or_not_run(tmp_path: Path, last: Any, status: str, why: str | None) -> None:
    row = judged(claim(tmp_path), last, "h", None)
    assert row["status"] == status
    assert (row["why"] or "").startswith(why or "")
    assert not row["stale"]
    assert last is None or judged(claim(tmp_path), last, "other", None)["stale"]


def test_output_without_the_number_is_a_failure_with_its_reason() -> None:
    with pytest.raises(Failed, match=r"no 'a\.b'"):
        number({"a": {}}, "a.b")
    with pytest.raises(Failed, match="no number"):
        number({"a": "x"}, "a")
    with pytest.raises(Failed, match="no JSON object"):
        run(["python", "-c", "print('[1]')"])
    assert number({"a": True}, "a") == 1


def test_a_wrong_entry_is_named_with_its_field(tmp_path: Path) -> None:
    file = tmp_path / "claims.toml"
    file.write_text('[[claim]]\nid = "x"\n')
    with pytest.raises(BadClaims, match=r"entry 1 \(x\): what"):
        load(file)


def test_claims_are_chosen_by_pattern_or_tier() -> None:
    claims = load()
    assert {c.id for c in choose(claims, "demo-tiny-*,door-rate", "quick")} >= {
        "door-rate",
        "demo-tiny-seconds",
    }
    assert choose(claims, "", "all") == claims
    assert main(["--id", "no-such", "--show"]) == 5
