"""Corrections for looking at many leaves at once."""

from __future__ import annotations

import numpy as np
import pytest

from eval_harness.gate_leaves import benjamini_hochberg, holm


def test_holm_steps_down_and_stays_out_of_other_families() -> None:
    p = np.array([0.01, 0.04, 0.03, 0.005])
    assert holm(p, np.ones(4, dtype=bool)) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    part = holm(p, np.array([True, False, True, False]))
    assert part[[0, 2]] == pytest.approx([0.02, 0.03])
    assert np.isnan(part[[1, 3]]).all()


def test_benjamini_hochberg_takes_all_up_to_the_last_that_is_under_its_line() -> None:
    p = np.array([0.055, 0.9, 0.01, 0.07])
    assert benjamini_hochberg(p, np.ones(4, dtype=bool), 0.1).tolist() == [True, False, True, True]
