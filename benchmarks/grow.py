"""The next category and headroom beside plain rules, out of time, on a real log and on a world whose truth is known.

    python benchmarks/grow.py [--cases complete_journey,simulated] [--out FILE]

Next category: at each of several days a model is learnt from what was known by then, and held against what was bought
within the horizon after it. `hit` is the share of customers who took up the category that was chosen for them, `money`
what they spent on it (mean of all customers), `log_loss` that of every customer and category not owned (x 1000),
`expected` the forecast over the actual take-ups, `chance` the mean one that was claimed for the choice. Rules: the
category that most customers own, and the one that most took up within the horizon before. `by_money` chooses by chance
x value.

Headroom: `pinball` is the loss of the 80 % quantile of what half of the customers spend on a visit, looked up among the
other half, beside that of all; in a made-up world also the claimed over the true headroom, and their correlation.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from machine import facts, provenance
from numpy.typing import NDArray

from setia.config import compose
from setia.engine import Engine, connect
from setia.history import bought_next, category_days, prepare, shelf_of
from setia.metrics import log_loss
from setia.policy.headroom import LOOK_BACK_DAYS, habits, headroom, upper
from setia.policy.next_category import OWNED_DAYS, learnt
from setia.simulate import simulate
from setia.source import Log, read

Array = NDArray[np.float64]
HORIZON = 60
QUANTILE = 0.8
WORLD = ("customers=6000", "departments=30", "rate_spend_correlation=0.4")
CASES: dict[str, list[str]] = {
    "complete_journey": ["source=complete_journey"],
    "simulated": ["source=simulated", *(f"source.world.{one}" for one in WORLD)],
}
#: Days before the end of the log at which the model stands.
BACK = (60, 100, 140, 180)


def next_categories(log: Log, engine: Engine) -> list[dict[str, Any]]:
    """Return the figures of each method at each day."""
    days = category_days(log.lines, engine)
    piece = pa.concat_tables(days.chunks.map(lambda one: one))
    found = []
    for back in BACK:
        as_of = log.last_day - back
        start = time.perf_counter()
        model = learnt(days, as_of, HORIZON)
        seconds = time.perf_counter() - start
        assert model is not None
        shelf = shelf_of(piece, as_of, HORIZON, OWNED_DAYS, model.names)
        bought, money = bought_next(piece, shelf, as_of, HORIZON, model.names)
        before = shelf_of(piece, as_of - HORIZON, HORIZON, OWNED_DAYS, model.names)
        taken = bought_next(piece, before, as_of - HORIZON, HORIZON, model.names)[0] & ~before.owned
        rate = taken.sum(axis=0) / np.maximum((~before.owned).sum(axis=0), 1)
        ours, free = model.chances(shelf), ~shelf.owned & model.offered
        scores = {
            "ours": (ours, ours),
            "most_owned": (shelf.owned.mean(axis=0), None),
            "most_taken_up": (rate, rate),
            "ours_by_money": (ours * model.value, ours),
            "most_owned_by_money": (shelf.owned.mean(axis=0) * model.value, None),
        }
        rows = {name: judged(*score, free, bought, money) for name, score in scores.items()}
        found.append({"back": back, "learnt_in_s": round(seconds, 1), "customers": len(shelf.owned), "methods": rows})
    days.chunks.close()
    return found


def judged(score: Array, p: Array | None, free: NDArray[Any], bought: NDArray[Any], money: Array) -> dict[str, float]:
    """Return the figures of one method."""
    rows = np.arange(len(free))
    choice = np.where(free, score, -1.0).argmax(axis=1)
    hit = bought[rows, choice] & free[rows, choice]
    figures = {"hit": float(hit.mean()), "money": float(np.where(hit, money[rows, choice], 0.0).mean())}
    if p is not None:
        p = np.broadcast_to(p, free.shape)
        figures["log_loss"] = 1000 * log_loss(bought[free], p[free])
        figures["expected"] = float(p[free].sum() / bought[free].sum())
        figures["chance"] = float(p[rows, choice].mean())
    return {name: round(value, 4) for name, value in figures.items()}


def headrooms(log: Log, engine: Engine, config: Any) -> dict[str, float]:
    """Return how well peers tell what is spent on a visit, and how near headroom is to the truth where it is known."""
    prepared = prepare(log.lines, engine)
    known = habits(prepared, log.last_day)
    prepared.close()
    room = headroom(known.visits, known.money, known.tenure_days, known.breadth, HORIZON, QUANTILE)
    who = (known.visits > 0) & (known.tenure_days >= HORIZON)
    pace = known.visits[who] / np.minimum(known.tenure_days[who] + 1, LOOK_BACK_DAYS) * HORIZON
    spent = known.money[who] / known.visits[who]
    place = np.log1p(np.c_[pace, known.tenure_days[who], known.breadth[who]])
    place /= place.std(axis=0)
    half = np.random.default_rng(0).random(len(spent)) < 0.5
    peers = upper(place[half], spent[half], place[~half], QUANTILE)
    everybody = np.full(len(peers), np.quantile(spent[half], QUANTILE))
    figures = {
        "customers": len(room),
        "mean": float(room.mean()),
        "spent_within_horizon": float((pace * spent).sum() / len(room)),
        "pinball_peers": pinball(spent[~half], peers),
        "pinball_everybody": pinball(spent[~half], everybody),
    }
    if config.source.world is not None:
        truth = simulate(config.source.world).truth
        mean = dict(zip(truth["customer_id"].to_pylist(), truth["mean_spend"].to_pylist(), strict=True))
        true_spent = np.array([mean[name] for name in known.customer_id[who]])
        true = np.maximum(upper(place, true_spent, place, QUANTILE) - true_spent, 0.0) * pace
        figures["claimed_over_true"] = float(room.sum() / true.sum())
        figures["correlation"] = float(np.corrcoef(room[who], true)[0, 1])
    return {name: round(value, 4) for name, value in figures.items()}


def pinball(value: Array, quantile: Array) -> float:
    off = value - quantile
    return float(np.maximum(QUANTILE * off, (QUANTILE - 1) * off).mean())


def case(name: str) -> dict[str, Any]:
    config = compose(CASES[name])
    engine = connect(config.engine)
    log = read(config.source, engine)
    found = {"case": name, "next_category": next_categories(log, engine), "headroom": headrooms(log, engine, config)}
    engine.close()
    return found


def table(found: dict[str, Any]) -> str:
    """Write the means over the days as a table."""
    methods = [at["methods"] for at in found["next_category"]]
    heads = ("hit", "money", "log_loss", "expected", "chance")
    lines = [f"| {found['case']} | {' | '.join(heads)} | hit of each day |", "|---" * (len(heads) + 2) + "|"]
    for name in methods[0]:
        cells = [
            f"{np.mean([one[name][head] for one in methods]):.3f}" if head in methods[0][name] else "-"
            for head in heads
        ]
        hits = [f"{one[name]['hit']:.3f}" for one in methods]
        lines.append(f"| {name} | {' | '.join(cells)} | {', '.join(hits)} |")
    return "\n".join([*lines, "", f"headroom: {found['headroom']}"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--out", default="benchmarks/grow.json")
    args = parser.parse_args()
    cases = []
    for name in args.cases.split(","):
        cases.append(case(name))
        print(f"{table(cases[-1])}\n", flush=True)
    record = {**provenance(), "machine": facts(), "horizon_days": HORIZON, "cases": cases}
    Path(args.out).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
