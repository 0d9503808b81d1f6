"""The season told apart from the ageing of the base, and the fit on its clock, on worlds of which all is known."""

from __future__ import annotations

import json
from functools import lru_cache

import numpy as np
import pytest

from setia.engine import connect
from setia.history import prepare
from setia.learn.dropout import DropoutSettings
from setia.learn.outlook import Outlook, fit_outlook
from setia.learn.season import Season, fit_season
from setia.simulate import World
from setia.source import SourceSettings, read

DAYS = 730


@lru_cache
def fitted(
    yearly: float = 0.5, days: int = DAYS, basis: str = "revenue", refunds: float = 0.03
) -> tuple[World, Outlook]:
    world = World(customers=1500, days=DAYS, yearly_amplitude=yearly, refund_share=refunds, halving_share=0.0)
    engine = connect()
    log = read(SourceSettings(kind="simulated", world=world, currency="EUR"), engine)
    cutoff = world.first_day + days - 1
    found = fit_outlook(DropoutSettings(), prepare(log.lines, engine), cutoff, basis, engine)
    engine.close()
    return world, found


def test_the_season_of_the_world_is_found() -> None:
    world, outlook = fitted()
    gained = np.diff(outlook.season.clock(world.first_day, world.first_day + 4 * 365))
    day = world.first_day + np.arange(len(gained))
    true = 1 + 0.5 * np.cos(2 * np.pi * (day + 1 - world.yearly_peak_day) / 365.25)
    assert np.corrcoef(gained, true)[0, 1] > 0.97
    assert np.abs(gained - true).mean() < 0.12
    assert gained.mean() == pytest.approx(1.0, abs=0.01)


def test_a_world_without_a_season_is_given_hardly_any() -> None:
    _, outlook = fitted(0.0)
    assert np.abs([*outlook.season.cosines, *outlook.season.sines]).max() < 0.1


def test_on_the_seasons_clock_the_parameters_of_the_world_come_back() -> None:
    world, outlook = fitted()
    model = outlook.purchases
    assert model.r / model.alpha * 365.25 == pytest.approx(world.purchases_per_year, rel=0.15)
    assert model.s / model.beta * 365.25 == pytest.approx(world.dropout_per_year, rel=0.25)


def test_a_log_too_short_for_a_season_has_none() -> None:
    _, outlook = fitted(days=690)
    assert outlook.season == Season()


def test_refunds_are_taken_off() -> None:
    assert 0.97 < fitted()[1].net_share < 0.995
    assert fitted(refunds=0.0)[1].net_share == pytest.approx(1.0)
    assert fitted(basis="purchases")[1].amounts is None


def test_it_is_the_same_after_a_journey_through_json() -> None:
    for basis in ("revenue", "purchases"):
        _, outlook = fitted(basis=basis)
        assert Outlook.from_dict(json.loads(json.dumps(outlook.as_dict()))) == outlook


def test_what_comes_later_changes_nothing() -> None:
    """The same cutoff, once with the rest of the log behind it and once without."""
    world, outlook = fitted(days=710)
    engine = connect()
    cut = world.first_day + 709
    log = read(SourceSettings(kind="simulated", world=world, currency="EUR"), engine, as_of=cut)
    again = fit_outlook(DropoutSettings(), prepare(log.lines, engine), cut, "revenue", engine)
    engine.close()
    assert again.purchases == outlook.purchases
    assert again.season == outlook.season
    assert again.net_share == pytest.approx(outlook.net_share, abs=1e-9)


def test_a_base_that_never_returned_has_no_season() -> None:
    none = np.zeros(0)
    assert fit_season(none, none, none, np.ones(110), 19_000) == Season()


def test_the_clock_of_no_season_counts_days() -> None:
    assert Season().clock(100, 103).tolist() == [0, 1, 2, 3, 4]
