"""Ranges and settings of a search: what means nothing is refused in a sentence."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.errors import InputError
from setia.tuning import Range, TuneSettings

GOOD: dict[str, Any] = {"names": ("combine.value_prior_rows",), "kind": "float", "low": 1.0, "high": 9.0}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"names": ()}, "names no setting"),
        ({"kind": "text"}, "kind=text; use int or float"),
        ({"low": 9.0}, "ends at 9, which is not above its start, 9"),
        ({"low": 0.0, "log": True}, "low must be above 0"),
        ({"kind": "int", "low": 1.5}, "a fraction at an end"),
    ],
)
def test_a_range_that_means_nothing_is_refused(changes: dict[str, Any], said: str) -> None:
    assert Range(**GOOD).fault() is None
    with pytest.raises(InputError, match=said):
        TuneSettings(space={"rows": Range(**(GOOD | changes))})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"trials": 0}, "tune.trials=0"),
        ({"cutoffs": 0}, "tune.cutoffs=0"),
        ({"minutes": 0}, "tune.minutes=0"),
        ({"rmse_weight": -1.0}, "must not be negative"),
        ({"rmse_weight": 0.0, "log_loss_weight": 0.0}, "nor both 0"),
    ],
)
def test_numbers_that_mean_nothing_are_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        TuneSettings(**changes)


def test_a_range_set_to_null_is_left_out() -> None:
    kept = Range(**GOOD)
    assert TuneSettings(space={"a": None, "b": kept}).ranges == (kept,)


@given(st.floats(1e-6, 1e6), st.floats(1.001, 1e6), st.floats(0, 1))
def test_a_tidy_value_stays_within_its_range_and_close_to_what_was_drawn(low: float, times: float, at: float) -> None:
    spread = Range(("x",), "float", low, low * times)
    drawn = spread.low + at * (spread.high - spread.low)
    tidy = spread.tidy(drawn)
    assert spread.low <= tidy <= spread.high
    assert abs(tidy - drawn) <= 5e-4 * drawn
    assert spread.tidy(tidy) == tidy
