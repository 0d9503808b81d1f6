"""What a model says of itself: what it was made for, of what, and how good it was beside the best rule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from setia.report.cells import Cells, per_cent
from setia.timeline import date_of

if TYPE_CHECKING:
    from setia.bundle import Bundle
    from setia.proof import Proof

#: The figures of the first glance: an order by risk, an order by value.
SHOWN: Final = {"auc": "AUC", "gini": "Gini"}


def said_of(bundle: Bundle, version: str) -> Cells:
    """Return a model's own lines."""
    facts, proof = bundle.facts, bundle.proof
    units = f" in {facts.currency}" if facts.currency and facts.basis != "purchases" else ""
    rows = [
        ("says", f"who defects within {facts.horizon_days} days ({facts.definition}), and {facts.basis}{units}"),
        (
            "learnt from",
            f"{facts.customers:,} customers at {len(facts.cutoffs)} cutoffs up to {facts.cutoffs[-1]}, by "
            f"{len(bundle.feature_names)} features; the log ends on {facts.as_of}",
        ),
    ]
    if proof is not None:
        day, many = date_of(proof.cutoff), f"{proof.customers:,} customers"
        figures = "; ".join(_beside(proof, metric) for metric in SHOWN)
        rows.append((f"holdout of {day}", f"{many}, {per_cent(proof.defected_share)} defected: {figures}"))
    return Cells(f"Model of {facts.source} ({version})", tuple(rows), (f"Defected: {bundle.definition.words}.",))


def _beside(proof: Proof, metric: str) -> str:
    """Write a figure of ours beside that of the rule that does best; more is better."""
    ours = proof.figure(metric, "setia")
    if ours is None or ours.value != ours.value:
        return f"{SHOWN[metric]} unknown"
    rules = [f for f in proof.figures if f.metric == metric and f.group == "all" and f.method != "setia"]
    known = [rule for rule in rules if rule.value == rule.value]
    if not known:
        return f"{SHOWN[metric]} {ours.value:.3f}"
    best = max(known, key=lambda rule: rule.value)
    return f"{SHOWN[metric]} {ours.value:.3f}, the best rule ({best.method}) {best.value:.3f}"
