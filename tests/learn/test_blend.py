"""The blend: coherent forecasts, intervals only where there was something to learn them from, the same after JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from makers import HORIZON, made_up_panel, quick

from setia.learn.blend import Blend, Blended, fit_blend
from setia.learn.combine import CombineSettings
from setia.learn.dropout import DropoutSettings, with_dropout
from setia.learn.interval import IntervalSettings
from setia.learn.members import Raw, fit_members
from setia.panel import Panel


@lru_cache(maxsize=1)
def material() -> tuple[Panel, Raw]:
    """Later rows than the members grew on, with what the members say of them."""
    panel = with_dropout(DropoutSettings("mbg_nbd"), made_up_panel(300), HORIZON, "revenue")[0]
    last = int(panel.cutoff.max())
    later = panel.at(last)
    members = fit_members(quick().classifier, quick().regressor, panel.rows(panel.cutoff < last), None, 1)
    return later, members.predict(later.X)


def fitted(rows: Any = slice(None), *, counted: bool = False, panel: Panel | None = None) -> Blend:
    later, raw = material()
    places = np.arange(len(later))[rows]
    seen = (panel or later).rows(places)
    settings = CombineSettings(), IntervalSettings()
    return fit_blend(
        *settings, raw.rows(places), seen, HORIZON, customers=300, counted=counted, covers_silence=True, seed=1
    )


def said(blend: Blend) -> Blended:
    later, raw = material()
    return blend.forecast(raw, later.X, later.names)


@pytest.mark.parametrize("counted", [False, True])
@pytest.mark.parametrize("rows", [slice(None), slice(0, 7), slice(0)])
def test_what_it_says_is_coherent(counted: bool, rows: slice) -> None:
    found = said(fitted(rows, counted=counted))
    whole = (1 - found.p_none) * found.value_if_purchase + found.p_none * found.value_if_none
    assert whole == pytest.approx(found.expected_value)
    assert (found.value_if_none <= 0).all()
    assert (found.value_if_purchase >= found.expected_value - 1e-9).all()
    assert (found.expected_purchases >= 1 - found.p_none).all()
    assert counted or (found.expected_purchases <= HORIZON).all()


def test_refunds_of_those_who_do_not_buy_are_what_is_expected_of_them() -> None:
    later, _ = material()
    refunding = replace(later, value=np.where(later.purchases == 0, -2.0, later.value))
    blend = fitted(panel=refunding)
    none = later.purchases == 0
    assert none.any()
    assert said(blend).value_if_none[none].mean() == pytest.approx(-2.0, rel=0.05)
    assert (said(fitted()).value_if_none == 0).all() == (later.value[none].sum() >= 0)


def test_bounds_are_ordered_and_hold_what_came_about_as_often_as_promised() -> None:
    later, _ = material()
    found = said(fitted())
    assert (found.expected_value_lo <= found.expected_value_hi).all()
    held = (later.value >= found.expected_value_lo) & (later.value <= found.expected_value_hi)
    assert 0.75 < held.mean() < 0.97


def test_without_evidence_there_are_no_bounds() -> None:
    found = fitted(slice(0))
    assert np.isnan(said(found).expected_value_lo).all()
    assert found.predictive is None


def test_the_transform_of_what_came_is_about_uniform() -> None:
    later, _ = material()
    blend = fitted()
    found = said(blend)
    assert blend.predictive is not None
    pit = blend.predictive.pit(later.value, found.p_none, found.expected_value, later.X, later.names, 1)
    assert np.abs(np.quantile(pit, [0.25, 0.5, 0.75]) - [0.25, 0.5, 0.75]).max() < 0.08


@pytest.mark.parametrize("rows", [slice(None), slice(0)])
def test_it_is_the_same_after_json(rows: slice) -> None:
    blend = fitted(rows)
    back = Blend.from_dict(json.loads(json.dumps(blend.as_dict())))
    assert back == blend
    for name, array in vars(said(back)).items():
        assert np.array_equal(array, getattr(said(blend), name), equal_nan=True), name


def other(*, covers_silence: bool = True) -> tuple[Panel, Raw, Blend]:
    """A definition by which whoever comes once at most has defected; three in ten customers are not covered."""
    later, raw = material()
    gone = (later.purchases <= 1).astype(float)
    seen = replace(later, defected=np.where(np.arange(len(later)) % 10 < 3, np.nan, gone))
    random = np.random.default_rng(3)
    said_of = Raw(raw.none, raw.value, np.clip(0.15 + 0.5 * gone + random.normal(0, 0.2, len(later)), 0.01, 0.99))
    settings = CombineSettings(), IntervalSettings()
    blend = fit_blend(
        *settings, said_of, seen, HORIZON, customers=300, counted=False, covers_silence=covers_silence, seed=1
    )
    return seen, said_of, blend


def test_under_another_definition_money_is_that_of_silence_and_coherent() -> None:
    later, _ = material()
    _, raw, blend = other()
    found, usual = blend.forecast(raw, later.X, later.names), said(fitted())
    assert not np.allclose(found.p_defect, found.p_none)
    for name in ("p_none", "expected_value", "expected_purchases", "value_if_purchase"):
        assert getattr(found, name) == pytest.approx(getattr(usual, name)), name
    whole = (1 - found.p_none) * found.value_if_purchase + found.p_none * found.value_if_none
    assert whole == pytest.approx(found.expected_value)


def test_who_covers_silence_is_no_surer_of_a_customer_than_silence_is() -> None:
    later, raw, blend = other()
    sure = replace(raw, defect=np.full(len(later), 0.01))
    found = blend.forecast(sure, later.X, later.names)
    assert (found.p_defect >= found.p_none).all()
    free = other(covers_silence=False)[2].forecast(sure, later.X, later.names)
    assert (free.p_defect < free.p_none).any()


def test_the_lost_share_is_what_defectors_lack_beside_those_who_stay() -> None:
    seen, _, blend = other()
    pace = seen.past_value / (seen.column("T_days") + 1)
    left, stayed = seen.defected == 1, seen.defected == 0
    brought = [seen.value[who].sum() / pace[who].sum() for who in (left, stayed)]
    assert blend.lost_share == pytest.approx(1 - brought[0] / brought[1])
    assert 0 < blend.lost_share < 1  # they still buy
    assert Blend.from_dict(json.loads(json.dumps(blend.as_dict()))) == blend
    assert fitted(slice(0)).lost_share == 1
