"""Speed and memory of the feature engine beside hand-written DuckDB SQL, vectorised pandas and a bare scan.

    python benchmarks/feature_race.py LOG [--cutoffs 12] [--contenders ours sql pandas scan] [--repeats 2]

LOG is a folder of Parquet written by `big_log.py`. Each contender runs in a process of its own, so that its peak
memory is its own, in turn with the others; loading the log and a first run on a tiny log (imports) are not timed.
What is timed: from the table of lines to the features of all customers at all cutoffs, float32 and row by row, in
memory, in the blocks in which a contender yields them.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from big_log import write_log
from contenders import CONTENDERS, Job, run


def race(jobs: Sequence[Job], warm: Path, repeats: int = 2) -> list[dict[str, Any]]:
    """Run jobs in turn, several times; return for each its quickest run and the seconds of all."""
    runs: list[list[dict[str, Any]]] = [[] for _ in jobs]
    for _ in range(repeats):
        for found, job in zip(runs, jobs, strict=True):
            command = [sys.executable, __file__, "--job", json.dumps(asdict(job)), "--warm", str(warm)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
            found.append(json.loads(done.stdout.splitlines()[-1]))
            took = found[-1]
            print(f"  {job.label}: {took['seconds']:.2f} s, peak {took['peak_gb']:.2f} GB", flush=True)
    quickest = [min(found, key=lambda one: one["seconds"]) for found in runs]
    check(jobs, quickest)
    return [
        summary(job, best, [one["seconds"] for one in found], lines_of(Path(job.log)))
        for job, best, found in zip(jobs, quickest, runs, strict=True)
    ]


def summary(job: Job, best: dict[str, Any], every: list[float], lines: int) -> dict[str, Any]:
    """Return the figures of a job without the digest."""
    kept = {name: best[name] for name in ("seconds", "cpu_seconds", "peak_gb", "rows")}
    rates = {"lines_a_second": lines / best["seconds"], "rows_a_second": best["rows"] / best["seconds"]}
    settings = {name: value for name, value in asdict(job).items() if name != "log"}
    return settings | {"lines": lines, "features": len(best["names"])} | kept | rates | {"every_seconds": every}


def check(jobs: Sequence[Job], found: Sequence[dict[str, Any]]) -> None:
    """Stop unless contenders with the same work to do found the same features (float32 sums, so roughly)."""
    first: dict[tuple[str, int, str], dict[str, Any]] = {}
    for job, one in zip(jobs, found, strict=True):
        if job.contender == "scan" or not job.kept:
            continue
        other = first.setdefault((job.log, job.cutoffs, job.without), one)
        for name, *pairs in zip(one["names"], one["known"], other["known"], one["size"], other["size"], strict=True):
            known, known_too, size, size_too = pairs
            # a sum that should be zero is 1e-16 where it was added up in another order, and what is divided by it
            # is huge or missing: a few rows in a million may differ
            if abs(known - known_too) > 1e-4 * one["rows"] or abs(size - size_too) > 1e-4 * max(size, size_too):
                raise SystemExit(f"{job.label}: {name} differs from the first contender's; the race is void.")


def lines_of(log: Path) -> int:
    """Return how many lines a log has."""
    import duckdb

    row = duckdb.sql(f"select count(*) from read_parquet('{log}/*.parquet')").fetchone()
    assert row is not None
    return int(row[0])


def made(folder: Path, lines: int, memory: str = "4GB") -> Path:
    """Return a log of about so many lines, written if it is not there yet."""
    log = folder / f"log_{lines}"
    if not log.exists():
        print(f"  writing a log of {lines:,} lines to {log}", flush=True)
        unfinished = folder / f"log_{lines}.part"
        write_log(unfinished, lines, memory=memory)
        unfinished.rename(log)
    return log


def measure(folder: Path, lines: int = 20_000_000, repeats: int = 2) -> dict[str, Any]:
    """Run the whole benchmark on made-up logs in a folder, of so many lines, a half and a tenth of them.

    Ratios are ours / theirs, of seconds in one race. pandas gets half the log, the most that fits in memory; what
    it takes to begin each cutoff from the lines again, and what quantiles and distinct counts cost, is found on a
    tenth.
    """
    warm, large, half, small = made(folder, 4_000), *(str(made(folder, lines // part)) for part in (1, 2, 10))
    ours, sql, scan = Job("ours", large, 12), Job("sql", large, 12), Job("scan", large)
    fits = {(name, cutoffs): Job(name, half, cutoffs) for cutoffs in (1, 12) for name in ("ours", "pandas")}
    tenth = {name: Job(name, small, 12) for name in ("ours", "sql", "pandas", "pandas_anew")}
    less = {group: Job("ours", small, 12, without=group) for group in ("quantiles", "distinct")}
    races = [
        [ours, sql, replace(ours, cutoffs=1), replace(ours, cutoffs=3), scan],
        [*fits.values()],
        [*tenth.values()],
    ]
    found = {job: one for jobs in races for job, one in zip(jobs, race(jobs, warm, repeats), strict=True)}
    whole, *without = race([tenth["ours"], *less.values()], warm, repeats + 2)  # differences this small need more runs
    shares = {group: 1 - one["cpu_seconds"] / whole["cpu_seconds"] for group, one in zip(less, without, strict=True)}

    def over(top: Job, bottom: Job) -> float:
        return float(found[top]["seconds"] / found[bottom]["seconds"])

    return {
        "features_vs_sql": over(ours, sql),
        "features_vs_pandas": over(fits["ours", 1], fits["pandas", 1]),
        "features_vs_pandas_12": over(fits["ours", 12], fits["pandas", 12]),
        "features_vs_pandas_12_small": over(tenth["ours"], tenth["pandas"]),
        "features_vs_pandas_anew_12": over(tenth["ours"], tenth["pandas_anew"]),
        "features_12_vs_1_cutoffs": over(ours, replace(ours, cutoffs=1)),
        "features_vs_scan": over(replace(ours, cutoffs=1), scan),
        "quantiles_share": shares["quantiles"],
        "distinct_share": shares["distinct"],
        "runs": [*found.values(), *without],
    }


def measure_huge(folder: Path, lines: int = 200_000_000) -> dict[str, Any]:
    """Run ours once, at one cutoff, on a log that does not fit: read as it goes, the features counted and dropped."""
    job = Job("ours", str(made(folder, lines)), kept=False, table=False, memory_limit="4GB")
    found = race([job], made(folder, 4_000), 1)[0]
    return {"peak_gb_200m": found["peak_gb"], "seconds_200m": found["seconds"], "runs": [found]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path, nargs="?")
    parser.add_argument("--cutoffs", type=int, default=12)
    parser.add_argument("--contenders", nargs="+", choices=list(CONTENDERS), default=["ours", "sql"])
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--memory-limit", default="12GB", help="of DuckDB (default: 12GB)")
    parser.add_argument("--job", help=argparse.SUPPRESS)
    parser.add_argument("--warm", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.job:
        print(json.dumps(run(Job(**json.loads(args.job)), args.warm)))
        return
    if args.log is None:
        parser.error("name a folder of Parquet files: LOG")
    jobs = [Job(name, str(args.log), args.cutoffs, memory_limit=args.memory_limit) for name in args.contenders]
    with tempfile.TemporaryDirectory() as folder:
        for one in race(jobs, made(Path(folder), 4_000), args.repeats):
            print(json.dumps(one))


if __name__ == "__main__":
    main()
