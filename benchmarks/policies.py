"""What the expected-profit policy earns in worlds with a known effect of contact, beside oracles and plain rules.

    python benchmarks/policies.py [--worlds default,slow,...] [--customers 6000] [--seeds 2] [--out FILE]

Every customer has an own chance to be kept by a contact, to be woken and to take the offer; the policies know their
means alone. What each earns is its expectation under the world's latents (no coming chance is drawn). Two oracles know
the same means: `law` knows the world's distributions and the purchases of each customer, which is all that a log can
tell; `latents` knows who has left and every rate. `effects` knows each customer's own chances too, which nothing in a
log tells. Plain rules contact as many customers as the policy, or as many as serve them best (in hindsight).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
from law import by_law
from machine import facts, provenance
from numpy.typing import NDArray

from setia.act.ground import scored
from setia.config import compose
from setia.engine import connect
from setia.policy import Offer, Stakes, expected_profit
from setia.simulate import Terms, World, contact_truth, simulate
from setia.source import read
from setia.training import train

Floats = NDArray[np.float64]
WORLDS: dict[str, list[str]] = {
    "default": [],
    "slow": ["purchases_per_year=4", "dropout_per_year=0.5"],
    "fast": ["purchases_per_year=20", "dropout_per_year=1.5"],
    "alike": ["rate_shape=4", "dropout_shape=4", "spend_spread=0.3"],
    "unlike": ["rate_shape=0.6", "dropout_shape=0.4", "spend_spread=1.0"],
    "effects alike": ["contact_concentration=1000"],
    "effects unlike": ["contact_concentration=1"],
}
#: Terms of a campaign: margin, cost of the offer, cost of a contact.
TERMS: dict[str, tuple[float, float, float]] = {
    "cheap offer": (0.3, 3.0, 0.1),
    "usual offer": (0.3, 5.0, 0.5),
    "dear offer": (0.3, 10.0, 1.0),
}
HORIZON = 60


def one_world(overrides: list[str], customers: int, seed: int) -> list[dict[str, Any]]:
    """Train on a world's log, decide at its end, and return what everybody earns, a row for each of TERMS."""
    config = compose(
        [
            *("source=simulated", f"source.world.customers={customers}", f"source.world.seed={seed}"),
            *(f"source.world.{one}" for one in overrides),
            f"horizon_days={HORIZON}",
        ]
    )
    engine = connect(config.engine)
    log = read(config.source, engine)
    bundle = train(config.train, log, engine).bundle
    stakes = scored(bundle, log, engine, config.score, model_version="benchmark", live=False).stakes
    world = config.source.world
    assert isinstance(world, World)
    simulation = simulate(world)
    ids = simulation.truth["customer_id"].to_numpy()
    order = np.argsort(stakes.customer_id.astype(str))
    stakes = stakes.rows(order)
    place = np.searchsorted(ids.astype(str), stakes.customer_id.astype(str))
    latent = {name: simulation.truth[name].to_numpy()[place] for name in ("first_day", "mean_spend")}
    last = _last_days(simulation, ids)[place]
    rows = []
    for name, (margin, offer, contact) in TERMS.items():
        terms = Terms(HORIZON, config.train.clv_horizon_days, config.train.discount_rate_annual, margin, offer, contact)
        truth = contact_truth(simulation, world.last_day, terms)
        of = {field: getattr(truth, field)[place] for field in truth.__dataclass_fields__}
        known = by_law(
            simulation,
            terms,
            latent["first_day"] - world.first_day,
            last - world.first_day,
            stakes.frequency,
            latent["mean_spend"],
        )
        deal = Offer(offer, contact, world.contact_uplift, world.wake_share, world.offer_take_rate)
        rows.append({"terms": name, **earned(stakes.times(margin), deal, of, known)})
    return rows


