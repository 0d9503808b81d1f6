"""The blend: calibrated where there is evidence, at its start where there is none."""

from __future__ import annotations

from dataclasses import astuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setia import metrics
from setia.errors import InputError
from setia.learn.combine import VALUE_START, Combination, CombineSettings, fit_combination
from setia.learn.members import Raw

MANY = 100_000
FREE = CombineSettings(share_prior_rows=1e-3, value_prior_rows=1e-3)


def sigmoid(z: Any) -> Any:
    return 1 / (1 + np.exp(-z))


def case(rows: int, seed: int = 0, tilt: float = 1.0, shift: float = 0.0) -> tuple[Raw, Any, Any]:
    """A good member whose log odds are off by `tilt` and `shift`, and one that guesses; the same for means."""
    random = np.random.default_rng(seed)
    truth, guess = random.normal(size=rows), random.normal(size=rows)
    y = (random.random(rows) < sigmoid(truth)).astype(float)
    mean = np.exp(1 + truth)
    value = mean * random.gamma(2, 0.5, rows)
    defect = np.column_stack([sigmoid((truth - shift) / tilt), sigmoid(guess)])
    poor = np.full((rows, len(VALUE_START) - 1), value.mean()) * random.gamma(2, 0.5, (rows, len(VALUE_START) - 1))
    return Raw(defect, np.column_stack([mean, poor])), y, value


def combined(raw: Raw, y: Any, value: Any, settings: CombineSettings = FREE) -> Combination:
    return fit_combination(settings, raw, y, y == 1, value, MANY)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 1000),
    rows=st.integers(1, 60),
    share=st.floats(0, 1),
    prior=st.floats(0.1, 1e4),
    same=st.booleans(),
)
def test_whatever_it_learns_from_its_forecasts_are_possible(
    seed: int, rows: int, share: float, prior: float, same: bool
) -> None:
    raw, y, value = case(rows, seed)
    y = np.ones(rows) if same else y
    found = combined(raw, y, value, CombineSettings(share, share_prior_rows=prior, value_prior_rows=prior))
    p, mean = found.p_defect(raw), found.expected_value(raw)
    assert p.shape == mean.shape == (rows,)
    assert ((p >= 0) & (p <= 1)).all()
    assert 0 <= found.share <= 1
    assert min(found.weights) >= 0
    assert sum(found.weights) == pytest.approx(1)
    assert (mean >= 0).all()
    # the stretch changes no order and no sum of what it was learnt from
    blend = raw.value @ np.array(found.weights)
    assert mean.sum() == pytest.approx(blend.sum())
    assert (np.argsort(mean, kind="stable") == np.argsort(blend, kind="stable")).all()


@settings(max_examples=30, deadline=None, derandomize=True)
@given(seed=st.integers(0, 1000), rows=st.integers(5, 300), prior=st.floats(0.1, 5000))
def test_on_what_it_learnt_from_it_is_no_worse_than_its_start(seed: int, rows: int, prior: float) -> None:
    raw, y, value = case(rows, seed, tilt=0.5, shift=1.0)
    chosen = CombineSettings(0.5, share_prior_rows=prior, value_prior_rows=prior)
    found, start = combined(raw, y, value, chosen), combined(raw, np.full(rows, np.nan), value, chosen)
    assert metrics.log_loss(y, found.p_defect(raw)) <= metrics.log_loss(y, start.p_defect(raw)) + 1e-9


def test_with_little_evidence_it_stays_at_its_start() -> None:
    raw, y, value = case(20)
    found = combined(raw, y, value, CombineSettings(0.7, share_prior_rows=1e9, value_prior_rows=1e9))
    assert found.share == pytest.approx(0.7, abs=1e-4)
    assert found.weights == pytest.approx(VALUE_START, abs=1e-6)
    assert (found.stretch, found.scale) == pytest.approx((1, 1), abs=1e-6)


def test_with_none_it_is_its_start() -> None:
    raw, y, value = case(20)
    found = fit_combination(CombineSettings(0.7), raw.rows(np.arange(0)), y[:0], y[:0] == 1, value[:0], MANY)
    assert found == Combination(0.7, VALUE_START)
    assert np.isfinite(found.p_defect(raw)).all()


