"""A real training on a small made-up log, in seconds: for tests of what comes after training."""

from __future__ import annotations

import functools
import random
import tempfile
from pathlib import Path

from lightgbm import LGBMClassifier, LGBMRegressor

from setia.engine import connect
from setia.learn.members import ClassifierSettings, RegressorSettings
from setia.source import SourceSettings, read
from setia.timeline import TimelineSettings, date_of
from setia.training import Training, TrainSettings, train

START, DAYS, HORIZON = 17_000, 240, 30


def write_log(path: Path, customers: int = 240, seed: int = 5) -> None:
    """Write buyers with gaps of their own who stop one day, each purchase with one or two lines."""
    chance = random.Random(seed)
    lines = ["customer_id,timestamp,amount"]
    for number in range(customers):
        gap, worth = chance.choice([4, 8, 16, 32]), chance.choice([5.0, 20.0, 60.0])
        day, last = chance.randrange(DAYS), chance.expovariate(1 / 150)
        first = day
        while day < DAYS and day - first <= last:
            for _ in range(chance.randrange(1, 3)):
                amount = worth * chance.uniform(0.5, 1.5) * (-0.3 if chance.random() < 0.03 else 1)
                lines.append(f"secret-{number:04d},{date_of(START + day)},{amount:.2f}")
            day += 1 + int(chance.expovariate(1 / gap))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


@functools.cache
def small_training(
    as_of: int | None = None, trees: int = 40, families: tuple[str, ...] = ("rfm", "rhythm"), seed: int = 7
) -> Training:
    """Train on the small log up to `as_of` (days since 1970-01-01). The fewer trees, the worse the model."""
    from setia.features import FeatureSettings

    size = {"n_estimators": trees, "num_leaves": 7, "min_child_samples": 10, "verbosity": -1}
    settings = TrainSettings(
        classifier=ClassifierSettings(functools.partial(LGBMClassifier, **size)),
        regressor=RegressorSettings(functools.partial(LGBMRegressor, objective="tweedie", **size)),
        features=FeatureSettings(families),
        cutoffs=TimelineSettings(count=3),
        horizon_days=HORIZON,
        seed=seed,
    )
    engine = connect()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "small log.csv"
        write_log(path)
        log = read(SourceSettings(kind="files", path=str(path), currency="EUR"), engine, as_of=as_of)
        return train(settings, log, engine)
