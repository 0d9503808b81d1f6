import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia import metrics
from setia.metrics.curves import gain, held_at, lift, tenths, wilson

ROWS = st.lists(st.tuples(st.booleans(), st.integers(0, 8)), min_size=1, max_size=80)


def arrays(rows: list[tuple[bool, int]]) -> tuple[np.ndarray, np.ndarray]:
    actual, forecast = np.array(rows, dtype=np.float64).T
    return actual, forecast


@given(ROWS)
def test_gain_runs_from_nothing_to_all_and_never_falls(rows: list[tuple[bool, int]]) -> None:
    actual, forecast = arrays(rows)
    depth, held = gain(actual, forecast)
    assert depth[0] == 0
    assert depth[-1] == pytest.approx(1)
    assert (np.diff(depth) > 0).all()
    if actual.any():
        assert held[0] == 0
        assert held[-1] == pytest.approx(1)
        assert (np.diff(held) >= 0).all()
    else:
        assert np.isnan(held).all()


@given(ROWS, st.randoms())
def test_no_curve_depends_on_the_order_of_rows(rows: list[tuple[bool, int]], chance: object) -> None:
    shuffled = list(rows)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    for one, other in zip(gain(*arrays(rows)), gain(*arrays(shuffled)), strict=True):
        np.testing.assert_allclose(one, other)
    one, other = (tenths(*arrays(r), share=True) for r in (rows, shuffled))
    np.testing.assert_allclose(one.actual, other.actual)


@given(ROWS)
def test_tenths_hold_every_row_once_and_descend(rows: list[tuple[bool, int]]) -> None:
    actual, forecast = arrays(rows)
    found = tenths(actual, forecast, share=True)
    assert found.rows.sum() == len(rows)
    assert len(found.rows) <= 10
    assert (np.diff(found.predicted) < 0).all()
    assert (found.rows * found.actual).sum() == pytest.approx(actual.sum())
    assert (found.rows * found.predicted).sum() == pytest.approx(forecast.sum())
    assert ((found.lo <= found.actual + 1e-12) & (found.actual <= found.hi + 1e-12)).all()


def test_without_ties_the_groups_are_equal_and_lift_is_the_metric() -> None:
    rng = np.random.default_rng(3)
    p = rng.random(1000)
    y = (rng.random(1000) < p).astype(float)
    assert set(tenths(y, p, share=True).rows) == {100}
    assert lift(y, p, np.array([0.1]))[0] == pytest.approx(metrics.lift_top_decile(y, p))
    assert held_at(y, p, 0.1) == pytest.approx(metrics.top_decile_share(y, p))


def test_a_constant_forecast_is_chance() -> None:
    y = np.array([0.0, 1, 1, 0, 1])
    assert held_at(y, np.full(5, 0.3), 0.4) == pytest.approx(0.4)
    assert lift(y, np.full(5, 0.3), np.array([0.1, 1.0])) == pytest.approx([1, 1])


def test_wilson_of_the_textbook() -> None:
    # Newcombe (1998), table I, method 3: 81 of 263, and 0 of 20.
    lo, hi = wilson(np.array([81.0, 0]), np.array([263.0, 20]))
    assert lo == pytest.approx([0.2553, 0], abs=5e-5)
    assert hi == pytest.approx([0.3662, 0.1611], abs=5e-5)


def test_money_has_normal_intervals_and_may_be_negative() -> None:
    value = np.array([10.0, -2, 4, 0, 0, 1, 3, 5, 2, 7])
    found = tenths(value, np.repeat([2.0, 1.0], 5), share=False, groups=2)
    spread = value[:5].std(ddof=1) / np.sqrt(5)
    assert found.actual[0] == pytest.approx(2.4)
    assert found.hi[0] - found.actual[0] == pytest.approx(1.96 * spread, rel=1e-3)
