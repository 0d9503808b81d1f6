"""Accuracy as a user would meet it: train on what was known at a day, score, then look at what came.

    python benchmarks/accuracy.py [--logs cdnow,complete_journey,online_retail] [--out benchmarks/accuracy.json]

Every case truncates the log at `as_of`, trains with the defaults (no setting but the horizon), scores, and
meets the truth of the next `horizon` days, beside the simple rules. Online Retail is read from --retail
(UCI Online Retail as Parquet); without that file its cases are left out and said to be.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np

import setia
from setia import metrics
from setia.timeline import day_of

CASES = (
    *(("cdnow", day, 91) for day in ("1997-09-30", "1997-12-31", "1998-03-31")),
    *(("complete_journey", day, 60) for day in ("2017-09-01", "2017-10-01", "2017-11-01")),
    *(("online_retail", day, 60) for day in ("2011-08-10", "2011-10-09")),
)


def truth(days, scores, as_of, horizon):
    """Return whether each scored customer defected, and the value of the horizon after as_of."""
    day = (days["date"] - np.datetime64("1970-01-01")).dt.days
    ahead = days[(day > day_of(as_of)) & (day <= day_of(as_of) + horizon)]
    value = ahead.groupby("customer_id")["value"].sum()
    buyers = set(ahead.loc[ahead["is_purchase"], "customer_id"])
    ids = scores["customer_id"]
    return np.array([c not in buyers for c in ids], dtype=float), ids.map(value).fillna(0.0).to_numpy()


def rules(days, scores, as_of, horizon):
    """Return the scores of the simple rules: days since last, spend rate, the last horizon again."""
    day = (days["date"] - np.datetime64("1970-01-01")).dt.days
    past = days[day <= day_of(as_of)]
    last = past[day[past.index] > day_of(as_of) - horizon]
    ids = scores["customer_id"]
    tenure = day_of(as_of) - ids.map(day[past.index].groupby(past["customer_id"]).min()).to_numpy() + 1
    spend = ids.map(past.groupby("customer_id")["value"].sum()).to_numpy()
    again = ids.map(last.groupby("customer_id")["value"].sum()).fillna(0.0).to_numpy()
    silent = 1.0 - ids.isin(set(last.loc[last["is_purchase"], "customer_id"])).to_numpy()
    return {
        "days since last": (scores["days_since_last"].to_numpy(float), None),
        "spend rate": (None, spend / tenure * horizon),
        "last horizon again": (silent, again),
    }


def judge(y, v, score, value, *, probability):
    """Return the figures of one method."""
    found = {}
    if score is not None:
        found["auc"] = metrics.auc(y, score)
        if probability:
            found["log_loss"] = metrics.log_loss(y, score)
            found["ece"] = metrics.calibration_error(y, score)
    if value is not None:
        found |= {name: getattr(metrics, name)(v, value) for name in ("gini", "rmse", "mae", "bias")}
    return {name: round(float(x), 4) for name, x in found.items()}


def case(name, source, as_of, horizon, days):
    """Train, score and judge one case."""
    start = time.perf_counter()
    model = setia.train(setia.read(source, as_of=as_of), horizon_days=horizon)
    scores = model.score(setia.read(source, as_of=as_of))
    y, v = truth(days, scores, as_of, horizon)
    found = {"setia": judge(y, v, scores["p_defect"].to_numpy(), scores["expected_value"].to_numpy(), probability=True)}
    # A rule is no probability: its log loss is that of the best logistic curve through it, fitted on the
    # truth itself, so no calibration could do better.
    for rule, (score, value) in rules(days, scores, as_of, horizon).items():
        found[rule] = judge(y, v, score, value, probability=False)
        if score is not None:
            found[rule]["log_loss"] = round(float(_best_log_loss(y, score)), 4)
    return {
        "log": name,
        "as_of": as_of,
        "horizon_days": horizon,
        "customers": len(y),
        "defected": round(y.mean(), 4),
        "seconds": round(time.perf_counter() - start, 1),
        "figures": found,
    }


def _best_log_loss(y, score):
    from sklearn.linear_model import LogisticRegression

    x = np.log1p(score)[:, None]
    return metrics.log_loss(y, LogisticRegression(C=1e6).fit(x, y).predict_proba(x)[:, 1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", default="cdnow,complete_journey,online_retail")
    parser.add_argument("--retail", default="../shared/data/online_retail.parquet")
    parser.add_argument("--out", default="benchmarks/accuracy.json")
    args = parser.parse_args()
    done, days = [], {}
    for name, as_of, horizon in CASES:
        source = args.retail if name == "online_retail" else name
        if name not in args.logs.split(","):
            continue
        if name == "online_retail" and not Path(source).exists():
            print(f"{name}: left out, {source} does not exist")
            continue
        if name not in days:
            days = {name: setia.purchases(setia.read(source))}
        done.append(case(name, source, as_of, horizon, days[name]))
        ours, others = done[-1]["figures"]["setia"], list(done[-1]["figures"].values())[1:]
        beats = all(
            (ours[m] > o[m]) if m in ("auc", "gini") else (ours[m] < o[m])
            for o in others
            for m in ("auc", "log_loss", "gini", "rmse")
            if m in o
        )
        print(name, as_of, f"{done[-1]['seconds']} s", "beats every rule" if beats else "DOES NOT beat every rule")
        for method, figures in done[-1]["figures"].items():
            print(f"   {method:20s}", figures, flush=True)
        Path(args.out).write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
