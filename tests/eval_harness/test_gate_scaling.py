"""One temperature a run."""

from __future__ import annotations

import numpy as np
import pytest

from eval_harness.gate_clusters import Array
from eval_harness.gate_scaling import scaled, temperature


@pytest.mark.parametrize("hot", [0.5, 1.0, 2.0, 3.0])
def test_scaling_takes_back_a_softer_or_sharper_voice(hot: float) -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(0.7, 1.0, 400)

    def voice(t: float) -> Array:
        return np.asarray(1 / (1 + np.exp(-z / t)))[None]

    plain, other = voice(1.0), voice(hot)
    assert scaled(other, temperature(other)) == pytest.approx(scaled(plain, temperature(plain)), abs=1e-6)
