"""Alerts beside plain rules at the same number of alarms, on a real log and on worlds whose truth is known.

    python benchmarks/alerts.py [--cases complete_journey,simulated,frequent,regular] [--seeds 3] [--out FILE]

The real log is judged by `partial` over the follow-up (`setia.alert.watching.watch`). In a made-up world a defection
begins on the day on which a customer who is watched halves the pace or leaves, half of its loss is lost after half of
the follow-up, and only those count whose follow-up ends within the log; and a false alarm is one about a customer who
has neither halved nor left by then. Seeds are those of the worlds; on the real log, of the unchanging customers who set
the thresholds. Cases that are not asked for keep the figures that --out already holds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from machine import facts, provenance
from numpy.typing import NDArray

from setia.alert import OURS, AlertSettings, Quality, Replay
from setia.alert.alarms import alarms, grids, loud, months
from setia.alert.episodes import Episodes
from setia.alert.watching import MULTIPLES, Learnt, learn, replayed, watch
from setia.config import compose
from setia.engine import connect
from setia.history import Prepared, prepare
from setia.simulate import World, simulate
from setia.source import read

Floats = NDArray[np.float64]
FREQUENT = ["customers=6000", "purchases_per_year=30", "dropout_per_year=0.5", "halving_share=0.3"]
#: Settings of the made-up world of each case; null where the log is real.
CASES: dict[str, list[str] | None] = {
    "complete_journey": None,
    "simulated": [],
    "frequent": FREQUENT,
    "regular": [*FREQUENT, "regularity=2"],
}
RULES = ("overdue", "dropped")


def changes(world: World, learnt: Learnt, prepared: Prepared) -> dict[str, Floats]:
    """Return the truth of the customers that were learnt from, in their order; `halved` is infinite for most."""
    import pyarrow as pa

    truth = simulate(world).truth
    place = {name: row for row, name in enumerate(truth["customer_id"].to_pylist())}
    rows = [place[name] for name in prepared.ids(pa.chunked_array([learnt.visits.ids])).to_pylist()]
    column = {name: truth[name].combine_chunks().fill_null(np.inf).to_numpy()[rows] for name in truth.column_names[2:]}
    died, halved = np.floor(column["death_day"]), np.floor(column["halved_day"])
    money = column["rate_per_day"] * column["mean_spend"]
    return {"died": died, "halved": np.where(halved < died, halved, np.inf), "money": money}


def defections(truth: dict[str, Floats], learnt: Learnt, watched: NDArray[np.bool_], last: int) -> Episodes:
    """Return who halved or left while being watched, so early that the follow-up ends within the log."""
    follow_up, found = learnt.watched.follow_up_days, []
    for name, left in (("halved", 0.5), ("died", 0.0)):
        day = truth[name]
        who = np.flatnonzero((day >= learnt.watched.start) & (day <= last - follow_up))
        on = day[who].astype(np.int64)
        seen = watched[who, on - learnt.days[0]]
        who, on = who[seen], on[seen]
        pace = np.where(truth["halved"][who] < on, 0.5, 1.0)
        found.append(np.c_[who, on, truth["money"][who] * (pace - left * pace) * follow_up])
    table = np.concatenate(found)
    table = table[np.lexsort((table[:, 1], table[:, 0]))]
    who, on = table[:, :2].T.astype(np.int64)
    return Episodes(who, on - 1, on, on + follow_up // 2, on + follow_up, table[:, 2])


def of_world(settings: AlertSettings, overrides: Sequence[str], seed: int) -> tuple[Replay, list[float]]:
    """Replay a made-up world; return also the false alarms per 1,000 unchanged customers and month at each rate."""
    config = compose(["source=simulated", *(f"source.world.{one}" for one in overrides), f"source.world.seed={seed}"])
    assert config.source.world is not None
    engine = connect(config.engine)
    log = read(config.source, engine)
    prepared = prepare(log.lines, engine)
    learnt = learn(settings, prepared, log, seed)
    found, days, cool = learnt.watched, learnt.days, settings.cool_days
    truth = changes(config.source.world, learnt, prepared)
    parts = list(grids(learnt.visits, days, found.beliefs, found.watching))
    watched = np.concatenate([grid.watched for _, grid in parts])
    change = np.minimum(truth["died"], truth["halved"])
    same = months((watched & (days < change[:, None]))[:, days >= found.start])

    def measured(wanted: float) -> float:
        height, count = found.levels.thresholds(wanted), 0
        for first, grid in parts:
            given = alarms(loud(grid, height), days, cool).between(found.start, log.last_day)
            count += int((given.day < change[first + given.customer]).sum())
        return 1000.0 * count / same

    false = [measured(settings.false_alarms * multiple) for multiple in MULTIPLES]
    episodes = defections(truth, learnt, watched, log.last_day)
    result = replayed(settings, learnt, episodes, log.last_day - found.follow_up_days // 2)
    prepared.close()
    engine.close()
    return result, false


def of_log(settings: AlertSettings, name: str, seed: int) -> Replay:
    """Replay a sample log."""
    config = compose([f"source={name}"])
    engine = connect(config.engine)
    log = read(config.source, engine)
    prepared = prepare(log.lines, engine)
    result = watch(settings, prepared, log, seed).replay
    prepared.close()
    engine.close()
    assert result is not None
    return result


def case(name: str, seeds: int) -> dict[str, Any]:
    """Replay a case once per seed, and return its figures at each wanted rate."""
    settings, world = AlertSettings(), CASES[name]
    replays: list[Replay] = []
    false: list[list[float]] = []
    for seed in range(seeds):
        if world is None:
            replays.append(of_log(settings, name, seed))
        else:
            result, rates = of_world(settings, world, seed)
            replays.append(result)
            false.append(rates)
    rows = [
        row(settings.false_alarms * multiple, [one.curve[at] for one in replays], [rates[at] for rates in false])
        for at, multiple in enumerate(MULTIPLES)
    ]
    return {"case": name, "world": world, "seeds": seeds, "episodes": [one.episodes for one in replays], "rates": rows}


def row(wanted: float, runs: Sequence[tuple[Quality, ...]], false: list[float]) -> dict[str, Any]:
    """Return the means over the seeds at one wanted rate, and the ratio to the better rule of all and of each."""
    table = [{one.method: asdict(one) for one in run} for run in runs]
    names = [name for name in table[0][OURS] if name != "method"]
    mean = {
        method: {name: round(float(np.mean([one[method][name] for one in table])), 4) for name in names}
        for method in (OURS, *RULES)
    }
    ratios = {
        f"ratio_{name}": better({method: mean[method][name] for method in mean})
        for name in ("caught_count", "caught_loss")
    }
    each = [better({method: one[method]["caught_count"] for method in mean}) for one in table]
    each_false = {"false_alarms_each": [round(one, 2) for one in false]}
    rates = {"false_alarms": round(float(np.mean(false)), 2), **each_false} if false else {}
    return {"wanted": wanted, **rates, **ratios, "ratio_each": each, "methods": mean}


def better(of: dict[str, float]) -> float:
    """Return ours over the better rule's."""
    return round(of[OURS] / max(of[name] for name in RULES), 3)


