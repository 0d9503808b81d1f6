"""Power: published sizes, the trial by simulation, and the smallest control group that will do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.campaign import (
    detectable,
    detectable_money,
    needed_controls,
    needed_controls_money,
    recommended_share,
    sentence,
)
from setia.errors import InputError


def test_a_textbook_size() -> None:
    # 10 % against 15 % at 80 % power, two-sided .05: (1.96 + .8416)^2 (.09 + .1275) / .05^2 = 682.9 in each arm
    assert detectable(683, 683, 0.10) == pytest.approx(0.05, abs=2e-5)
    # for a deviation of 2, 2.8016 * 2 * sqrt(2 / 63) is to be found
    assert detectable_money(63, 63, 2.0) == pytest.approx(0.99834, abs=1e-5)


@pytest.mark.parametrize(("contacted", "control", "base"), [(1600, 400, 0.7), (300, 300, 0.2)])
def test_what_is_detectable_is_found_that_often(contacted: int, control: int, base: float) -> None:
    random, rise = np.random.default_rng(0), detectable(contacted, control, base)
    one, other = (
        random.binomial(contacted, base + rise, 20_000) / contacted,
        random.binomial(control, base, 20_000) / control,
    )
    error = np.sqrt(one * (1 - one) / contacted + other * (1 - other) / control)
    assert float(np.mean(np.abs(one - other) > 1.959964 * error)) == pytest.approx(0.8, abs=0.015)


@given(st.integers(20, 20_000), st.floats(0.05, 0.9), st.floats(0.005, 0.3))
def test_the_needed_control_group_is_the_smallest(members: int, base: float, rise: float) -> None:
    rise = min(rise, 1 - base)
    needed = needed_controls(members, base, rise)
    half = members // 2
    if needed is None:
        assert detectable(members - half, half, base) > rise - 1e-9
    else:
        assert 1 <= needed <= half
        assert detectable(members - needed, needed, base) <= rise + 1e-9
        if needed > 1:
            assert detectable(members - needed + 1, needed - 1, base) > rise - 1e-9


def test_the_same_for_money() -> None:
    needed = needed_controls_money(2000, 60.0, 9.0)
    assert needed is not None
    assert detectable_money(2000 - needed, needed, 60.0) <= 9.0 < detectable_money(2001 - needed, needed - 1, 60.0)
    assert needed_controls_money(100, 60.0, 9.0) is None
    with pytest.raises(InputError, match="above 0"):
        needed_controls_money(100, 60.0, 0.0)


def test_a_share_is_recommended_between_its_limits() -> None:
    enough = recommended_share(20_000, 0.7, 0.03)
    assert enough.enough
    assert enough.controls == needed_controls(20_000, 0.7, 0.03)
    assert enough.detectable <= 0.03
    assert enough.share == pytest.approx(enough.controls / 20_000)
    large = recommended_share(1_000_000, 0.7, 0.03)
    assert (large.share, large.controls) == (0.05, 50_000)
    small = recommended_share(600, 0.7, 0.03)
    assert not small.enough
    assert small.share == 0.5
    assert "600 members are too few, even with half of them left alone" in small.sentence
    assert "too few" not in enough.sentence


def test_the_sentence() -> None:
    # (1.96 + .8416) * sqrt(.8 * .2 / 400 + .861 * .139 / 1600) = .061
    assert sentence(1600, 400, 0.8) == (
        "With 400 controls and 1,600 contacted you can detect +6.1 points of retention (80 % power)."
    )
    assert math.isinf(detectable(30, 3, 0.95))
    assert "cannot detect any rise of retention from 95.0 %" in sentence(30, 3, 0.95)


def test_mistakes_are_said() -> None:
    with pytest.raises(InputError, match="empty arm"):
        detectable(100, 0, 0.5)
    with pytest.raises(InputError, match="empty arm"):
        detectable_money(0, 10, 5.0)
    with pytest.raises(InputError, match="leaves nothing to change"):
        detectable(100, 100, 1.0)
    with pytest.raises(InputError, match="Power and alpha"):
        detectable(100, 100, 0.5, power=1.0)
    with pytest.raises(InputError, match="cannot be"):
        needed_controls(100, 0.9, 0.2)
    with pytest.raises(InputError, match="at least 2"):
        recommended_share(1, 0.5, 0.1)
