"""Training beside bare LightGBM, and what `make train` spends on everything else.

    python benchmarks/train.py [--rows 60000] [--repeats 3] [--dask]

Ours is all that lies between the finished panel and the finished members: rehearsal, early stopping, forecasts,
levels, final fit. Bare are six calls of `lightgbm.train` with the same parameters on the same matrices: the three
forests of the rehearsal with the same early stopping, those of the final fit with the rounds that were found, each
with a Dataset of its own, and no forecast. The two take turns in one process; times are of the CPU, so that a
busy machine does not decide. --dask compares a cluster of two workers with this machine.
"""

from __future__ import annotations

import argparse
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from setia.config import compose
from setia.learn.boost import parameters_of
from setia.learn.distributed import Cluster, DistributedSettings, cluster_of
from setia.learn.dropout import COLUMNS
from setia.learn.members import FLOOR_SHARE, Members, fit_members
from setia.learn.rehearsal import Rehearsal, rehearse
from setia.panel import Panel
from setia.timeline import Timeline
from setia.training import TrainSettings

ROOT = Path(__file__).resolve().parents[1]
FEATURES, HORIZON = 120, 30
TIMELINE = Timeline(0, 460, HORIZON, (100, 130, 160, 190), 280, 400, (190, 220, 250, 280), folded=False)
CUTOFFS = (100, 130, 160, 190, 220, 250, 280, 400)
#: Stages that are features, fits or evaluation; what a run spends beside them is outside.
WORK = (
    *("customer days", "features and outcomes", "buy-till-you-die", "rehearsal: fitting on the past"),
    *("evaluation on the holdout", "final fit", "the years ahead"),
)


