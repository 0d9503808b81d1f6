"""Uplift learners beside peers on a real randomised campaign, and beside the truth in made-up ones.

    python benchmarks/uplift.py [--parts worlds,hillstrom] [--data FILE] [--peer-python PATH] [--exchange FOLDER]
                                [--rows 20000] [--seeds 4] [--out FILE]

The campaign is Hillstrom's (2008): 64,000 customers, two e-mails and a control group, outcomes of two weeks. The
headline is any e-mail against none, by spend. Halves are drawn at random within each arm, and each half is learnt
from and judged once; all methods get the same ones. Intervals are of a bootstrap of customers, the same draws for all
methods: they tell of the luck of being measured, not of what was learnt from. Peers run in an interpreter of
their own (`--peer-python`, with scikit-uplift and causalml); what they said stays in `--exchange`, and is not asked
again. Qini is in thousandths of the outcome's unit per customer.
Parts that are not asked for keep the figures that --out already holds.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from machine import facts, provenance
from numpy.typing import NDArray

from setia.learn.uplift import UpliftSettings, fit_uplift
from setia.metrics import qini

Floats = NDArray[np.float64]
ARMS = {"any": ["Mens E-Mail", "Womens E-Mail"], "mens": ["Mens E-Mail"], "womens": ["Womens E-Mail"]}
CONTROL = "No E-Mail"
HEADLINE = "any_spend"
#: Repetitions of the two halves, and base learners of the peers.
CASES: dict[str, tuple[int, list[str]]] = {
    HEADLINE: (5, ["restrained", "usual"]),
    "any_visit": (2, ["restrained"]),
    "any_conversion": (2, ["restrained"]),
    "mens_spend": (2, ["restrained"]),
    "womens_spend": (2, ["restrained"]),
    "mens_visit": (2, ["restrained"]),
    "womens_visit": (2, ["restrained"]),
}
LEARNERS = {f"setia {name}": UpliftSettings(learner=name) for name in ("dr", "x", "t")}
OURS = f"setia {UpliftSettings().learner}"
#: Settings tried in the made-up worlds only.
TRIED = {
    **LEARNERS,
    f"{OURS}, cap 1": UpliftSettings(cap=1.0),
    f"{OURS}, 31 leaves, 100 rounds": UpliftSettings(leaves=31, rounds=100, leaf_share=0.001),
}
WORLDS = [f"{kind}_{size}" for kind in ("binary", "money") for size in ("none", "weak", "strong", "bump")]
DRAWS = 200


def world(name: str, rows: int, seed: int, chance: float) -> tuple[Any, Floats, Floats, Floats]:
    """Return features, treatment, outcome and the true effect of made-up customers.

    A tenth of a feature is missing and three say nothing. "bump" has an effect in the middle of two features only,
    the others one that mostly rises or falls; money is bought by few, in amounts with a heavy tail.
    """
    kind, size = name.split("_")
    random = np.random.default_rng(seed)
    recency, frequency = random.integers(1, 13, rows).astype(float), random.poisson(2, rows).astype(float)
    history, gap = random.lognormal(5, 1, rows), random.exponential(30, rows)
    flags = (random.random((rows, 3)) < 0.5).astype(float)
    gap[random.random(rows) < 0.1] = np.nan
    X = np.column_stack([recency, frequency, history, gap, flags, random.normal(size=(rows, 3))])
    shape = 1.2 * (flags[:, 0] - 0.5) * (recency < 7) + 0.4 * np.tanh(np.log(history) - 5) - 0.4 * (flags[:, 1] - 0.5)
    if size == "bump":
        shape = np.where((recency > 4) & (recency < 9) & (history > 120), 1.0, -0.5)
    spread = {"none": 0.0, "weak": 0.012, "strong": 0.04, "bump": 0.03}[size]
    scale, least = (1.0, 0.001) if kind == "binary" else (0.15, 0.0005)
    without = np.clip(scale * (0.02 + 0.06 * np.exp(-recency / 6) + 0.01 * frequency), least, 1)
    within = np.clip(without + scale * (0.04 + spread * shape), least, 1)
    treated = (random.random(rows) < chance).astype(float)
    bought = random.random(rows) < np.where(treated == 1, within, without)
    if kind == "binary":
        return X.astype(np.float32), treated, bought.astype(float), within - without
    mean = np.full(rows, 55.0) if size == "none" else 55.0 * (history / 150) ** 0.3
    return X.astype(np.float32), treated, bought * mean * random.lognormal(-0.5, 1, rows), (within - without) * mean


def found_share(effect: Floats, score: Floats) -> float:
    """Return the area of the true gains in the order of a score, over that in their own order; 0 is chance."""

    def area(by: Floats) -> float:
        gain = np.cumsum(effect[np.argsort(-by, kind="stable")]) / len(effect)
        return float(gain.mean() - gain[-1] / 2)

    return area(score) / area(effect)


def worlds(rows: int, seeds: int) -> dict[str, Any]:
    """Return, per world and setting, how well the order and the size of true effects are found."""
    table: dict[str, Any] = {}
    for name in WORLDS:
        kept: dict[str, list[list[float]]] = {label: [] for label in TRIED}
        for seed in range(seeds):
            chance = (0.5, 2 / 3)[seed % 2]
            X, treated, outcome, _ = world(name, rows, seed, chance)
            new, _, _, effect = world(name, 20_000, 1000 + seed, chance)
            for label, settings in TRIED.items():
                p = fit_uplift(settings, X, treated, outcome, chance, seed).predict(new)
                apart = [float(p.std() / effect.mean())]
                if not name.endswith("none"):
                    apart += [found_share(effect, p), float(np.var(p - effect) / effect.var())]
                kept[label].append(apart)
        heads = ("spread_over_mean_effect", "found_share_of_order", "error_of_differences")
        table[name] = {
            label: {head: round(float(one), 3) for head, one in zip(heads, np.mean(runs, axis=0), strict=False)}
            for label, runs in kept.items()
        }
        print(name, json.dumps(table[name]), flush=True)
    return {"rows": rows, "seeds": seeds, "table": table}


def hillstrom(path: Path) -> tuple[Any, Any, dict[str, Floats]]:
    """Return features (rows, features), the arm of each row, and the three outcomes."""
    import pandas as pd

    data = pd.read_parquet(path)
    columns = {name: data[name] for name in ("recency", "history", "mens", "womens", "newbie")}
    for name in ("zip_code", "channel"):
        columns |= {f"{name}_{one}": data[name] == one for one in sorted(data[name].unique())}
    X = np.column_stack([column.to_numpy(dtype=np.float32) for column in columns.values()])
    outcomes = {name: data[name].to_numpy(dtype=np.float64) for name in ("spend", "visit", "conversion")}
    return X, data["segment"].to_numpy(), outcomes


def halves(arm: Any, repeats: int) -> NDArray[np.bool_]:
    """Return which rows are judged in each split, shape (2 x repeats, rows): random halves of each arm."""
    held = []
    for seed in range(repeats):
        random, half = np.random.default_rng(seed), np.zeros(len(arm), dtype=bool)
        for one in np.unique(arm):
            rows = random.permutation(np.flatnonzero(arm == one))
            half[rows[: len(rows) // 2]] = True
        held += [half, ~half]
    return np.array(held)


def cases(path: Path) -> dict[str, dict[str, Any]]:
    """Return the arrays of each case."""
    X, arm, outcomes = hillstrom(path)
    made = {}
    for name, (repeats, styles) in CASES.items():
        who, what = name.split("_")
        kept = np.isin(arm, [*ARMS[who], CONTROL])
        treated = (arm[kept] != CONTROL).astype(float)
        made[name] = {
            "X": X[kept],
            "treated": treated,
            "outcome": outcomes[what][kept],
            "propensity": len(ARMS[who]) / (len(ARMS[who]) + 1),  # the three arms were drawn as equals
            "held": halves(arm[kept], repeats),
            "styles": np.array(styles),
        }
    return made


def ours(data: dict[str, Any], learners: dict[str, UpliftSettings]) -> dict[str, Floats]:
    """Return the scores of learners of ours and of the simple rules, (splits, rows); what is not judged stays 0."""
    X, held, scores = data["X"], data["held"], {}
    for label, settings in learners.items():
        scores[label] = np.zeros(held.shape)
        for split, out in enumerate(held):
            rows = (X[~out], data["treated"][~out], data["outcome"][~out])
            scores[label][split, out] = fit_uplift(settings, *rows, data["propensity"], split).predict(X[out])
    random = np.random.default_rng(0)
    scores["treat all (random order)"] = random.random(held.shape)
    scores["by value (history)"] = np.tile(X[:, 1].astype(np.float64), (len(held), 1))
    scores["by recency"] = np.tile(-X[:, 0].astype(np.float64), (len(held), 1))
    return scores


def measured(data: dict[str, Any], scores: dict[str, Floats]) -> dict[str, Any]:
    """Return the mean Qini of each method with its interval, and the paired interval of ours less each."""
    held, e = data["held"], data["propensity"]

    def ranked(of: Floats, split: int) -> Any:
        rows = np.flatnonzero(held[split])
        return rows[np.argsort(-of[split, rows], kind="stable")]  # sorted once: every draw sorts it again, faster

    places = {label: [ranked(of, split) for split in range(len(held))] for label, of in scores.items()}

    def means(weight: NDArray[np.int64] | None) -> list[float]:
        found = []
        for label, of in scores.items():
            each = [
                qini(
                    data["outcome"][rows],
                    data["treated"][rows],
                    of[split, rows],
                    e,
                    None if weight is None else weight[rows],
                )
                for split, rows in enumerate(places[label])
            ]
            found.append(1000 * float(np.mean(each)))
        return found

    point, random, rows = means(None), np.random.default_rng(1), held.shape[1]
    drawn = np.array([means(random.multinomial(rows, np.full(rows, 1 / rows))) for _ in range(DRAWS)])
    names = list(scores)
    first = names.index(OURS)

    def interval(of: Floats) -> list[float]:
        return [round(float(one), 3) for one in np.quantile(of, [0.025, 0.975])]

    table = {
        name: {
            "qini": round(point[at], 3),
            "interval": interval(drawn[:, at]),
            "ours_less_it": round(point[first] - point[at], 3),
            "interval_of_difference": interval(drawn[:, first] - drawn[:, at]),
        }
        for at, name in enumerate(names)
    }
    peers = [name for name in names if name.startswith(("sklift", "causalml"))]
    result: dict[str, Any] = {"splits": len(held), "rows": rows, "ours": OURS, "methods": table}
    if peers:
        best = max(peers, key=lambda name: table[name]["qini"])
        result["best_peer"] = best
        result["accepted"] = table[best]["interval_of_difference"][1] >= 0
    return result


def campaign(path: Path, peer_python: str | None, exchange: str | None) -> dict[str, Any]:
    """Run all cases, with the peers beside us where there is an interpreter that has them."""
    made, result = cases(path), {}
    with TemporaryDirectory() as name:
        folder = Path(exchange or name)
        folder.mkdir(parents=True, exist_ok=True)
        for label, data in made.items():
            np.savez(folder / f"{label}.npz", **data)
        script = str(Path(__file__).with_name("uplift_peers.py"))
        running = subprocess.Popen([peer_python, script, str(folder)]) if peer_python else None
        scores = {}
        for label, data in made.items():
            start = time.process_time()
            scores[label] = ours(data, LEARNERS if label == HEADLINE else {OURS: LEARNERS[OURS]})
            print(f"{label}: ours took {time.process_time() - start:.0f} CPU seconds", flush=True)
        failed = running is not None and running.wait() != 0
        for label, data in made.items():
            notes: Any = "no --peer-python was given" if running is None else "the peers' script failed"
            if running is not None and (told := folder / f"{label}.peers.json").exists():
                scores[label] |= dict(np.load(folder / f"{label}.peers.npz"))
                notes = json.loads(told.read_text(encoding="utf-8"))
            result[label] = measured(data, scores[label]) | {"peers": notes}
            print(table_of(label, result[label]), flush=True)
    return {"peers_failed": failed, "cases": result}


def table_of(label: str, found: dict[str, Any]) -> str:
    """Write a case as a table, best first."""
    lines = [f"\n{label}: {found['splits']} splits", "| method | Qini x 1,000 | ours - it |", "|---|---|---|"]
    for name, at in sorted(found["methods"].items(), key=lambda item: -item[1]["qini"]):
        cells = [f"{at[key]:.2f} [{at[of][0]:.2f}, {at[of][1]:.2f}]" for key, of in PAIRS]
        lines.append(f"| {name} | {' | '.join(cells)} |")
    return "\n".join([*lines, f"best peer: {found.get('best_peer')}, accepted: {found.get('accepted')}"])


PAIRS = (("qini", "interval"), ("ours_less_it", "interval_of_difference"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", default="worlds,hillstrom")
    parser.add_argument("--data", default="../shared/data/hillstrom.parquet")
    parser.add_argument("--peer-python", default=None)
    parser.add_argument("--exchange", default=None)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--out", default="benchmarks/uplift.json")
    args = parser.parse_args()
    out, parts = Path(args.out), args.parts.split(",")
    if "hillstrom" in parts and not Path(args.data).exists():
        sys.exit(f"There is no {args.data}: give the path of Hillstrom's e-mail campaign as Parquet with --data.")
    record = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    for part in parts:
        found = (
            worlds(args.rows, args.seeds)
            if part == "worlds"
            else campaign(Path(args.data), args.peer_python, args.exchange)
        )
        record |= {**provenance(), "machine": facts(), part: found}
        out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