def _last_days(simulation: Any, ids: NDArray[np.object_]) -> Floats:
    """Return the day of everybody's last purchase."""
    import pyarrow.compute as pc

    lines = simulation.lines.filter(pc.greater(simulation.lines["amount"], 0.0))
    last = lines.group_by("customer_id").aggregate([("day", "max")])
    found = np.zeros(len(ids))
    found[np.searchsorted(ids.astype(str), last["customer_id"].to_numpy().astype(str))] = last["day_max"].to_numpy()
    return found


def earned(stakes: Stakes, deal: Offer, truth: dict[str, Floats], known: Any) -> dict[str, float]:
    """Return what each policy earns, in expectation."""
    profit = truth["profit"]
    ours = expected_profit(stakes, deal).profit
    mean = deal.keep_chance, deal.keep_chance * deal.wake_share, deal.take_rate
    law = (
        mean[0] * (known.leaving - known.leaves * deal.cost)
        + mean[1] * (known.gone - (1 - known.alive) * deal.cost)
        - mean[2] * known.buys * deal.cost
        - deal.contact_cost
    )
    living = truth["leaves"] * mean[0] * (truth["worth"] - deal.cost) - truth["buys"] * mean[2] * deal.cost
    latents = np.where(truth["alive"], living, mean[1] * (truth["worth"] - deal.cost)) - deal.contact_cost
    many = int((ours > 0).sum())
    place = lambda column: np.argsort(np.argsort(column)) / len(column)  # noqa: E731
    rules = {
        "risk": stakes.p_none,
        "value": stakes.clv,
        "rfm": place(stakes.frequency) + place(stakes.expected_value) - place(stakes.p_none),
        "everybody": np.zeros(len(profit)),
    }
    found = {"contacted": float(many), "setia": float(profit[ours > 0].sum())}
    for name, said in (("law", law), ("latents", latents), ("effects", profit)):
        found[name] = float(profit[said > 0].sum())
    for name, score in rules.items():
        running = np.cumsum(profit[np.argsort(-score, kind="stable")])
        found[f"{name}, as many"] = float(running[many - 1]) if many else 0.0
        found[f"{name}, best depth"] = float(max(running.max(), 0.0))
    found["everybody, as many"] = float(profit.mean() * many)
    found["everybody, best depth"] = float(max(profit.sum(), 0.0))
    return found


def summed(cases: list[dict[str, Any]]) -> dict[str, Any]:
    """Return, over some cases, what each earned as a share of the oracle that knows the law."""
    names = [name for name in cases[0] if name not in ("world", "terms", "seed", "contacted")]
    total = {name: sum(case[name] for case in cases) for name in names}
    return {name: round(total[name] / total["law"], 4) for name in names}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--worlds", default=",".join(WORLDS))
    parser.add_argument("--customers", type=int, default=6000)
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--out", type=Path, default=Path("benchmarks/policies.json"))
    asked = parser.parse_args()
    cases: list[dict[str, Any]] = []
    for name in asked.worlds.split(","):
        for seed in range(1, asked.seeds + 1):
            start = time.perf_counter()
            rows = one_world(WORLDS[name], asked.customers, seed)
            cases += [{"world": name, "seed": seed, **row} for row in rows]
            shares = ", ".join(f"{row['terms']} {row['setia'] / row['law']:.3f}" for row in rows)
            print(
                f"{name}, seed {seed}: of the oracle by law {shares} ({time.perf_counter() - start:.0f} s)", flush=True
            )
    by_world = {name: summed([case for case in cases if case["world"] == name]) for name in asked.worlds.split(",")}
    by_terms = {name: summed([case for case in cases if case["terms"] == name]) for name in TERMS}
    content = {
        "made": provenance(),
        "machine": facts(),
        "customers": asked.customers,
        "horizon_days": HORIZON,
        "terms": TERMS,
        "all": summed(cases),
        "by_world": by_world,
        "by_terms": by_terms,
        "cases": [{k: round(v, 1) if isinstance(v, float) else v for k, v in case.items()} for case in cases],
    }
    asked.out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    for name, share in {"all": content["all"], **by_world, **by_terms}.items():
        print(f"{name:15}", "  ".join(f"{key} {value:.3f}" for key, value in share.items()))


if __name__ == "__main__":
    main()
