"""Uplift learners beside peers on a real randomised campaign, and beside the truth in made-up ones.

    python benchmarks/uplift.py [--parts worlds,hillstrom] [--data FILE] [--peer-python PATH] [--exchange FOLDER]
                                [--rows 20000] [--seeds 3] [--out FILE]

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
from uplift_worlds import worlds

from setia.learn.uplift import UpliftSettings, fit_uplift
from setia.metrics import qini

Floats = NDArray[np.float64]
ARMS = {"any": ["Mens E-Mail", "Womens E-Mail"], "mens": ["Mens E-Mail"], "womens": ["Womens E-Mail"]}
CONTROL = "No E-Mail"
HEADLINE = "any_spend"
#: Repetitions of the two halves, draws of the bootstrap, and base learners of the peers.
CASES: dict[str, tuple[int, int, list[str]]] = {
    HEADLINE: (5, 200, ["restrained", "usual"]),
    "any_visit": (2, 100, ["restrained"]),
    "any_conversion": (2, 100, ["restrained"]),
    "mens_spend": (2, 100, ["restrained"]),
    "womens_spend": (2, 100, ["restrained"]),
    "mens_visit": (2, 100, ["restrained"]),
    "womens_visit": (2, 100, ["restrained"]),
}
LEARNERS = {f"setia {name}": UpliftSettings(learner=name) for name in ("dr", "x", "t")}
OURS = f"setia {UpliftSettings().learner}"
#: Settings tried in the made-up worlds only.
TRIED = {
    **LEARNERS,
    f"{OURS}, cap 1": UpliftSettings(cap=1.0),
    f"{OURS}, 31 leaves, 100 rounds": UpliftSettings(leaves=31, rounds=100, leaf_share=0.001),
}


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
    for name, (repeats, draws, styles) in CASES.items():
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
            "draws": draws,
        }
    return made


def ours(data: dict[str, Any]) -> dict[str, Floats]:
    """Return the scores of our learners and of the simple rules, (splits, rows); what is not judged stays 0."""
    X, held, scores = data["X"], data["held"], {}
    for label, settings in LEARNERS.items():
        scores[label] = np.zeros(held.shape)
        for split, out in enumerate(held):
            rows = (X[~out], data["treated"][~out], data["outcome"][~out])
            scores[label][split, out] = fit_uplift(settings, *rows, data["propensity"], split).predict(X[out])
    random = np.random.default_rng(0)
    scores["treat all (random order)"] = random.random(held.shape)
    scores["by value (history)"] = np.tile(X[:, 1].astype(np.float64), (len(held), 1))
    scores["by recency"] = np.tile(-X[:, 0].astype(np.float64), (len(held), 1))
    return scores


class Ranked:
    """The judged rows of one split in the order of one method, sorted once for all draws of the bootstrap."""

    def __init__(self, data: dict[str, Any], of: Floats, split: int) -> None:
        held, e = np.flatnonzero(data["held"][split]), data["propensity"]
        self.rows = held[np.argsort(-of[split, held], kind="stable")]
        score = of[split, self.rows]
        self.ends = np.flatnonzero(np.append(score[1:] != score[:-1], True))
        t, y = data["treated"][self.rows], data["outcome"][self.rows]
        one, none = t / e, (1 - t) / (1 - e)
        self.columns = np.array([np.ones_like(t), one, one * y, none, none * y])
        # The library's own figure; the bootstrap's arithmetic below has to agree with it.
        self.point = qini(y, t, score, e)
        assert np.isclose(self.point, self.qini(np.ones(held.max() + 1)), atol=1e-12)

    def qini(self, weight: Floats) -> float:
        """Return the Qini with a weight per row of the case, as `setia.metrics.qini` defines it."""
        share, one, with_it, none, without = np.cumsum(self.columns * weight[self.rows], axis=1)[:, self.ends]
        curve = (with_it - without / np.maximum(none, 1e-300) * one) / one[-1]
        share = np.append(0.0, share / share[-1])
        return float(np.trapezoid(np.append(0.0, curve) - share * curve[-1], share))


def measured(data: dict[str, Any], scores: dict[str, Floats]) -> Floats:
    """Return the mean Qini of each method over the splits, first as it is, then by draw: (1 + draws, methods)."""
    held = data["held"]
    places = [[Ranked(data, of, split) for split in range(len(held))] for of in scores.values()]

    def means(weight: Floats) -> list[float]:
        return [1000 * float(np.mean([one.qini(weight) for one in ranked])) for ranked in places]

    point = [1000 * float(np.mean([one.point for one in ranked])) for ranked in places]
    random, rows = np.random.default_rng(1), held.shape[1]
    even = np.full(rows, 1 / rows)
    draws = range(int(data["draws"]))
    return np.array([point, *(means(random.multinomial(rows, even).astype(np.float64)) for _ in draws)])


def judged(names: list[str], found: Floats, splits: int) -> dict[str, Any]:
    """Return each method's mean Qini with its interval, and the paired interval of ours less it."""
    point, drawn = found[0], found[1:]
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
    result: dict[str, Any] = {"splits": splits, "draws": len(drawn), "ours": OURS, "methods": table}
    if peers:
        best = max(peers, key=lambda name: table[name]["qini"])
        result["best_peer"] = best
        result["accepted"] = table[best]["interval_of_difference"][1] >= 0
        at = names.index(best)
        result["each_learner_less_best_peer"] = {
            name: [round(point[own] - point[at], 3), *interval(drawn[:, own] - drawn[:, at])]
            for own, name in enumerate(names)
            if name in LEARNERS
        }
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
            scores[label] = ours(data)
            print(f"{label}: ours took {time.process_time() - start:.0f} CPU seconds", flush=True)
        failed = running is not None and running.wait() != 0
        for label, data in made.items():
            notes: Any = "no --peer-python was given" if running is None else "the peers' script failed"
            if running is not None and (told := folder / f"{label}.peers.json").exists():
                scores[label] |= dict(np.load(folder / f"{label}.peers.npz"))
                notes = json.loads(told.read_text(encoding="utf-8"))
            qinis = measured(data, scores[label])
            result[label] = judged(list(scores[label]), qinis, len(data["held"])) | {"peers": notes}
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
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", default="benchmarks/uplift.json")
    args = parser.parse_args()
    out, parts = Path(args.out), args.parts.split(",")
    if "hillstrom" in parts and not Path(args.data).exists():
        sys.exit(f"There is no {args.data}: give the path of Hillstrom's e-mail campaign as Parquet with --data.")
    record = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    for part in parts:
        found = (
            worlds(TRIED, args.rows, args.seeds)
            if part == "worlds"
            else campaign(Path(args.data), args.peer_python, args.exchange)
        )
        record |= {**provenance(), "machine": facts(), part: found}
        out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
