"""A campaign whose effect is known, with the log of what came after it, for the tests of read-backs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from makers import engine, small_log
from small_logs import Row

from setia.act import ReadbackSettings, Reading, readback
from setia.campaign import Campaign, CampaignLedger, Members

AS_OF, ENDS = 17_100, 17_130
MARGIN, COST, TAKE_RATE, CONTACT = 0.3, 2.0, 0.5, 0.25
COLUMNS = ("customer_id", "day", "amount")
SPRING = Campaign(
    name="spring",
    policy="retain",
    as_of=AS_OF,
    ends=ENDS,
    made_at="2026-11-01T08:00:00+00:00",
    model_version="7",
    value_basis="revenue",
    currency="EUR",
    offer="2",
    contact_cost=CONTACT,
    settings={
        "act": {"margin": MARGIN},
        "policy": {"offer": {"cost": COST, "take_rate": TAKE_RATE}},
        "costs": None,
    },
    seed=3,
    fingerprint="abc",
)


def members(n: int = 240, seed: int = 0) -> Members:
    """Members of two segments, a third of them left alone."""
    random = np.random.default_rng(seed)
    return Members(
        customer_id=np.array([f"m{k:04d}" for k in range(n)]),
        control=random.permutation(np.arange(n) % 3 == 0),
        stratum=np.arange(n) % 2,
        chance=np.full(n, 1 / 3),
        segment=np.array(["save", "keep"])[np.arange(n) % 2],
        p_defect=random.random(n),
        value_saved=random.random(n),
        expected_profit=random.random(n),
        expected_value=random.gamma(2.0, 10.0, n),
    )


def log_of(of: Members, more: float = 0.0, chance: tuple[float, float] = (0.6, 0.6), seed: int = 1) -> list[Row]:
    """Return what the members bought: `more` is what contact adds for each who comes, `chance` that one comes.

    `chance`: of those left alone, and of those contacted.
    """
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for who, control in zip(of.customer_id.tolist(), of.control.tolist(), strict=True):
        rows.append({"customer_id": who, "day": AS_OF - int(random.integers(0, 60)), "amount": 30.0})
        drawn, day, amount = random.random(), AS_OF + int(random.integers(1, 31)), 22 + float(random.gamma(2.0, 4.0))
        if drawn < chance[0 if control else 1]:
            rows.append({"customer_id": who, "day": day, "amount": round(amount + (0 if control else more), 2)})
    rows.append({"customer_id": "a stranger", "day": ENDS, "amount": 1000.0})
    return rows


def noted(folder: Path, of: Members, *campaigns: Campaign) -> CampaignLedger:
    """Note campaigns of these members, spring unless others are named."""
    ledger = CampaignLedger(folder / "campaigns.db", "small")
    for one in campaigns or (SPRING,):
        ledger.add(one, of)
    return ledger


def read(
    folder: Path,
    rows: Iterable[Row],
    campaign: str | None = None,
    columns: tuple[str, ...] = COLUMNS,
    **about: Any,
) -> Reading:
    """Read a campaign back on a log of rows; `about` replaces what is known of the log."""
    settings = ReadbackSettings(campaign, uplift=False, folder=str(folder), ledger=str(folder / "campaigns.db"))
    where = engine()
    try:
        return readback(settings, replace(small_log(where, rows, columns), **about), where, seed=1)
    finally:
        where.close()
