"""The backtest with the defaults on three logs, eight cutoffs: the figures of README.md.

    python benchmarks/accuracy.py [--logs cdnow,complete_journey,online_retail] [--out benchmarks/accuracy.json]

Every case truncates the log at the cutoff, trains with the defaults (no setting but the horizon), forecasts, and
meets the truth of the next `horizon` days, beside the peers: what `make backtest` does. Online Retail is read
from --retail (UCI Online Retail as Parquet); without that file it is left out and said to be. Logs that are not
asked for keep the figures that --out already holds.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import replace
from pathlib import Path

from setia.backtest import BacktestSettings, backtest
from setia.config import compose
from setia.engine import connect
from setia.progress import Progress
from setia.report.backtest import as_dict, page
from setia.source import read

CASES = {
    "cdnow": (91, ("1997-09-30", "1997-12-31", "1998-03-31")),
    "complete_journey": (60, ("2017-09-01", "2017-10-01", "2017-11-01")),
    "online_retail": (60, ("2011-08-10", "2011-10-09")),
}


def case(name: str, retail: str) -> tuple[dict, str]:
    """Return the backtest of one log as numbers and as a page."""
    horizon, cutoffs = CASES[name]
    overrides = ["source=files", f"source.path={retail}"] if name == "online_retail" else [f"source={name}"]
    config = compose(overrides)
    engine = connect(config.engine)
    recipe = replace(config.train, horizon_days=horizon)
    result = backtest(BacktestSettings(cutoffs=cutoffs), recipe, read(config.source, engine), engine, Progress())
    engine.close()
    return as_dict(result), page(result)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", default=",".join(CASES))
    parser.add_argument("--retail", default="../shared/data/online_retail.parquet")
    parser.add_argument("--out", default="benchmarks/accuracy.json")
    args = parser.parse_args()
    out = Path(args.out)
    before = json.loads(out.read_text(encoding="utf-8"))["logs"] if out.exists() else []
    done = {log["log"]: log for log in before}
    for name in args.logs.split(","):
        if name == "online_retail" and not Path(args.retail).exists():
            print(f"{name}: left out, {args.retail} does not exist")
            continue
        start = time.perf_counter()
        done[name], text = case(name, args.retail)
        print(f"{text}\n{name}: {time.perf_counter() - start:.0f} s", flush=True)
        logs = [done[log] for log in CASES if log in done]
        out.write_text(json.dumps({"logs": logs}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
