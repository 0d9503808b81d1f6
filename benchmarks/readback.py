"""Does a read-back keep its word? Thousands of made-up campaigns whose true effect is known.

    python benchmarks/readback.py [--cases default,uneven,calm,win_back] [--campaigns 2000] [--out FILE]

The customers and what a contact changes are those of `readback_pool.py`. Each campaign draws new members from them with
replacement, so that the true effect is the average over them all, and goes the whole way: strata, lot, read-back.
`covers`: the share of campaigns whose interval holds the truth; `above`: whose interval lies above it; `claims`: whose
interval leaves out none. With "none", contact changes and costs nothing. `plain` is without covariates. Cases that are
not asked for keep the figures that --out already holds.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from machine import facts, provenance
from numpy.typing import NDArray
from readback_pool import FOLLOW_UP, Pool, pool

from setia.campaign import Effect, Figure, Followed, draw_control, read_back, strata_of
from setia.simulate import World

Floats = NDArray[np.float64]
WORLD = World(customers=60_000, days=540 + FOLLOW_UP, acquisition_days=540, contact_uplift=0.15, seed=11)
UNEVEN = replace(
    WORLD,
    seed=12,
    purchases_per_year=10.0,
    rate_shape=0.5,
    spend_spread=1.2,
    rate_spend_correlation=0.3,
    contact_concentration=2.0,
)
CALM = replace(
    WORLD,
    seed=13,
    purchases_per_year=6.0,
    rate_shape=3.0,
    dropout_shape=2.0,
    spend_spread=0.4,
    contact_uplift=0.1,
    contact_concentration=10.0,
)
#: Each case's world, and which of its customers a campaign is for, by p_alive.
CASES: dict[str, tuple[World, Callable[[Floats], NDArray[np.bool_]]]] = {
    "default": (WORLD, lambda alive: alive > 0.2),
    "uneven": (UNEVEN, lambda alive: alive > 0.2),
    "calm": (CALM, lambda alive: alive > 0.2),
    "win_back": (replace(WORLD, contact_uplift=0.02), lambda alive: alive <= 0.2),
}
#: Members of a campaign and the share that is left alone.
SIZES = ((2000, 0.25), (600, 0.3))
HEADS = ("members", "effect", "outcome", "covers", "too high", "claims", "length", "plain: covers", "length")
HEADS += ("segments: all cover", "any claims")


def campaign(people: Pool, members: int, share: float, number: int) -> Followed:
    """Draw new members and a control group, and let them live."""
    rows = np.random.default_rng([people.seed, members, number]).integers(0, len(people), members)
    segment = people.segment[rows]
    drawn = draw_control(
        [f"c{i:06d}" for i in range(members)],
        strata_of(people.stake[rows], segment),
        name=f"campaign {number}",
        seed=number,
        share=share,
    )
    contacted = ~drawn.mask
    return Followed(
        contacted=contacted,
        stratum=drawn.stratum,
        kept=np.where(contacted, people.kept[1][rows], people.kept[0][rows]),
        profit=np.where(contacted, people.profit[1][rows], people.profit[0][rows]),
        cost=people.cost[rows],
        covariates=np.stack([people.p_defect[rows], people.expected_value[rows]], axis=1),
        segment=segment,
    )


def figures(effect: Effect, truth: tuple[float, float]) -> list[tuple[float, ...]]:
    """Return for retention and profit: told, covers, above the truth, claims a gain, claims harm, length."""
    return [figure(one, true) for one, true in zip((effect.retention, effect.profit), truth, strict=True)]


def figure(one: Figure | None, true: float) -> tuple[float, ...]:
    """Return a figure's row; one that cannot be told claims nothing and is not counted otherwise."""
    if one is None:
        return (0.0, np.nan, np.nan, 0.0, 0.0, np.nan)
    return (1.0, one.lo <= true <= one.hi, one.lo > true, one.evidence, one.harm, one.hi - one.lo)


