"""value=profit from log to scores: customers who cost more than they bring are told from those who do not."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pytest
from makers import QUICK

from setia.act import SegmentSettings, segments
from setia.backtest import BacktestSettings, backtest
from setia.bundle import Bundle
from setia.config import compose
from setia.engine import Engine, EngineSettings, connect
from setia.errors import InputError
from setia.ledger import UNITS, Costs, book
from setia.scoring import ScoreSettings, score
from setia.simulate import World, simulate
from setia.source import Log, SourceSettings, read
from setia.training import Training, train

WORLD = World(customers=1500, days=400, acquisition_days=250, purchases_per_year=14, refund_share=0.05)
#: Every third customer buys what is sold far below cost.
DEAR = 2.4


@functools.cache
def here() -> Engine:
    return connect(EngineSettings(threads=1))


def lines() -> pl.DataFrame:
    found = pl.DataFrame(pl.from_arrow(simulate(WORLD).lines))
    third = pl.col("customer_id").str.slice(1).cast(pl.Int64) % 3 == 0
    return found.with_columns(
        timestamp=pl.col("day").cast(pl.Date), unit_cost=pl.when(third).then(DEAR).otherwise(1.0) * pl.col("unit_cost")
    ).drop("day")


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Log:
    path = tmp_path_factory.mktemp("profit") / "log.parquet"
    lines().write_parquet(path)
    return read(SourceSettings(kind="files", path=str(path), currency="EUR"), here())


@pytest.fixture(scope="module")
def trained(log: Log) -> Training:
    config = compose([*QUICK, "value=profit", "value.costs.per_order=1", "horizon_days=60"])
    return train(config.train, log, here())


def scores_of(bundle: Bundle, log: Log, folder: Path) -> pd.DataFrame:
    path = folder / "scores.parquet"
    settings = ScoreSettings(output=str(path), max_age_days=None, history=None)
    score(bundle, log, here(), settings, model_version="1", live=False)
    return pd.read_parquet(path).set_index("customer_id")


def test_profit_is_forecast_far_better_than_a_share_of_revenue_would(trained: Training) -> None:
    ev = trained.evaluation
    ours = ev.figure("rmse", "setia")
    gini, rule = ev.figure("gini", "setia"), ev.figure("gini", "spend rate")
    assert ours is not None
    assert gini is not None
    assert rule is not None
    holdout = trained.holdout
    assert holdout.profit is not None
    assert np.array_equal(ev.value, holdout.profit)
    share = holdout.profit.sum() / holdout.value.sum()
    even_perfect_revenue = float(np.sqrt(np.mean((holdout.profit - share * holdout.value) ** 2)))
    assert ours.value < even_perfect_revenue
    assert gini.value > rule.value
    margin = trained.bundle.margin
    assert margin is not None
    assert margin.long_worth < 10 * holdout.value[holdout.value > 0].mean()  # customers differ: their own past counts


def test_scores_part_those_who_bring_from_those_who_cost(trained: Training, log: Log, tmp_path: Path) -> None:
    trained.bundle.save(tmp_path / "bundle")
    bundle = Bundle.load(tmp_path / "bundle")
    found = scores_of(bundle, log, tmp_path)
    assert set(found["value_basis"]) == {"profit"}
    third = found.index.str[1:].astype(int) % 3 == 0
    known = found["frequency"] >= 5
    assert (found.loc[third & known, "clv"] < 0).mean() > 0.9
    assert (found.loc[~third & known, "clv"] > 0).mean() > 0.9
    assert (found["expected_value_lo"] <= found["expected_value_hi"]).all()
    assert (found["clv_lo"] <= found["clv_hi"]).all()
    parting = found["segment"].isin(["reprice", "let_go"])
    active = found["status"] == "active"
    assert parting[third & known & active].mean() > 0.9
    assert set(found.loc[~third & active & known, "segment"]) <= {"save", "keep", "grow", "let_go"}
    assert (found.loc[third & known, "value_at_risk"].dropna() <= 0).all()


def test_revenue_is_what_the_models_learn_from(trained: Training, log: Log) -> None:
    config = compose([*QUICK, "horizon_days=60"])
    revenue = train(config.train, log, here())
    assert revenue.bundle.margin is None
    assert revenue.holdout.profit is None
    assert np.array_equal(revenue.holdout.value, trained.holdout.value)
    assert not any(name.startswith("profit") for name in revenue.bundle.feature_names)
    assert {"profit_total", "profit_180d"} <= set(trained.bundle.feature_names)


def test_a_log_without_what_the_costs_are_made_of_is_refused(trained: Training, tmp_path: Path) -> None:
    path = tmp_path / "log.parquet"
    lines().drop("unit_cost").write_parquet(path)
    bare = read(SourceSettings(kind="files", path=str(path), currency="EUR"), here())
    with pytest.raises(InputError, match="cost"):
        scores_of(trained.bundle, bare, tmp_path)


def test_backtest_gives_peers_the_share_of_profit(log: Log) -> None:
    config = compose([*QUICK, "value=profit", "value.costs.per_order=1", "horizon_days=60"])
    found = backtest(BacktestSettings(count=1), config.train, log, here())
    (result,) = found.results
    ours, *peers = result.methods
    assert found.basis == "profit"
    assert (np.asarray(ours.expected_value) < 0).any()
    totals = [float(np.sum(peer.expected_value)) for peer in peers if peer.expected_value is not None]
    came = float(result.truth.value.sum())
    assert all(abs(total) < 3 * abs(came) + 1 for total in totals)
    gini = {score.method: score.value for score in result.comparison.scores if score.metric == "gini"}
    assert gini["setia"] == max(gini.values())


def test_segments_tell_the_profit_of_the_ledger(trained: Training, log: Log) -> None:
    found = segments(SegmentSettings(), trained.bundle, log, here(), ScoreSettings(), model_version="m/1", live=False)
    profit = {one.name: one.profit for one in found.sums}
    assert all(value is not None for value in profit.values())
    whole = book(log, here(), Costs(per_order=1.0))
    recent = whole.months.to_pandas().query("month > month.max() - 12")
    assert sum(value or 0.0 for value in profit.values()) == pytest.approx(recent["profit"].sum() / UNITS)
    assert (profit["reprice"] or 0.0) < 0 < (profit["keep"] or 0.0)
