"""When those who have left did so, and what they would have gone on to buy: against worlds drawn by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from setia.btyd import BGNBD, MBGNBD, ParetoNBD

T, HORIZON, RATE = 60.0, 100.0, 0.002


def lives(r: float, alpha: float, s: float, beta: float, n: int) -> tuple[Any, ...]:
    """Draw Pareto/NBD customers: rates, when they leave, purchases until then and T, and the last of them."""
    random = np.random.default_rng(5)
    pace, mu = random.gamma(r, 1 / alpha, n), random.gamma(s, 1 / beta, n)
    end = random.exponential(1.0, n) / mu
    until = np.minimum(end, T)
    x = random.poisson(pace * until)
    # of x purchases spread evenly, the last comes so late
    last = np.where(x > 0, until * random.random(n) ** (1 / np.maximum(x, 1)), 0.0)
    return pace, mu, end, x, last


def test_the_pareto_nbd_tells_when_they_left_and_what_they_would_have_bought() -> None:
    model = ParetoNBD(1.2, 6.0, 0.8, 25.0, 0.0, True)
    pace, mu, end, x, last = lives(1.2, 6.0, 0.8, 25.0, 400_000)
    gone = end < T
    fade = mu + RATE
    would = pace * -np.expm1(-fade * HORIZON) / fade
    for few, many, early, late in ((0, 0, 0, 1), (1, 2, 5, 15), (3, 5, 25, 40), (8, 12, 40, 55)):
        some = gone & (x >= few) & (x <= many) & (last >= early) & (last < late)
        assert some.sum() > 500
        at = model.left_at(x[some], last[some], T)
        rate = (1.2 + x[some]) / (6.0 + at)
        assert rate.mean() == pytest.approx(pace[some].mean(), rel=0.05)
        said = model.of_leavers().dert_if_alive(HORIZON, RATE, x[some], at)
        assert said.mean() == pytest.approx(would[some].mean(), rel=0.1)


def test_time_of_leaving_lies_between_the_last_purchase_and_now() -> None:
    model = ParetoNBD(0.5, 5.0, 0.6, 10.0, 0.0, True)
    recency = np.array([0.0, 3.0, 59.99, 60.0])
    found = model.left_at([0, 2, 5, 7], recency, T)
    assert np.all(found >= recency)
    assert np.all(found <= T)
    often, seldom = model.left_at([50, 1], [20.0, 20.0], T)
    assert often < seldom  # who came often is missed sooner


@pytest.mark.parametrize("kind", [BGNBD, MBGNBD])
def test_of_the_beta_geometric_models_they_leave_with_a_purchase(kind: type) -> None:
    model = kind(1.0, 5.0, 0.8, 3.0, 0.0, True)
    assert model.left_at([3], [20.0], [T]) == pytest.approx([20.0])
    would, alive = (m.dert_if_alive(HORIZON, 0.0, [3.0], [20.0])[0] for m in (model.of_leavers(), model))
    assert 0 < would < alive  # having left tells of a high chance to leave
