"""Speed of the buy-till-you-die fits: beside clvkit on CDNOW, and alone on millions of customers.

    python benchmarks/btyd.py [--peer-python PATH] [--customers 5000000] [--out FILE]

Both get the same arrays of frequency, recency and T in days, and are timed in turn, wall time, best of
--repeats; ours includes the gathering of equal customers. clvkit is no dependency of Setia: it is taken from
this Python, or from the Python that --peer-python names (such as one of a virtual environment of its own).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import setia
from setia import btyd
from setia.learn.dropout import MODELS, NEEDED, VALUE, Dropout
from setia.timeline import day_of

CUTOFF = "1997-09-30"
CUSTOMERS = 5_000_000
#: Holds the figures of a whole run: with a peer, and with that many customers.
RECORD = "benchmarks/btyd.json"
#: Wall seconds that a fit of five million customers at week grain may take.
LIMITS = {"bg_nbd": 10.0, "mbg_nbd": 10.0, "pareto_nbd": 60.0}
#: A fit must be so many times as fast as clvkit's.
RATIO = 20.0
PEERS = {"bg_nbd": "BGNBD", "mbg_nbd": "MBGNBD"}
#: Run by the peer's Python: reads the arrays, answers in JSON.
PEER = """
import json, sys, time
from importlib.metadata import version
import clvkit, numpy as np, pandas as pd

with np.load(sys.argv[1]) as arrays:
    frame = pd.DataFrame({name: arrays[name] for name in ("frequency", "recency", "T")})
base = clvkit.CustomerBase(frame, time_unit="D", observation_period_end=pd.Timestamp(sys.argv[2]),
                           has_monetary=False, on_negative="net", amount_col=None)
found = {"version": version("clvkit")}
for name in sys.argv[4:]:
    seconds = []
    for _ in range(int(sys.argv[3])):
        start = time.perf_counter()
        model = getattr(clvkit, name)().fit(base)
        seconds.append(time.perf_counter() - start)
    found[name] = {"seconds": min(seconds), "log_likelihood": model.log_likelihood_,
                   "parameters": dict(model.params_.astype(float))}
print(json.dumps(found))
"""

Triple = tuple[np.ndarray, np.ndarray, np.ndarray]


def cdnow() -> Triple:
    """Return frequency, recency and T, in days, of all of CDNOW's customers at the end of its first 39 weeks.

    Days without a positive amount count here too, as in the published studies of this log.
    """
    days = setia.purchases(setia.read("cdnow", as_of=CUTOFF))
    day = (days["date"] - np.datetime64("1970-01-01")).dt.days
    by = day.groupby(days["customer_id"])
    first, last, count = by.min().to_numpy(), by.max().to_numpy(), by.count().to_numpy()
    return (count - 1).astype(float), (last - first).astype(float), (day_of(CUTOFF) - first).astype(float)


def base_of(customers: int, days: int, seed: int = 1) -> Triple:
    """Draw a base with two years of history, in units of so many days: Gamma rates of purchase and of leaving."""
    rng, weeks = np.random.default_rng(seed), 7 / days
    T = rng.integers(0, int(104 * weeks) + 1, customers).astype(float)
    life = np.minimum(rng.exponential(size=customers) / rng.gamma(0.6, 1 / (12.0 * weeks), customers), T)
    drawn = rng.poisson(rng.gamma(0.55, 1 / (10.6 * weeks), customers) * life)
    # The last of n even draws; at most one purchase a unit.
    last = np.ceil(life * rng.random(customers) ** (1.0 / np.maximum(drawn, 1)))
    recency = np.where(drawn > 0, np.minimum(last, T), 0.0)
    return np.minimum(drawn, recency).astype(float), recency, T


def timed(work: Callable[[], Any], repeats: int) -> tuple[float, Any]:
    """Return the least wall seconds of several runs, and the answer of the last."""
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        answer = work()
        seconds.append(time.perf_counter() - start)
    return min(seconds), answer


def ours(name: str, base: Triple, repeats: int) -> dict[str, Any]:
    """Time one of our fits, from the customers' arrays to the fitted model."""
    seconds, model = timed(lambda: btyd.FITS[name](btyd.compress(*base)[0]), repeats)
    content = dict(vars(model))
    return {
        "seconds": seconds,
        "log_likelihood": content.pop("log_likelihood"),
        "converged": content.pop("converged"),
        "parameters": content,
    }


