"""The peers: what they say is what their models say, calibrated by the past, and nothing of the future."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pytest
from makers import HORIZON, START, engine, rows_of, small_log
from small_logs import ALL

from setia import btyd
from setia.defection import Silence
from setia.evaluate.peers import RFM, Contender, Task, peers, rfm_features
from setia.evaluate.rules import LAST_MONTH, fallen
from setia.history import prepare
from setia.panel import make_panel

CUTOFF = START + 120
DAYS = tuple(CUTOFF - i * HORIZON for i in (2, 1, 0))
NAMES = (
    *("days since last", "spend rate", "BG/NBD + GG", "BG/NBD exp(-E)", "MBG/NBD + GG", "MBG/NBD exp(-E)"),
    *("Pareto/NBD + mean", "Pareto/NBD exp(-E)", "LightGBM on RFM"),
)


def task_of(columns: tuple[str, ...] = ALL, days: tuple[int, ...] = DAYS) -> Task:
    where = engine()
    log = small_log(where, [row for row in rows_of(250) if row["day"] <= CUTOFF], columns)
    basis = "revenue" if "amount" in columns else "purchases"
    prepared = prepare(log.lines, where)
    panel = make_panel(prepared, days, HORIZON, rfm_features(log.columns), Silence(), basis)
    where.close()
    return Task(panel, CUTOFF, HORIZON, basis)


usual_task = functools.cache(task_of)


@functools.cache
def usual() -> dict[str, Contender]:
    return {peer.name: peer for peer in peers(usual_task())}


def test_they_are_those_of_the_issue_and_each_speaks_of_every_customer() -> None:
    assert tuple(usual()) == NAMES
    rows = len(usual_task().now)
    for peer in usual().values():
        for name in ("p_defect", "p_calibrated", "expected_value", "value_lo", "value_hi"):
            said = getattr(peer, name)
            if said is not None:
                assert said.shape == (rows,)
                assert np.isfinite(said).all(), (peer.name, name)
                assert not name.startswith("p_") or (said.min() >= 0 and said.max() <= 1)
    assert {name for name, peer in usual().items() if peer.p_defect is None} == {"spend rate"}
    assert {name for name, peer in usual().items() if peer.p_calibrated is None} == {"spend rate"}
    assert {name for name, peer in usual().items() if peer.value_lo is not None} == {NAMES[2], NAMES[4], NAMES[6]}


def test_a_purchase_model_says_what_it_says_elsewhere() -> None:
    now = usual_task().now
    triple = [now.column(name) for name in ("frequency", "recency_days", "T_days")]
    counts, _ = btyd.compress(*triple)
    for name, kind in (("BG/NBD + GG", "bg_nbd"), ("MBG/NBD + GG", "mbg_nbd"), ("Pareto/NBD + mean", "pareto_nbd")):
        model = btyd.FITS[kind](counts)
        expected = model.expected_purchases(HORIZON, *triple)
        assert usual()[name].p_defect == pytest.approx(model.p_none(HORIZON, *triple))
        assert usual()[f"{name.split()[0]} exp(-E)"].p_defect == pytest.approx(np.exp(-expected))
        value = usual()[name].expected_value
        assert value is not None
        if kind == "pareto_nbd":
            assert value == pytest.approx(expected * now.column("value_mean"))
        else:
            mean = np.nan_to_num(now.column("monetary_value"))
            amounts = btyd.gamma_gamma.fit(triple[0], mean)
            assert value == pytest.approx(expected * amounts.expected_amount(triple[0], mean))


def test_the_simple_peers_say_what_a_spreadsheet_says() -> None:
    now = usual_task().now
    p, value = usual()["days since last"].p_defect, usual()["spend rate"].expected_value
    assert p is not None
    assert np.array_equal(np.argsort(p, kind="stable"), np.argsort(now.column("days_since_last"), kind="stable"))
    assert value == pytest.approx(now.past_value / (now.column("T_days") + 1) * HORIZON)


def test_the_trend_of_visits_is_a_peer_where_defection_is_more_than_silence() -> None:
    panel = usual_task().panel
    labels = np.where(np.isnan(panel.defected), np.nan, panel.purchases <= 1)
    found = {peer.name: peer for peer in peers(replace(usual_task(), panel=replace(panel, defected=labels)))}
    assert set(found) - set(usual()) == {LAST_MONTH}
    now = usual_task().now
    assert now.recent_purchases.any()
    assert now.former_purchases.any()
    assert found[LAST_MONTH].p_defect == pytest.approx(fallen(now))
    assert found[LAST_MONTH].p_calibrated is not None


def test_calibration_learns_from_the_earlier_cutoff_only() -> None:
    """With the earlier outcomes turned round, the curve falls instead of rising; the raw answer stays."""
    panel = usual_task().panel
    earlier = panel.cutoff == CUTOFF - HORIZON
    turned = replace(panel, defected=np.where(earlier, 1 - panel.defected, panel.defected))
    mad = {peer.name: peer for peer in peers(replace(usual_task(), panel=turned))}
    for name in ("days since last", "MBG/NBD + GG"):
        raw, calibrated, other = usual()[name].p_defect, usual()[name].p_calibrated, mad[name].p_calibrated
        assert raw is not None
        assert calibrated is not None
        assert other is not None
        assert mad[name].p_defect == pytest.approx(raw)
        order = np.argsort(raw)
        assert np.all(np.diff(calibrated[order]) >= 0)
        assert np.all(np.diff(other[order]) <= 0)
        assert other == pytest.approx(1 - calibrated, abs=1e-3)


def test_what_comes_after_the_cutoff_is_never_read() -> None:
    panel = usual_task().panel
    now = panel.cutoff == CUTOFF
    blank = {name: np.where(now, np.nan, getattr(panel, name)) for name in ("defected", "value", "purchases")}
    for one, other in zip(usual().values(), peers(replace(usual_task(), panel=replace(panel, **blank))), strict=True):
        for name in ("p_defect", "p_calibrated", "expected_value", "value_lo"):
            assert (getattr(one, name) is None) == (getattr(other, name) is None)
            assert getattr(one, name) is None or np.array_equal(getattr(one, name), getattr(other, name))


def test_lightgbm_gets_its_fifteen_columns_and_its_defaults() -> None:
    from lightgbm import LGBMClassifier

    task = usual_task()
    assert len(RFM) == 15
    assert set(task.panel.names) == set(RFM)
    seen = task.before.now
    fitted = LGBMClassifier(verbosity=-1).fit(seen.X, seen.defected)
    assert usual()["LightGBM on RFM"].p_defect == pytest.approx(fitted.predict_proba(task.now.X)[:, 1])


def test_without_a_cutoff_two_horizons_earlier_only_lightgbm_stays_uncalibrated() -> None:
    found = {peer.name: peer for peer in peers(replace(usual_task(), panel=usual_task().panel.at(DAYS[1:])))}
    assert tuple(found) == NAMES
    assert {name for name, peer in found.items() if peer.p_calibrated is None} == {"spend rate", "LightGBM on RFM"}


def test_without_any_earlier_cutoff_nobody_is_calibrated_and_lightgbm_is_silent() -> None:
    found = peers(replace(usual_task(), panel=usual_task().now))
    assert tuple(peer.name for peer in found) == NAMES[:-1]
    assert all(peer.p_calibrated is None for peer in found)


def test_a_log_without_amounts_is_counted_in_purchases() -> None:
    found = {peer.name: peer for peer in peers(task_of(("customer_id", "day")))}
    assert tuple(found) == NAMES
    one, other = found["MBG/NBD + GG"].expected_value, found["MBG/NBD exp(-E)"].p_defect
    assert one is not None
    assert other == pytest.approx(np.exp(-one))


def test_where_nobody_bought_twice_there_is_no_spend_model_but_the_rest_speaks() -> None:
    panel = usual_task().panel
    once = panel.rows(panel.column("frequency") == 0)
    found = {peer.name: peer for peer in peers(replace(usual_task(), panel=once))}
    assert found["BG/NBD + GG"].expected_value is None
    assert found["BG/NBD + GG"].p_defect is not None
    assert found["spend rate"].expected_value is not None
