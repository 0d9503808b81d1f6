"""Where the valuable begin and where a risk does: against plain loops, and on bases with nothing to divide."""

from __future__ import annotations

import json
from math import inf, nan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.learn.divide import Divide, learn_divide

#: clv, p_defect, value_at_risk of each customer, in whole numbers so that sums are exact.
BASES = st.lists(
    st.tuples(
        st.integers(-20, 100).map(float),
        st.just(nan) | st.integers(0, 20).map(lambda p: p / 20),
        st.integers(-5, 50).map(float),
    ),
    max_size=25,
)
Base = list[tuple[float, float, float]]


def learnt(base: Base) -> Divide:
    columns = np.array(base, dtype=float).reshape(-1, 3).T
    return learn_divide(*columns)


def plain(pairs: list[tuple[float, float]], percent: int) -> float:
    """Return the score of the last of the fewest, by score, who hold a share of a value."""
    total, held = sum(max(value, 0) for _, value in pairs), 0.0
    for score, value in sorted(pairs, key=lambda pair: -pair[0]):
        held += max(value, 0)
        if total > 0 and 100 * held >= percent * total:
            return score
    return inf


@given(BASES)
def test_it_is_what_a_plain_loop_says(base: Base) -> None:
    found = learnt(base)
    assert found.valuable == plain([(clv, clv) for clv, _, _ in base], 80)
    asked = [(p, at_risk) for clv, p, at_risk in base if clv >= found.valuable and p == p]
    assert found.risky == plain(asked, 50)


@given(BASES)
def test_the_valuable_are_the_fewest_who_hold_four_fifths(base: Base) -> None:
    threshold = learnt(base).valuable
    held = sorted((clv for clv, _, _ in base if clv > 0), reverse=True)
    valuable = [clv for clv in held if clv >= threshold]
    assert 10 * sum(valuable) >= 8 * sum(held)
    without_the_last = [clv for clv in held if clv > threshold]
    assert not held or 10 * sum(without_the_last) < 8 * sum(held)


def test_the_risky_hold_half_of_what_the_valuable_stand_to_lose() -> None:
    # the last two are not valuable, so what they stand to lose does not count; the fourth is not covered
    base = [(50, 0.9, 2), (50, 0.6, 5), (50, 0.3, 3), (50, nan, 99), (1, 0.95, 500), (0, 0.99, 500)]
    assert learnt(base) == Divide(50.0, 0.6)
    # two of the ten are not half of it: the third is needed
    assert learnt([(50, 0.9, 2), (50, 0.8, 2), (50, 0.2, 6)]).risky == 0.2


@pytest.mark.parametrize(
    ("base", "valuable", "risky"),
    [
        ([], inf, inf),
        ([(0.0, 0.5, 0.0)] * 3, inf, inf),
        ([(-3.0, 0.5, 1.0)] * 3, inf, inf),
        ([(7.0, 0.4, 2.0)], 7.0, 0.4),
        ([(7.0, nan, 2.0)], 7.0, inf),
        ([(7.0, nan, nan), (5.0, nan, nan)], 5.0, inf),
        ([(7.0, 0.4, 0.0), (7.0, 0.9, 0.0)], 7.0, inf),
        ([(7.0, 0.4, 1.0)] * 5, 7.0, 0.4),
    ],
    ids=["nobody", "all zero", "all lose", "one", "one not covered", "none covered", "nothing at risk", "all alike"],
)
def test_a_base_with_nothing_to_divide(base: Base, valuable: float, risky: float) -> None:
    assert learnt(base) == Divide(valuable, risky)


def test_it_is_kept_as_json_which_knows_no_infinity() -> None:
    for one in (Divide(12.5, 0.25), Divide(inf, inf)):
        assert Divide.from_dict(json.loads(json.dumps(one.as_dict(), allow_nan=False))) == one
