"""Made-up campaigns whose effects are known: what `benchmarks/uplift.py` chooses the default settings by."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setia.learn.uplift import UpliftSettings, fit_uplift

Floats = NDArray[np.float64]
WORLDS = [f"{kind}_{size}" for kind in ("binary", "money") for size in ("none", "weak", "strong", "bump")]


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


def worlds(tried: dict[str, UpliftSettings], rows: int, seeds: int) -> dict[str, Any]:
    """Return, per world and setting, how well the order and the size of true effects are found."""
    table: dict[str, Any] = {}
    for name in WORLDS:
        kept: dict[str, list[list[float]]] = {label: [] for label in tried}
        for seed in range(seeds):
            chance = (0.5, 2 / 3, 0.9)[seed % 3]
            X, treated, outcome, _ = world(name, rows, seed, chance)
            new, _, _, effect = world(name, 20_000, 1000 + seed, chance)
            for label, settings in tried.items():
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