def test_with_much_evidence_it_leaves_the_guesser_out() -> None:
    raw, y, value = case(20_000)
    found = combined(raw, y, value)
    assert found.share == pytest.approx(1, abs=0.02)
    assert found.weights == pytest.approx([1, *[0] * (len(VALUE_START) - 1)], abs=0.05)
    assert found.stretch == pytest.approx(1, abs=0.05)
    assert metrics.calibration_error(y, found.p_defect(raw)) < 0.02


@pytest.mark.parametrize(("tilt", "shift"), [(1.0, -1.5), (1.0, 1.5)])
def test_a_classifier_that_is_far_off_is_bent_straight(tilt: float, shift: float) -> None:
    raw, y, value = case(8000, tilt=tilt, shift=shift)
    found = combined(raw, y, value)
    straight = Combination(found.share, found.weights)
    assert (found.level, found.slope) != (0, 1)
    assert metrics.log_loss(y, found.p_defect(raw)) < 0.95 * metrics.log_loss(y, straight.p_defect(raw))
    assert metrics.calibration_error(y, found.p_defect(raw)) < metrics.calibration_error(y, straight.p_defect(raw)) / 2


def test_another_definition_is_bent_by_itself_and_silence_is_left_to_the_pool() -> None:
    raw, y, value = case(8000, shift=1.5)
    good, _, _ = case(8000)
    asked = Raw(good.none, raw.value, raw.none[:, 0])
    unknown = np.where(np.arange(len(y)) % 3 == 0, np.nan, y)
    found = fit_combination(FREE, asked, unknown, y == 1, value, MANY)
    assert (found.level, found.slope) == (0, 1)
    assert found.own != (0, 1)
    assert metrics.calibration_error(y, found.p_defect(asked)) < metrics.calibration_error(y, raw.none[:, 0]) / 2
    assert np.array_equal(found.p_none(asked), combined(good, y, value).p_none(good))


def test_one_that_is_a_little_off_is_left_alone() -> None:
    raw, y, value = case(8000, tilt=0.9, shift=0.1)
    found = combined(raw, y, value)
    assert (found.level, found.slope) == (0, 1)


@pytest.mark.parametrize("power", [0.9, 1.15])
def test_means_too_close_together_or_too_far_apart_are_stretched(power: float) -> None:
    raw, y, value = case(20_000)
    squeezed = Raw(raw.none, raw.value[:, :1].repeat(len(VALUE_START), axis=1) ** power)
    found = combined(squeezed, y, value)
    assert found.stretch == pytest.approx(1 / power, abs=0.03)


def test_the_smaller_the_base_the_less_the_forest_says_at_the_start() -> None:
    starts = [CombineSettings().start(customers) for customers in (0, 100, 300, 1000, 100_000)]
    assert starts[0] == 0
    assert starts == sorted(starts)
    assert starts[-1] == pytest.approx(0.8)
    assert CombineSettings(forest_customers=0).start(10) == 0.8
    raw, y, value = case(30)
    small, large = (fit_combination(CombineSettings(), raw, y, y == 1, value, customers) for customers in (100, 10_000))
    assert small.share < large.share


def test_what_is_unknown_is_left_out() -> None:
    raw, y, value = case(300)
    known = np.arange(300) % 3 > 0
    gaps = combined(raw, np.where(known, y, np.nan), value, CombineSettings())
    only = combined(raw.rows(known), y[known], value[known], CombineSettings())
    assert (gaps.share, gaps.level, gaps.slope) == (only.share, only.level, only.slope)


def test_the_order_of_the_rows_is_no_matter() -> None:
    raw, y, value = case(300)
    order = np.random.default_rng(1).permutation(300)
    one, other = combined(raw, y, value), combined(raw.rows(order), y[order], value[order])
    assert np.concatenate([np.ravel(part) for part in astuple(one)]) == pytest.approx(
        np.concatenate([np.ravel(part) for part in astuple(other)]), abs=1e-5
    )


def test_a_member_that_is_certain_does_not_make_the_blend_so() -> None:
    certain = Raw(np.array([[0.0, 0.0], [1.0, 1.0]]), np.zeros((2, len(VALUE_START))))
    found = combined(*case(300), CombineSettings()).p_defect(certain)
    assert 0 < found[0] < 0.01 < 0.99 < found[1] < 1


@pytest.mark.parametrize("wrong", [{"forest_share": 1.2}, {"share_prior_rows": -1}, {"bend_gain": -0.5}])
def test_a_setting_that_means_nothing_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=r"combine\."):
        CombineSettings(**wrong)
