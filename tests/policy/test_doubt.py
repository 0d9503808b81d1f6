"""How sure a contact is: the bounds and the chance that it pays, against draws of the doubt itself."""

from __future__ import annotations

import numpy as np
import pytest

from setia.errors import InputError
from setia.policy import Doubt, sureness

from .makers import expected_of


@pytest.mark.parametrize("name", ["value", "risk", "keep"])
def test_a_negative_doubt_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=rf"policy.doubt.{name}=-0.1 must not be negative"):
        Doubt(**{name: -0.1})


def test_doubts_add_up_as_squares() -> None:
    assert Doubt(0.3, 0.0, 0.4).spread == pytest.approx(0.5)
    assert Doubt(0.0, 0.6, 0.8).spread == pytest.approx(1.0)
    assert Doubt(0.0, 0.0, 0.0).spread == 0.0


def test_bounds_and_chance_are_those_of_many_draws() -> None:
    expected, doubt = expected_of([8.0, 1.0, -2.0], [2.0, 3.0, 6.0]), Doubt(0.2, 0.1, 0.4)
    found = sureness(expected, doubt)
    factor = np.exp(np.random.default_rng(1).normal(0.0, doubt.spread, 100_000))
    drawn = expected.saved * factor[:, None] - expected.cost
    assert found.pays == pytest.approx((drawn > 0).mean(axis=0), abs=0.01)
    assert found.lo == pytest.approx(np.quantile(drawn, 0.1, axis=0), abs=0.05)
    assert found.hi == pytest.approx(np.quantile(drawn, 0.9, axis=0), abs=0.1)


def test_without_doubt_it_pays_or_not() -> None:
    found = sureness(expected_of([2.0, 0.0, -1.0, 1e-9]), Doubt(0.0, 0.0, 0.0))
    assert found.pays.tolist() == [1.0, 0.0, 0.0, 1.0]
    assert found.lo == pytest.approx([2.0, 0.0, -1.0, 0.0], abs=1e-6)
    assert found.hi == pytest.approx(found.lo)


def test_the_likelier_the_more_is_saved_beside_the_cost() -> None:
    found = sureness(expected_of(np.linspace(-5, 5, 21), 5.0), Doubt())
    assert (np.diff(found.pays) > 0).all()
    assert found.pays[10] == pytest.approx(0.5)
    assert found.pays[0] == 0.0  # nothing is saved


@pytest.mark.filterwarnings("error")
def test_odd_customers_have_bounds_and_chances() -> None:
    # who costs nothing always pays; who loses money when kept never does
    found = sureness(expected_of([4.0, -5.0, -3.0], [0.0, 1.0, 0.0]), Doubt())
    assert found.pays.tolist() == [1.0, 0.0, 0.0]
    assert (found.lo < found.hi).all()
    assert np.isfinite([found.lo, found.hi]).all()
