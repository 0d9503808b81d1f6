"""The published estimates of the CDNOW 1/10 sample, 39 weeks."""

from __future__ import annotations

import numpy as np
import pytest

from setia import btyd

from .cdnow import Cdnow

pytestmark = pytest.mark.sample

PUBLISHED = {
    # of Fader, Hardie and Lee, 2005
    "bg_nbd": ({"r": (0.243, 3), "alpha": (4.414, 3), "a": (0.793, 3), "b": (2.426, 3)}, -9582.4),
    # of Fader and Hardie, 2005
    "pareto_nbd": ({"r": (0.553, 3), "alpha": (10.578, 2), "s": (0.606, 3), "beta": (11.669, 1)}, -9595.0),
    # of Batislam et al. 2007, Hoppe and Wagner 2007, on this sample
    "mbg_nbd": ({"r": (0.525, 3), "alpha": (6.183, 3), "a": (0.891, 3), "b": (1.614, 3)}, -9582.1),
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_estimates(name: str, cdnow: Cdnow) -> None:
    counts, _ = btyd.compress(cdnow.frequency, cdnow.recency, cdnow.T)
    model = btyd.FITS[name](counts)
    estimates, log_likelihood = PUBLISHED[name]
    assert model.converged
    assert model.log_likelihood == pytest.approx(log_likelihood, abs=0.05)
    for parameter, (value, digits) in estimates.items():
        assert getattr(model, parameter) == pytest.approx(value, abs=0.6 * 10**-digits), parameter


def test_published_spend_estimates(cdnow: Cdnow) -> None:
    model = btyd.gamma_gamma.fit(cdnow.frequency, cdnow.monetary_value)
    assert (model.p, model.q, model.gamma) == pytest.approx((6.25, 3.74, 15.44), abs=0.01)
    assert model.converged
    assert model.dropped == 2357 - 946


@pytest.mark.parametrize("name", btyd.FITS)
def test_the_unit_of_time_does_not_matter(name: str, cdnow: Cdnow) -> None:
    weeks = btyd.FITS[name](btyd.compress(cdnow.frequency, cdnow.recency, cdnow.T)[0])
    days = btyd.FITS[name](btyd.compress(cdnow.frequency, cdnow.recency * 7, cdnow.T * 7)[0])
    history = cdnow.frequency[:50], cdnow.recency[:50], cdnow.T[:50]
    in_days = history[0], history[1] * 7, history[2] * 7
    assert days.alpha == pytest.approx(7 * weeks.alpha, rel=1e-4)
    shift = cdnow.frequency.sum() * np.log(7)
    assert days.log_likelihood == pytest.approx(weeks.log_likelihood - shift, abs=1e-3)
    assert weeks.expected_purchases(39, *history) == pytest.approx(days.expected_purchases(273, *in_days), rel=1e-4)
    assert weeks.p_none(39, *history) == pytest.approx(days.p_none(273, *in_days), rel=1e-4)


@pytest.mark.parametrize(("name", "known"), [("pareto_nbd", 0.7545), ("mbg_nbd", 0.7648), ("bg_nbd", 0.7855)])
def test_39_weeks_foretell_the_next_39(name: str, known: float, cdnow: Cdnow) -> None:
    counts, index = btyd.compress(cdnow.frequency, cdnow.recency, cdnow.T)
    model = btyd.FITS[name](counts)
    expected = model.expected_purchases(39, counts.frequency, counts.recency, counts.T)[index]
    assert np.abs(expected - cdnow.future).mean() == pytest.approx(known, abs=5e-4)


@pytest.mark.parametrize("name", btyd.FITS)
def test_weights_stand_for_customers(name: str, cdnow: Cdnow) -> None:
    fit = btyd.FITS[name]
    one = fit(btyd.compress(cdnow.frequency, cdnow.recency, cdnow.T, np.full(2357, 3.0))[0])
    thrice = fit(btyd.compress(*(np.tile(v, 3) for v in (cdnow.frequency, cdnow.recency, cdnow.T)))[0])
    assert one.r == pytest.approx(thrice.r, rel=1e-6)
    assert one.log_likelihood == pytest.approx(thrice.log_likelihood, rel=1e-9)