def table(found: dict[str, Any]) -> str:
    """Write a case as a table: ours / overdue / dropped."""
    decimals = {"caught": 3, "caught_loss": 3, "lead_recall": 3, "precision": 3, "precision_at_capacity": 3}
    heads = ["wanted", "false", "alarms", *decimals, "ratio (loss)"]
    lines = [f"{found['case']}: {found['seeds']} seeds, {np.mean(found['episodes']):,.0f} defections", ""]
    lines += [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for at in found["rates"]:
        cells = [f"{at['wanted']:g}", f"{at['false_alarms']:.1f}" if "false_alarms" in at else "-"]
        cells.append(f"{at['methods'][OURS]['alarms_per_month']:.1f}")
        cells += [" / ".join(f"{one[name]:.{n}f}" for one in at["methods"].values()) for name, n in decimals.items()]
        cells.append(f"{at['ratio_caught_count']:.2f} ({at['ratio_caught_loss']:.2f})")
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", default="benchmarks/alerts.json")
    args = parser.parse_args()
    out = Path(args.out)
    before = json.loads(out.read_text(encoding="utf-8"))["cases"] if out.exists() else []
    done = {one["case"]: one for one in before}
    for name in args.cases.split(","):
        start = time.perf_counter()
        done[name] = case(name, args.seeds)
        print(f"{table(done[name])}\n\n{name}: {time.perf_counter() - start:.0f} s\n", flush=True)
        cases = [done[one] for one in CASES if one in done]
        record = {**provenance(), "machine": facts(), "cases": cases}
        out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
