"""What runs against what in the benchmark of features: our engine, its peers, and one run of one of them.

Everything here happens in a process of its own (`feature_race.py --job`).
"""

from __future__ import annotations

import os
import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

FIRST_DAY = 18_993  # 2022-01-01, the first day of a big log, in days since 1970-01-01
COLUMNS = ("customer_id", "amount", "order_id", "product_id", "category")
#: What `without` leaves out: quantiles by the way they are summed up, distinct counts by the columns they need.
DISTINCT = ("product_id", "category")


@dataclass(frozen=True)
class Job:
    """One contender on one log. `kept`: the matrix stays in memory; else its pieces are counted and dropped.

    `table`: the lines are loaded into the engine's own table first; else it reads the Parquet files as it goes.
    `without`: features left out, "quantiles" or "distinct" (of ours only).
    """

    contender: str
    log: str
    cutoffs: int = 1
    without: str = ""
    kept: bool = True
    table: bool = True
    memory_limit: str = "12GB"
    threads: int = 2

    @property
    def label(self) -> str:
        """How a line of progress calls it."""
        rest = f", without {self.without}" if self.without else ""
        return f"{Path(self.log).name}: {self.contender}, {self.cutoffs} cutoffs{rest}"


def source(job: Job, where: str = "") -> str:
    """Return SQL for the lines of a log as every contender gets them; nothing in them is cancelled."""
    names = [name for name in COLUMNS if job.without != "distinct" or name not in DISTINCT]
    return (
        f"select {', '.join(names)}, (day + {FIRST_DAY})::integer as day, quantity::double as quantity, "
        f"null::integer as refund_of_day from read_parquet('{job.log}/*.parquet') {where}"
    )


def cutoffs_of(job: Job) -> list[int]:
    """Return monthly cutoffs that leave 60 days of future, the earliest first."""
    import duckdb

    row = duckdb.sql(f"select max(day) from read_parquet('{job.log}/*.parquet')").fetchone()
    assert row is not None
    last = int(row[0]) + FIRST_DAY - 60
    return [last - 30 * i for i in range(job.cutoffs)][::-1]


def ours(engine: Any, cutoffs: Sequence[int], names: Sequence[str]) -> Iterator[Any]:
    """Yield our features, from the engine's table `log`, in blocks of shape (rows, features)."""
    from setia.features import matrices, named
    from setia.history import prepare

    yield from matrices(prepare(engine.frame("log"), engine), cutoffs, named(tuple(names)))


def names_of(job: Job) -> list[str]:
    """Return the features that the log allows, less those left out."""
    from setia.features import select

    columns = [*COLUMNS, "day", "quantity"]
    if job.without == "distinct":
        columns = [name for name in columns if name not in DISTINCT]
    found = select(tuple(columns))
    quantiles = ("median", "quantile") if job.without == "quantiles" else ()
    return [feature.name for feature in found if feature.kind not in quantiles]


class Ours:
    """Setia's own engine."""

    def __init__(self, job: Job) -> None:
        from setia.engine import EngineSettings, connect

        self.names = names_of(job)
        self.engine = connect(EngineSettings(memory_limit=job.memory_limit, threads=job.threads))
        self.engine.connection.execute(f"create temp {'table' if job.table else 'view'} log as {source(job)}")

    def blocks(self, cutoffs: Sequence[int]) -> Iterator[Any]:
        """Yield the features."""
        return ours(self.engine, cutoffs, self.names)


class Sql:
    """Hand-written DuckDB SQL."""

    def __init__(self, job: Job) -> None:
        import duckdb

        self.names = names_of(job)
        settings = {"memory_limit": job.memory_limit, "threads": job.threads, "preserve_insertion_order": "false"}
        self.connection = duckdb.connect(config=settings)
        self.connection.execute("set enable_progress_bar = false")
        self.connection.execute(f"set temp_directory = '{tempfile.gettempdir()}/setia-bench-{os.getpid()}'")
        self.connection.execute(f"create temp {'table' if job.table else 'view'} log as {source(job)}")

    def blocks(self, cutoffs: Sequence[int]) -> Iterator[Any]:
        """Yield the features."""
        import features_sql

        return features_sql.blocks(self.connection, cutoffs, self.names)


class Pandas:
    """Vectorised pandas; the log is made into purchase days once."""

    anew = False

    def __init__(self, job: Job) -> None:
        import pandas as pd

        self.names = names_of(job)
        log = pd.read_parquet(job.log, columns=[*COLUMNS, "day", "quantity"])
        self.log = log.assign(day=(log["day"] + FIRST_DAY).astype("int32"), refund_of_day=float("nan"))

    def blocks(self, cutoffs: Sequence[int]) -> Iterator[Any]:
        """Yield the features."""
        import features_pandas

        return features_pandas.blocks(self.log, cutoffs, self.names, self.anew)


class PandasAnew(Pandas):
    """The same, from the log again at each cutoff."""

    anew = True


class Scan(Sql):
    """The floor: DuckDB adds up the numbers and the lengths of the strings, and nothing else."""

    def blocks(self, cutoffs: Sequence[int]) -> Iterator[Any]:  # noqa: ARG002 - a scan has no cutoffs
        """Yield nothing."""
        strings = ", ".join(f"sum(strlen({name}))" for name in COLUMNS if name != "amount")
        self.connection.execute(f"select sum(day), sum(amount), sum(quantity), {strings} from log").fetchall()
        return iter(())


CONTENDERS = {"ours": Ours, "sql": Sql, "pandas": Pandas, "pandas_anew": PandasAnew, "scan": Scan}


def peak_gb() -> float:
    """Return the most memory that this process has held, in GB of 10^9 bytes."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss begins with what the parent held
        found = next(line for line in status.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM"))
        return int(found.split()[1]) * 1024 / 1e9
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e9


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def run(job: Job, warm: str = "") -> dict[str, Any]:
    """Run a job in this process, on the log `warm` first; say what it took, and a digest of the features."""
    import numpy as np

    contender = CONTENDERS[job.contender]
    if warm:
        small = replace(job, log=warm, cutoffs=1)
        for _ in contender(small).blocks(cutoffs_of(small)):
            pass
    loaded, cutoffs = contender(job), cutoffs_of(job)
    start, used = time.perf_counter(), cpu_seconds()
    rows, parts = 0, []
    for block in loaded.blocks(cutoffs):
        rows += len(block)
        if job.kept:
            parts.append(block)
        del block
    found = {"seconds": time.perf_counter() - start, "cpu_seconds": cpu_seconds() - used, "peak_gb": peak_gb()}
    X = np.concatenate(parts) if len(parts) > 1 else parts[0] if parts else np.empty((0, 0), np.float32)
    columns = [X[:, j].astype(np.float64) for j in range(X.shape[1])]
    return found | {
        "rows": rows,
        "known": [int(np.isfinite(column).sum()) for column in columns],
        "size": [float(np.log1p(np.abs(column[np.isfinite(column)])).sum()) for column in columns],
        "names": loaded.names,
    }