def trial(people: Pool, members: int, share: float, campaigns: int) -> dict[str, Any]:
    """Run many campaigns; return what became of their intervals, with and without covariates and by segment."""
    names = np.unique(people.segment).tolist()
    overall = people.truth(slice(None))
    truths = {name: people.truth(people.segment == name) for name in names}
    rows: dict[str, list[Any]] = {"adjusted": [], "plain": [], "segments": []}
    for number in range(campaigns):
        followed = campaign(people, members, share, number)
        found = read_back(followed)
        rows["adjusted"].append(figures(found.overall, overall))
        plain = read_back(replace(followed, covariates=None, segment=None))
        rows["plain"].append(figures(plain.overall, overall))
        parts = {part.segment: part for part in found.segments}
        rows["segments"].append([figures(parts[name], truths[name]) for name in names])
    parts = np.array(rows["segments"])
    out: dict[str, Any] = {"members": members, "control_share": share}
    for at, outcome in enumerate(("retention", "profit")):
        by_segment = {name: summary(parts[:, k, at], truths[name][at]) for k, name in enumerate(names)}
        together = {
            "all_cover": rate(np.nanmin(parts[:, :, at, 1], axis=1)),
            "any_claims": rate(parts[:, :, at, 3:5].max(axis=(1, 2))),
        }
        out[outcome] = {
            **{way: summary(np.array(rows[way])[:, at], overall[at]) for way in ("adjusted", "plain")},
            "segments": {**by_segment, "together": together},
        }
    return out


def summary(rows: Floats, true: float) -> dict[str, float]:
    """Return the shares over campaigns and the mean length of the interval."""
    told, covers, above, gain, harm, length = rows.T
    return {
        "true": round(true, 4),
        "told": rate(told),
        "covers": rate(covers),
        "above": rate(above),
        "claims_gain": rate(gain),
        "claims_harm": rate(harm),
        "length": round(float(np.nanmean(length)), 4),
    }


def rate(yes: Floats) -> float:
    """Return a share."""
    return round(float(np.nanmean(yes)), 4)


def case(name: str, campaigns: int) -> dict[str, Any]:
    """Run a case with its effect and without any."""
    world, eligible = CASES[name]
    effects = {"effect": pool(world, eligible, True), "none": pool(world, eligible, False)}
    before = effects["none"]
    profit = before.profit[0]
    about = {
        "customers": len(before),
        "base_rate": rate(before.kept[0]),
        "mean_profit": round(float(profit.mean()), 2),
        "skewness": round(float(np.mean(((profit - profit.mean()) / profit.std()) ** 3)), 1),
    }
    trials = [
        {"with": kind, **trial(people, members, share, campaigns)}
        for members, share in SIZES
        for kind, people in effects.items()
    ]
    return {"case": name, "campaigns": campaigns, **about, "trials": trials}


def table(found: dict[str, Any]) -> str:
    """Write a case as a table."""
    lines = [
        f"{found['case']}: {found['campaigns']:,} campaigns, {100 * found['base_rate']:.1f} % kept, "
        f"skewness of profit {found['skewness']}",
        "",
        f"| {' | '.join(HEADS)} |",
        "|---" * len(HEADS) + "|",
    ]
    for one in found["trials"]:
        for outcome in ("retention", "profit"):
            ours, plain = one[outcome]["adjusted"], one[outcome]["plain"]
            together = one[outcome]["segments"]["together"]
            cells = [f"{one['members']:,}", one["with"], outcome, f"{ours['covers']:.4f}", f"{ours['above']:.4f}"]
            cells += [f"{ours['claims_gain'] + ours['claims_harm']:.4f}", f"{ours['length']:.3f}"]
            cells += [f"{plain['covers']:.4f}", f"{plain['length']:.3f}"]
            cells += [f"{together['all_cover']:.4f}", f"{together['any_claims']:.4f}"]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", default=",".join(CASES))
    parser.add_argument("--campaigns", type=int, default=2000)
    parser.add_argument("--out", default="benchmarks/readback.json")
    args = parser.parse_args()
    out = Path(args.out)
    before = json.loads(out.read_text(encoding="utf-8"))["cases"] if out.exists() else []
    done = {one["case"]: one for one in before}
    for name in args.cases.split(","):
        start = time.perf_counter()
        done[name] = case(name, args.campaigns)
        print(f"{table(done[name])}\n\n{name}: {time.perf_counter() - start:.0f} s\n", flush=True)
        cases = [done[one] for one in CASES if one in done]
        record = {**provenance(), "machine": facts(), "cases": cases}
        out.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