def peer(python: str, base: Triple, repeats: int) -> dict[str, Any] | str:
    """Time clvkit's fits in a Python of its own; or say why there are none."""
    with tempfile.TemporaryDirectory() as folder:
        arrays = Path(folder) / "base.npz"
        np.savez(arrays, frequency=base[0], recency=base[1], T=base[2])
        command = [python, "-c", PEER, str(arrays), CUTOFF, str(repeats), *PEERS.values()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"clvkit does not run there ({(done.stderr.strip().splitlines() or ['no message'])[-1]})"
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def beside_clvkit(python: str, repeats: int) -> dict[str, Any]:
    """Compare the fits on CDNOW, and print them."""
    base = cdnow()
    found: dict[str, Any] = {"customers": len(base[0]), "ours": {}, "clvkit": None}
    for name in btyd.FITS:
        found["ours"][name] = ours(name, base, max(repeats, 5))
    theirs = peer(python, base, repeats)
    found["clvkit"] = theirs
    print(f"CDNOW, {len(base[0]):,} customers, by day, best of {repeats} (ours: of {max(repeats, 5)})")
    for name, fit in found["ours"].items():
        text = f"  {name:11s} {fit['seconds']:7.3f} s  log-likelihood {fit['log_likelihood']:,.4f}"
        if isinstance(theirs, dict) and name in PEERS:
            other = theirs[PEERS[name]]
            fit["times_as_fast"] = other["seconds"] / fit["seconds"]
            text += (
                f"   clvkit {theirs['version']}: {other['seconds']:7.3f} s, {other['log_likelihood']:,.4f}: "
                f"{fit['times_as_fast']:.0f} times as fast (wanted: {RATIO:.0f})"
            )
        print(text)
    if isinstance(theirs, str):
        print(f"  without a peer: {theirs}. Name a Python that has it: --peer-python PATH")
    return found


def forecasts(customers: int, repeats: int) -> dict[str, Any]:
    """Time what a scoring run asks of the fitted models (the columns that they add), and print it."""
    base = base_of(customers, days=1)
    X = np.column_stack([*base, np.full(customers, 30.0)]).astype(np.float32)
    found: dict[str, Any] = {"customers": customers, "distinct_rows": len(btyd.compress(*base)[0]), "seconds": {}}
    print(f"{customers:,} customers, by day ({found['distinct_rows']:,} distinct rows): forecasts for 60 days")
    amounts = btyd.GammaGamma(6.0, 3.7, 15.0, 0.0, True, 0.0)
    for name in MODELS:
        purchases = btyd.FITS[name](btyd.compress(*(part[:20_000] for part in base))[0])
        model = Dropout(purchases, amounts, 60)
        found["seconds"][name] = timed(lambda model=model: model.columns(X, (*NEEDED, VALUE)), repeats)[0]
        print(f"  {name:11s} {found['seconds'][name]:7.2f} s")
    return found


def alone(customers: int, repeats: int) -> dict[str, Any]:
    """Time the fits on a large base, and print them."""
    base = base_of(customers, days=7)
    distinct = len(btyd.compress(*base)[0])
    print(f"{customers:,} customers, by week ({distinct:,} distinct rows), best of {repeats}")
    found: dict[str, Any] = {"customers": customers, "distinct_rows": distinct, "ours": {}}
    for name in btyd.FITS:
        fit = found["ours"][name] = ours(name, base, repeats)
        print(f"  {name:11s} {fit['seconds']:7.2f} s (limit for 5,000,000: {LIMITS[name]:.0f} s)")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--out", help=f"where to write the figures (default: {RECORD}, where the run is whole)")
    args = parser.parse_args()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    found = {
        "machine": machine,
        "cdnow": beside_clvkit(args.peer_python, args.repeats),
        "large": alone(args.customers, args.repeats),
        "forecasts": forecasts(max(args.customers // 5, 1), args.repeats),
    }
    whole = isinstance(found["cdnow"]["clvkit"], dict) and args.customers == CUSTOMERS
    out = args.out or (RECORD if whole else None)
    if out:
        Path(out).write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(f"{machine}; {f'written to {out}' if out else 'not written: --out FILE writes it'}")


if __name__ == "__main__":
    main()
