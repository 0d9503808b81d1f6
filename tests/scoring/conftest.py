"""A small world of buyers, read through the door, with a model trained on it: once for all scoring tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from setia.bundle import Bundle
from setia.engine import Engine, EngineSettings, connect
from setia.features import FeatureSettings
from setia.features.feature import catalogue
from setia.learn.members import ClassifierSettings, RegressorSettings
from setia.scoring import ScoreSettings, ScoreSummary, score
from setia.source import Log, SourceSettings, read
from setia.timeline import TimelineSettings
from setia.training import TrainSettings, train

LAST = dt.date(2024, 6, 30)
SCORED_AT = dt.datetime(2024, 7, 1, 3, 0, 0, 123456, tzinfo=dt.UTC)
CUSTOMERS, DAYS, HORIZON = 150, 240, 30


def world(seed: int = 1) -> pa.Table:
    """Lines of customers who come at their own rate until they leave for ever; some give goods back."""
    random = np.random.default_rng(seed)
    ids, days, amounts = [], [], []
    for number in range(CUSTOMERS):
        start, gap = random.integers(0, DAYS - 10), random.gamma(2.0, 8.0) + 1
        end, level, day = start + random.exponential(150), random.lognormal(3.0, 0.6), float(start)
        while day < min(end, DAYS):
            ids.append(f"=c{number}" if number % 40 == 0 else f"c{number}")
            days.append(int(day))
            amounts.append(round(level * random.lognormal(0.0, 0.4), 2) * (-1 if random.random() < 0.05 else 1))
            day += max(1.0, random.gamma(2.0, gap / 2))
    ids, days, amounts = [*ids, "c1"], [*days, DAYS - 1], [*amounts, 9.5]
    first = LAST - dt.timedelta(days=DAYS - 1)
    stamps = [first + dt.timedelta(days=day) for day in days]
    return pa.table({"customer_id": ids, "timestamp": pa.array(stamps, pa.date32()), "amount": amounts})


@pytest.fixture(scope="session")
def world_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("world") / "log.parquet"
    parquet.write_table(world(), path)
    return path


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    opened = connect(EngineSettings(threads=1, temp_directory=str(tmp_path / "spill")))
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def bundle(world_path: Path) -> Bundle:
    """Small models of some families: scoring has to fetch itself what it reads of the others."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    small = {"n_estimators": 15, "num_leaves": 7, "min_child_samples": 10, "verbosity": -1, "n_jobs": 1}
    settings = TrainSettings(
        classifier=ClassifierSettings(partial(LGBMClassifier, **small)),
        regressor=RegressorSettings(partial(LGBMRegressor, objective="tweedie", **small)),
        features=FeatureSettings(("rfm", "spend")),
        cutoffs=TimelineSettings(count=1),
        horizon_days=HORIZON,
        leak_allow=tuple(catalogue()),
    )
    engine = connect(EngineSettings(threads=1))
    try:
        return train(settings, read(SourceSettings(path=str(world_path), currency="EUR"), engine), engine).bundle
    finally:
        engine.close()


@pytest.fixture
def log(world_path: Path, engine: Engine) -> Log:
    return read(SourceSettings(path=str(world_path), currency="EUR"), engine)


Run = Callable[..., ScoreSummary]


@pytest.fixture
def run(bundle: Bundle, log: Log, engine: Engine, tmp_path: Path) -> Run:
    """Score the small world into the test's own folder; arguments replace what is usual."""

    def scored(
        output: str = "scores.parquet", *, log: Log = log, bundle: Bundle = bundle, **more: object
    ) -> ScoreSummary:
        arguments = {"model_version": "world/1", "scored_at": SCORED_AT, "name": "world"}
        arguments |= {key: more.pop(key) for key in ("live", "progress", "more", *arguments) if key in more}
        settings = ScoreSettings(**{"output": str(tmp_path / output), "history": str(tmp_path / "kept"), **more})
        return score(bundle, log, engine, settings, **arguments)

    return scored
