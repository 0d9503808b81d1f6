"""Speed, all of it: features, training, scoring, buy-till-you-die fits and start-up, each beside its peers.

    make bench [ARGS="--only features --lines 20000000 --huge --peer-python PATH"]
    make bench ARGS=--quick      # small, in a few minutes, to see that it runs; not for the record

Each part runs in a process of its own. The figures go to benchmarks/results.json and from there into the table of
README.md. A figure that was not measured this time keeps its last value, with the day and the commit of that.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from machine import facts, provenance
from speed_table import write_table

ROOT = Path(__file__).resolve().parents[1]
RECORD, TRIAL = ROOT / "benchmarks" / "results.json", ROOT / "benchmarks" / "out" / "results.json"
PARTS = ("features", "train", "score", "btyd", "startup")
HUGE = "huge"
#: Every figure of the record: a ratio of times (ours / theirs), seconds or GB; null until it is measured.
KEYS = (
    *("features_vs_sql", "features_vs_pandas", "features_vs_pandas_12", "features_vs_pandas_anew_12"),
    *("features_12_vs_1_cutoffs", "features_vs_scan"),
    *("score_vs_bare", "train_vs_bare", "btyd_vs_clvkit", "help_seconds", "outside_seconds"),
    *("imports_seconds", "peak_gb_200m", "seconds_200m"),
)
HUGE_LINES = 200_000_000


def features(args: argparse.Namespace) -> dict[str, Any]:
    from feature_race import measure

    return measure(args.folder, args.lines, args.repeats)


def huge(args: argparse.Namespace) -> dict[str, Any]:
    from feature_race import measure_huge

    return measure_huge(args.folder, HUGE_LINES)


def train(args: argparse.Namespace) -> dict[str, Any]:
    from train import measure

    return dict(measure(args.repeats))


def score(args: argparse.Namespace) -> dict[str, Any]:
    from score import measure

    return dict(measure(args.rows, args.repeats))


def btyd(args: argparse.Namespace) -> dict[str, Any]:
    """Run the benchmark of the fits as it stands; the ratio is that of the fit which gains least."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "btyd.json"
        customers = ["--customers", str(args.rows)]
        peer = ["--peer-python", args.peer_python] if args.peer_python else []
        command = [sys.executable, str(ROOT / "benchmarks" / "btyd.py"), "--out", str(out), *customers, *peer]
        subprocess.run(command, check=True)
        found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    ratios = [1 / fit["times_as_fast"] for fit in found["cdnow"]["ours"].values() if "times_as_fast" in fit]
    return ({"btyd_vs_clvkit": max(ratios)} if ratios else {}) | {"figures": found}


def startup(args: argparse.Namespace) -> dict[str, Any]:
    """Time `--help` of the slowest stage, from a cold interpreter."""
    seconds = {}
    for stage in ("train", "score"):
        every = []
        for _ in range(max(args.repeats, 3)):
            start = time.perf_counter()
            command = [sys.executable, str(ROOT / "pipelines" / f"{stage}.py"), "--help"]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            every.append(time.perf_counter() - start)
        seconds[stage] = min(every)
        print(f"  {stage} --help: {seconds[stage]:.2f} s", flush=True)
    return {"help_seconds": max(seconds.values()), "help": seconds}


MEASURES = {"features": features, HUGE: huge, "train": train, "score": score, "btyd": btyd, "startup": startup}


def last(out: Path) -> dict[str, Any]:
    """Return the record so far, every key in it."""
    known = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    return {key: known.get(key) for key in KEYS} | {
        "measured": known.get("measured", {}),
        "machine": known.get("machine", {}),
        "parts": known.get("parts", {}),
    }


def merged(record: dict[str, Any], part: str, found: dict[str, Any], origin: dict[str, Any]) -> dict[str, Any]:
    """Return the record with what a part found; figures that it did not measure stay, and so does their origin."""
    figures = {key: found[key] for key in KEYS if found.get(key) is not None}
    return record | figures | {
        "measured": record["measured"] | dict.fromkeys(figures, origin),
        "parts": record["parts"] | {part: {key: value for key, value in found.items() if key not in KEYS}},
    }  # fmt: skip


def write(record: dict[str, Any], out: Path) -> None:
    """Write the record whole or not at all."""
    out.parent.mkdir(parents=True, exist_ok=True)
    unfinished = out.with_name(f"{out.name}.{os.getpid()}.part")
    unfinished.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(out)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=tuple(MEASURES), default=PARTS, help="default: all but huge")
    parser.add_argument("--lines", type=int, help="of the large log; pandas gets half of it (default: 20,000,000)")
    parser.add_argument("--rows", type=int, help="customers to score and to fit (default: 5,000,000)")
    parser.add_argument("--repeats", type=int, default=2, help="runs of each contender; the quickest counts")
    parser.add_argument("--huge", action="store_true", help="also features of 200 million lines in 4 GB")
    parser.add_argument("--peer-python", help="a Python that has clvkit (default: this one)")
    parser.add_argument("--folder", type=Path, default=ROOT / "benchmarks" / "out", help="where the logs are kept")
    parser.add_argument("--out", type=Path, help="default: benchmarks/results.json; benchmarks/out with --quick")
    parser.add_argument("--quick", action="store_true", help="400,000 lines, 200,000 rows, one run, not for the record")
    parser.add_argument("--part", choices=tuple(MEASURES), help=argparse.SUPPRESS)
    args = parser.parse_args()
    args.lines = args.lines or (400_000 if args.quick else 20_000_000)
    args.rows = args.rows or (200_000 if args.quick else 5_000_000)
    args.repeats = 1 if args.quick else args.repeats
    args.only = [*args.only, *([HUGE] if args.huge and HUGE not in args.only else [])]
    args.out = args.out or (TRIAL if args.quick else RECORD)
    return args


def run(part: str, args: argparse.Namespace) -> dict[str, Any] | None:
    """Run one part in a process of its own; return nothing where it failed (it has said why)."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "found.json"
        command = [sys.executable, __file__, "--part", part, "--out", str(out), "--folder", str(args.folder)]
        command += ["--lines", str(args.lines), "--rows", str(args.rows), "--repeats", str(args.repeats)]
        command += ["--peer-python", args.peer_python] if args.peer_python else []
        print(f"{part}:", flush=True)
        if subprocess.run(command, check=False).returncode:
            print(f"  {part} failed; its figures stay as they were.", flush=True)
            return None
        found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return found


def main() -> None:
    args = arguments()
    args.folder.mkdir(parents=True, exist_ok=True)
    if args.part:
        args.out.write_text(json.dumps(MEASURES[args.part](args)), encoding="utf-8")
        return
    failed = []
    for part in args.only:
        found = run(part, args)
        if found is None:
            failed.append(part)
            continue
        size = {"lines": args.lines, "rows": args.rows, "repeats": args.repeats}
        record = merged(last(args.out), part, found, provenance() | size)
        write(record | {"machine": facts()}, args.out)
        for key in KEYS:
            if found.get(key) is not None:
                print(f"  {key} = {found[key]:.3g}", flush=True)
    if args.out == RECORD and len(failed) < len(args.only):
        print(write_table(last(args.out)))
    print(f"Figures in {args.out}" + (f"; failed: {', '.join(failed)}" if failed else "."))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