@lru_cache(maxsize=1)
def made_up_panel(rows: int, seed: int = 0) -> Panel:
    """Return a panel of skewed, partly missing features of which a few tell what comes."""
    random = np.random.default_rng(seed)
    X = random.gamma(1.5, 2.0, (rows, FEATURES)).astype(np.float32)
    X[:, ::3] = np.round(X[:, ::3])
    X[random.random((rows, FEATURES)) < 0.1] = np.nan
    told = np.nan_to_num(X[:, :8], nan=2.0) @ np.array([0.5, -0.4, 0.3, 0.3, -0.2, 0.2, 0.1, -0.1])
    chance = 1 / (1 + np.exp(-(told - told.mean() + 0.3 * np.sin(3 * told))))
    purchases = np.where(random.random(rows) < chance, 0, 1 + random.poisson(1 + np.exp(-told / 2)))
    value = purchases * random.gamma(3, 8, rows)
    silent = np.clip(chance + random.normal(0, 0.15, rows), 0.01, 0.99)
    expected = 2.5 * (1 - silent)
    lent = {"btyd_p_none": silent, "btyd_purchases": expected, "btyd_p_alive": 1 - silent, "btyd_amount": 24.0}
    added = [np.broadcast_to(lent.get(name, 24.0 * expected), rows) for name in COLUMNS]
    past = random.gamma(2, 30, rows)
    return Panel(
        customer_id=np.array([f"c{number % (rows // len(CUTOFFS))}" for number in range(rows)], dtype=object),
        cutoff=np.repeat(CUTOFFS, rows // len(CUTOFFS)),
        names=(*(f"f{number}" for number in range(FEATURES)), *COLUMNS),
        X=np.hstack([X, np.column_stack(added).astype(np.float32)]),
        defected=(purchases == 0).astype(float),
        value=value,
        purchases=purchases.astype(float),
        past_value=past,
        last_value=past / 4,
        last_purchases=np.ones(rows),
        recent_purchases=np.ones(rows),
        former_purchases=np.full(rows, 3.0),
    )


def ours(settings: TrainSettings, panel: Panel, cluster: Cluster | None = None) -> tuple[Rehearsal, Members]:
    recipe = settings.classifier, settings.regressor
    rows, seed = settings.panel.max_fit_rows, settings.seed
    tried = rehearse(*recipe, panel, TIMELINE, rows, seed, cluster=cluster)
    final = panel.at(TIMELINE.final).sample(rows, seed)
    return tried, fit_members(*recipe, final, None, seed, tried.rounds, cluster)


def bare(settings: TrainSettings, panel: Panel, rounds: dict[str, Any]) -> None:
    """Fit the same six forests with nothing around them; the matrices are made before the clock starts."""
    import lightgbm

    def dataset(rows: Panel, name: str, parameters: dict[str, Any], reference: Any = None) -> Any:
        y = rows.defected if name == "classifier" else np.maximum(rows.value, 0.0)
        spent = rows.column("btyd_value")
        offset = np.log(np.maximum(spent, FLOOR_SHARE * spent.mean())) if name == "lift" else None
        names = list(rows.names)
        more = {"init_score": offset, "params": parameters, "feature_name": names, "reference": reference}
        return lightgbm.Dataset(rows.X, y, **more)

    fit, watch, final = (panel.at(cutoffs) for cutoffs in (TIMELINE.fit, TIMELINE.validation, TIMELINE.final))
    for name in ("classifier", "total", "lift"):
        asked = settings.classifier if name == "classifier" else settings.regressor
        estimator = asked.estimator(random_state=settings.seed)
        parameters = parameters_of(estimator)
        grown = dataset(fit, name, parameters)
        stop = lightgbm.early_stopping(asked.patience, first_metric_only=True, verbose=False)
        valid = [dataset(watch, name, parameters, grown)]
        lightgbm.train(parameters, grown, estimator.n_estimators, valid_sets=valid, callbacks=[stop])
        lightgbm.train(parameters, dataset(final, name, parameters), rounds[name])


def cpu(work: Callable[[], Any]) -> tuple[float, Any]:
    """Return the CPU-seconds of this process that a piece of work took, and what it gave."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    found = work()
    now = resource.getrusage(resource.RUSAGE_SELF)
    return now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, found


def beside_bare(rows: int, repeats: int) -> dict[str, float]:
    settings, panel = compose([]).train, made_up_panel(rows)
    rounds = dict(ours(settings, panel)[0].rounds)  # the first is for warming up
    times: list[tuple[float, float]] = []
    for _ in range(repeats):
        mine, _ = cpu(lambda: ours(settings, panel))
        theirs, _ = cpu(lambda: bare(settings, panel, rounds))
        times.append((mine, theirs))
    fitted = len(panel.at(TIMELINE.fit)) + len(panel.at(TIMELINE.final))
    return {
        "train_vs_bare": median(mine / theirs for mine, theirs in times),
        "train_rows_per_second": fitted / median(mine for mine, _ in times),
    }


def started(*arguments: str, repeats: int = 5) -> float:
    """Return the median wall seconds of a Python process, from start to end."""

    def once() -> float:
        start = time.perf_counter()
        subprocess.run([sys.executable, *arguments], cwd=ROOT, check=True, capture_output=True)
        return time.perf_counter() - start

    return median(once() for _ in range(repeats))


def outside_seconds(log: str = "complete_journey") -> float:
    """Return the wall seconds of `make train` outside features, fits and evaluation, with a store that exists.

    What is counted is whatever the stages of WORK do not account for: start-up, reading the log, the model
    store, figures, saving, the summary.
    """
    with tempfile.TemporaryDirectory() as folder:
        asked = [f"source={log}", f"tracking.uri=sqlite:///{folder}/mlflow.db", f"output={folder}/scores.parquet"]
        _train([*asked, "experiment=quick"])
        start = time.perf_counter()
        said = _train(asked)
        spent = time.perf_counter() - start
    worked = {name.strip(): float(seconds) for name, seconds in re.findall(r"(?m)^  (\S.*?) +(\d+\.\d) s$", said)}
    return spent - sum(worked.get(name, 0.0) for name in WORK)


def _train(arguments: list[str]) -> str:
    command = [sys.executable, "pipelines/train.py", *arguments]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stderr


def measure(repeats: int = 3, rows: int = 64_000) -> dict[str, float]:
    """Return every figure of training and start-up: ratios are ours / theirs."""
    found = beside_bare(rows, repeats)
    return found | {
        "outside_seconds": outside_seconds(),
        "imports_seconds": started("-c", "import hydra, lightgbm, mlflow.tracking"),
    }


def dask(rows: int) -> dict[str, float]:
    """Return AUC and Gini on the holdout of forests grown here and on two workers, and the seconds each took."""
    from setia import metrics

    settings, panel = compose([]).train, made_up_panel(rows)
    found = {}
    for where in (DistributedSettings(), DistributedSettings("dask", workers=2)):
        with cluster_of(where) as cluster:
            start = time.perf_counter()
            tried, _ = ours(settings, panel, cluster)
            found[f"{where.kind}_seconds"] = time.perf_counter() - start
        found[f"{where.kind}_auc"] = metrics.auc(tried.holdout.defected, tried.raw_holdout.none[:, 0])
        found[f"{where.kind}_gini"] = metrics.gini(tried.holdout.value, tried.raw_holdout.value[:, 0])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=64_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--dask", action="store_true", help="compare two workers with this machine instead")
    asked = parser.parse_args()
    rows = asked.rows - asked.rows % len(CUTOFFS)
    for name, number in (dask(rows) if asked.dask else measure(asked.repeats, rows)).items():
        print(f"{name:<24} {number:12.3f}")


if __name__ == "__main__":
    main()
