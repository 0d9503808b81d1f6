"""What several tests share: a small log that is a `Log`, settings that train in a second, a finished training."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import csv
from small_logs import ALL, Row, duckdb_frame, random_log, table

from setia.bundle import Bundle
from setia.engine import Engine, EngineSettings, connect
from setia.features import FeatureSettings
from setia.learn.members import ClassifierSettings, RegressorSettings
from setia.learn.rehearsal import Rehearsal, rehearse
from setia.panel import Panel
from setia.source import Log
from setia.source.quarantine import Quarantine
from setia.timeline import Timeline, TimelineSettings, date_of
from setia.training import Training, TrainSettings, train

START, SPAN, HORIZON = 17_000, 200, 30
#: LightGBM's parameters: enough to learn from a few hundred customers, on one thread, always alike.
FOREST = {
    "n_estimators": 20,
    "num_leaves": 7,
    "min_child_samples": 10,
    "learning_rate": 0.1,
    "n_jobs": 1,
    "deterministic": True,
    "force_col_wise": True,
    "verbosity": -1,
}
#: The same, for the command line.
QUICK = (
    *(
        f"{'+' if name == 'n_jobs' else ''}{part}.{name}={FOREST[name]}"
        for part in ("classifier.estimator", "regressor.estimator")
        for name in ("n_estimators", "num_leaves", "min_child_samples", "learning_rate", "n_jobs")
    ),
    "cutoffs.count=2",
    "features.families=[rfm,rhythm]",
    "engine.threads=1",
)


def engine() -> Engine:
    """An engine of one thread."""
    return connect(EngineSettings(threads=1))


def rows_of(customers: int = 150, seed: int = 3) -> list[Row]:
    """Rows over SPAN days, with one on the first and one on the last, so that the length is known."""
    rows = [row for row in random_log(seed, customers, SPAN, START) if row["day"] < START + SPAN]
    for day in (START, START + SPAN - 1):
        rows.append({**rows[0], "customer_id": "edge", "day": day, "amount": 10.0, "refund_of_day": None})
    return rows


def small_log(engine: Engine, rows: Iterable[Row], columns: tuple[str, ...] = ALL) -> Log:
    """Return rows as a clean log, as `setia.source.read` would."""
    rows = list(rows)
    return Log(
        lines=duckdb_frame(engine, rows, columns),
        columns=tuple(name for name in columns if name not in ("customer_id", "day", "refund_of_day")),
        first_day=min(row["day"] for row in rows),
        last_day=max(row["day"] for row in rows),
        n_lines=len(rows),
        n_customers=len({row["customer_id"] for row in rows}),
        name="small",
        currency="EUR",
        timezone="UTC",
        fingerprint="0" * 16,
        quarantine=Quarantine(),
    )


def quick(**changes: Any) -> TrainSettings:
    """Return settings that train in about a second; `changes` replace some."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    usual: dict[str, Any] = {
        "classifier": ClassifierSettings(partial(LGBMClassifier, **FOREST)),
        "regressor": RegressorSettings(partial(LGBMRegressor, objective="tweedie", **FOREST)),
        "features": FeatureSettings(("rfm", "rhythm")),
        "cutoffs": TimelineSettings(count=2),
        "horizon_days": HORIZON,
    }
    return TrainSettings(**(usual | changes))


def trained_on(rows: Iterable[Row], columns: tuple[str, ...] = ALL, **changes: Any) -> Training:
    """Train quickly on rows."""
    where = engine()
    try:
        return train(quick(**changes), small_log(where, rows, columns), where)
    finally:
        where.close()


@functools.cache
def usual_training() -> Training:
    """The training that tests look at when any will do; one per process."""
    return trained_on(rows_of())


@functools.cache
def logistic_bundle() -> Bundle:
    """A bundle whose classifier is scikit-learn's."""
    from setia.learn.linear import logistic

    return trained_on(rows_of(), classifier=ClassifierSettings(logistic)).bundle


def write_csv(path: Path, rows: Iterable[Row], columns: tuple[str, ...] = ("amount",)) -> Path:
    """Write rows as a shop would export them: a date and names of its own."""
    rows = list(rows)
    data = table(rows, ("customer_id", *columns))
    dates = pa.array([date_of(row["day"]).isoformat() for row in rows])
    csv.write_csv(data.add_column(1, "timestamp", dates), path)
    return path


def made_up_panel(customers: int = 200, cutoffs: tuple[int, ...] = (100, 130, 160, 190), seed: int = 0) -> Panel:
    """Return a panel of random features that tell something of what comes; the triple is that of a buyer."""
    random = np.random.default_rng(seed)
    rows = customers * len(cutoffs)
    T = random.integers(1, 90, rows).astype(np.float32)
    frequency = random.poisson(3, rows) * (T > 5)
    recency = np.where(frequency > 0, np.ceil(T * random.random(rows)), 0)
    value_mean, noise = random.gamma(4, 10, rows), random.normal(size=rows)
    left = (random.random(rows) < 1 / (1 + np.exp(-((T - recency) / 20 - 1 + noise)))).astype(float)
    purchases = np.where(left == 1, 0, 1 + random.poisson(2, rows)).astype(float)
    value = purchases * value_mean - random.integers(0, 2, rows) * 3.0
    return Panel(
        customer_id=np.tile(np.array([f"c{number:04d}" for number in range(customers)], dtype=object), len(cutoffs)),
        cutoff=np.repeat(np.array(cutoffs, dtype=np.int64), customers),
        names=("frequency", "recency_days", "T_days", "days_since_last", "value_mean", "noise"),
        X=np.column_stack([frequency, recency, T, T - recency, value_mean, noise]).astype(np.float32),
        defected=left,
        value=value,
        purchases=purchases,
        past_value=(frequency + 1) * value_mean,
        last_value=value_mean,
        last_purchases=random.integers(0, 2, rows).astype(float),
        recent_purchases=random.poisson(1, rows).astype(float),
        former_purchases=random.poisson(3, rows).astype(float),
    )


#: The ladder of timelines over the cutoffs of `made_up_panel`: three horizons of log, two, and one.
THREE = Timeline(50, 220, 30, (100, 130), 160, 190, (130, 160, 190))
TWO = Timeline(50, 220, 30, (130, 160), 160, 190, (130, 160, 190), folded=True)
ONE = Timeline(50, 220, 30, (160, 190), 190, 190, (160, 190), folded=True, out_of_time=False)


def rehearsed(panel: Panel, timeline: Timeline, seed: int = 5, **changes: Any) -> Rehearsal:
    """Rehearse on a panel that has the columns of the dropout model."""
    chosen = quick(**changes)
    return rehearse(chosen.classifier, chosen.regressor, panel, timeline, chosen.panel.max_fit_rows, seed)
