"""The season of a base, on bases that grow, age and swing in known ways."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_logs import frame, random_log

from setia.engine import connect
from setia.history import prepare
from setia.history.runs import Floats
from setia.history.waves import LEAST_DAYS, busy, fit_waves

YEAR = 365.25


def swing(day: Floats, amplitude: float) -> Floats:
    """Return how busy days are, counted from the log's first; the peak is on day 100."""
    return np.asarray(1.0 + amplitude * np.cos(2 * np.pi * (day - 100) / YEAR))


def base(kind: str, days: int, amplitude: float, seed: int = 0) -> tuple[Floats, Floats]:
    """Return purchases and first purchases of each day of a base that grows, ages, or was always there."""
    random = np.random.default_rng(seed)
    day = np.arange(days, dtype=float)
    new = {"growing": np.full(days, 6.0), "ageing": np.full(days, 6.0), "old": np.where(day < 60, 40.0, 0.0)}[kind]
    joined = random.poisson(new).astype(float)
    gone = 0.0 if kind == "growing" else 1.0 / 400
    again = np.convolve(joined, np.exp(-gone * day))[:days] - joined
    return joined + random.poisson(0.05 * again * swing(day, amplitude)), joined


def ahead(daily: Floats, joined: Floats, horizon: int = 60, look_back: int = 180) -> float:
    waves = fit_waves(daily, joined)
    return busy(waves, 1, horizon) / busy(waves, 1 - look_back, 0)


def true_ahead(days: int, amplitude: float, horizon: int = 60, look_back: int = 180) -> float:
    after, before = np.arange(days, days + horizon, dtype=float), np.arange(days - look_back, days, dtype=float)
    return float(swing(after, amplitude).mean() / swing(before, amplitude).mean())


@pytest.mark.parametrize("kind", ["growing", "ageing", "old"])
@pytest.mark.parametrize("days", [500, 560, 650, 730, 1100])
@pytest.mark.parametrize("amplitude", [0.0, 0.3])
def test_growth_and_ageing_are_no_season_and_a_season_is_found(kind: str, days: int, amplitude: float) -> None:
    assert ahead(*base(kind, days, amplitude)) == pytest.approx(true_ahead(days, amplitude), rel=0.12)


def test_a_log_of_less_than_a_year_and_a_quarter_tells_none() -> None:
    daily, joined = base("growing", LEAST_DAYS, 0.3)
    assert len(fit_waves(daily, joined)) == 4
    assert fit_waves(daily[:-1], joined[:-1]) == ()
    assert busy((), 1, 60) == 1.0


def test_where_nobody_comes_again_there_is_none() -> None:
    joined = np.ones(600)
    assert fit_waves(joined, joined) == ()
    assert fit_waves(np.zeros(600), np.zeros(600)) == ()


def test_a_year_is_as_busy_as_the_next() -> None:
    waves = fit_waves(*base("ageing", 900, 0.3))
    assert busy(waves, 1, 1461) == pytest.approx(busy(waves, 1462, 2922), rel=1e-9)


def test_the_season_of_a_base_counts_its_own_days_and_is_bounded() -> None:
    made = prepare(frame(connect(), "polars", random_log(1))).bases([17_050])[17_050]
    assert made.waves == ()
    assert made.season(60, 180) == 1.0
    waves = (0.0, 0.0, 0.4, 0.0)  # more in the half year after the cutoff
    found = replace(made, waves=waves, history_days=90)
    assert found.season(60, 180) == pytest.approx(busy(waves, 1, 60) / busy(waves, -89, 0))
    assert replace(found, waves=(0.0, 0.0, 3.0, 0.0)).season(60, 180) == 2.0
    assert replace(found, waves=(0.0, 0.0, -3.0, 0.0)).season(60, 180) == 0.5
