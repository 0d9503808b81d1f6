"""The table that many rows are answered from says what the sum over nodes says for a few."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setia.btyd.beta_mean import CappedGrowth

ROWS = 400


@settings(max_examples=100, deadline=None)
@given(
    log_a=st.floats(-7, 9),
    log_b=st.floats(-5, 9),
    log_r=st.floats(-3, 6),
    x=st.sampled_from([0, 1, 5, 60, 1000, 20_000]),
    log_most=st.floats(-12, 8),
)
def test_many_rows_get_what_few_get(log_a: float, log_b: float, log_r: float, x: int, log_most: float) -> None:
    a, b, q, most = np.exp(log_a), np.exp(log_b) + x, np.exp(log_r) + x, np.exp(log_most)
    tau = np.r_[0.0, most * np.geomspace(1e-9, 1.0, ROWS - 1)]
    tabled = CappedGrowth(a, np.full(ROWS, b), np.full(ROWS, q), np.full(ROWS, most)).at(tau)
    some = slice(0, ROWS, ROWS // 8)
    summed = CappedGrowth(a, np.full(8, b), np.full(8, q), np.full(8, most)).at(tau[some])
    assert tabled[some] == pytest.approx(summed, rel=1e-7, abs=0)
    assert tabled[0] == 0.0


def test_a_horizon_of_nothing_needs_no_table() -> None:
    nothing = np.zeros(ROWS)
    assert np.array_equal(CappedGrowth(0.8, nothing + 2.0, nothing + 0.5, nothing).at(nothing), nothing)
