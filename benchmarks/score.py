"""Speed of batch scoring: from features to the written table, beside bare LightGBM prediction.

    python benchmarks/score.py [--rows 5000000] [--repeats 3] [--model FOLDER] [--out FILE]

A model is trained with the defaults on a made-up log (`big_log.py`), once: FOLDER keeps it. The rows are those of
its own feature table, repeated with a little noise, half a million of them held in memory and passed by until
ROWS are scored. Bare is `Booster.predict` of every forest of the model over the same matrix (float32, the columns
of the buy-till-you-die model included, on all cores, the best of several batch sizes). Ours is what a scoring run
does with batches of features: `setia.scoring.publish`, Parquet written. Both take turns; the best of --repeats.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from big_log import write_log
from pyarrow import parquet

import setia
from setia.bundle import Bundle
from setia.learn.workers import workers
from setia.scoring.publish import publish
from setia.scoring.rows import COVERED, Context, matrix
from setia.scoring.settings import ScoreSettings

ROWS = 5_000_000
TOP = 10_000
LOG_LINES = 1_000_000
BATCH = ScoreSettings().batch_rows
HELD = 8 * BATCH
#: Rows a predict call of the bare loop may get.
BARE_BATCHES = (4096, 16_384, BATCH, HELD)


def model(folder: Path) -> tuple[Bundle, pa.Table]:
    """Return a model and its feature table, from a folder that they are kept in."""
    if not (folder / "features.parquet").exists():
        write_log(folder / "log", LOG_LINES)
        roles = ("customer_id", "timestamp", "order_id", "product_id", "category", "quantity", "amount")
        log = setia.read(folder / "log", **{role: role for role in roles})
        setia.train(log).save(folder / "bundle")
        parquet.write_table(pa.Table.from_pandas(setia.feature_table(log)), folder / "features.parquet")
    return Bundle.load(folder / "bundle"), parquet.read_table(folder / "features.parquet")


def held(features: pa.Table, rows: int) -> list[pa.Table]:
    """Return batches of so many customers: everybody again and again, a little different each time."""
    random = np.random.default_rng(1)
    place = np.arange(rows) % features.num_rows
    columns: dict[str, Any] = {"customer_id": pa.array([f"customer {number:08d}" for number in range(rows)])}
    for name in features.column_names[1:]:
        values = features[name].to_numpy()[place].astype(np.float64)
        whole = np.all(np.isnan(values) | (values == np.rint(values)))
        columns[name] = pa.array(values if whole else values * random.normal(1.0, 1e-3, rows), from_pandas=True)
    later = columns["T_days"].to_numpy() + random.integers(-3, 4, rows)
    columns["T_days"] = pa.array(np.maximum(later, columns["recency_days"].to_numpy()))
    columns[COVERED] = pa.array(np.where(random.random(rows) < 0.95, 1.0, np.nan), from_pandas=True)
    table = pa.table(columns)
    return [table.slice(start, BATCH) for start in range(0, rows, BATCH)]


def passing(batches: list[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Yield batches until so many rows have passed."""
    number = 0
    while rows > 0:
        batch = batches[number % len(batches)].slice(0, rows)
        yield batch
        rows -= batch.num_rows
        number += 1


def bare(boosters: list[Any], X: np.ndarray, batch: int) -> float:
    """Return the seconds of predicting all rows by all boosters."""
    start = time.perf_counter()
    for booster in boosters:
        for first in range(0, len(X), batch):
            booster.predict(X[first : first + batch], num_threads=workers())
    return time.perf_counter() - start


def ours(bundle: Bundle, batches: list[pa.Table], rows: int, folder: Path, **reasons: Any) -> tuple[float, Any]:
    """Return the seconds of a scoring run from features on, and what it was busy with."""
    chosen = {"explained": False, "top": None} | reasons
    as_of, now = dt.date.fromisoformat(bundle.facts.as_of), dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    context = Context(
        bundle, as_of, "", bundle.facts.gap_median_days, model_version="benchmark/1", scored_at=now, **chosen
    )
    start = time.perf_counter()
    totals = publish(passing(batches, rows), context, folder / "scores.parquet", ".parquet", None)
    spent = time.perf_counter() - start
    assert totals.rows == rows
    return spent, totals.busy.seconds


def measure(rows: int = ROWS, repeats: int = 3, folder: Path | None = None) -> dict[str, float]:
    """Return score_vs_bare (seconds a row, ours over bare), and what it is made of."""
    with tempfile.TemporaryDirectory() as temporary:
        bundle, features = model(folder or Path(temporary))
        batches = held(features, min(HELD, rows))
        X = np.concatenate([bundle.extend(matrix(batch, bundle.feature_names)) for batch in batches])
        members = (bundle.members.classifier, bundle.members.total, bundle.members.lift)
        boosters = [forest.booster for forest in members if forest is not None]
        some = X[: 2 * BATCH]
        batch = min(BARE_BATCHES, key=lambda batch: bare(boosters, some, batch))
        times: dict[str, list[float]] = {"bare": [], "none": [], "top": []}
        out = Path(temporary)
        for _ in range(repeats):
            times["bare"].append(bare(boosters, X, batch) / len(X))
            spent, busy = ours(bundle, batches, rows, out)
            times["none"].append(spent / rows)
            times["top"].append(ours(bundle, batches, rows, out, top=TOP)[0] / rows)
        few = min(rows, HELD)
        everybody = ours(bundle, batches, few, out, explained=True)[0] / few
    best = {name: min(seconds) for name, seconds in times.items()}
    found = {
        "score_vs_bare": best["none"] / best["bare"],
        "rows": float(rows),
        "trees": float(sum(booster.num_trees() for booster in boosters)),
        "rows_per_second": 1 / best["none"],
        "bare_rows_per_second": 1 / best["bare"],
        "bare_batch_rows": float(batch),
        "seconds_top_10000": (best["top"] - best["none"]) * rows,
        "seconds_all_reasons_per_100k": (everybody - best["none"]) * 1e5,
        "peak_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    return found | {f"busy_{part}_us_a_row": seconds / rows * 1e6 for part, seconds in busy.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--model", type=Path)
    parser.add_argument("--out", type=Path)
    arguments = parser.parse_args()
    found = measure(arguments.rows, arguments.repeats, arguments.model)
    for name, figure in found.items():
        print(f"{name:<32} {figure:,.3f}")
    if arguments.out:
        arguments.out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
