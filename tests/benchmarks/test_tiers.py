"""What a tier's report says: outcomes, and the moments of a kill apart."""

from __future__ import annotations

from benchmarks.tiers import counts

REPORT = b"""<testsuites><testsuite>
<testcase classname="tests.lines.test_kills" name="test_a_kill_changes_nothing[in-training]"/>
<testcase classname="tests.lines.test_kills" name="test_a_kill_at_any_of_twenty_four[judged]"/>
<testcase classname="tests.lines.test_kills" name="test_a_kill_at_any_of_twenty_four[event-2]"><failure/></testcase>
<testcase classname="tests.test_house" name="test_doors"><skipped/></testcase>
<testcase classname="tests.test_house" name="test_walls"><error/></testcase>
</testsuite></testsuites>"""


def test_kills_that_passed_are_counted_by_the_tier_that_has_them() -> None:
    assert counts(REPORT) == {"passed": 2, "failed": 2, "skipped": 1, "kills": 1, "kills_full": 1}


def test_a_run_without_a_report_passed_nothing() -> None:
    assert counts(b"")["passed"] == 0
