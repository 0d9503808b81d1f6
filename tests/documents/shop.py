"""Small made-up logs in the shape that a command asks for: its path, its column names, its kind of dates."""

from __future__ import annotations

import functools
import re
import sqlite3
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from documents.pages import run_pages
from setia.simulate import World, simulate

#: A year of a shop whose first customers came early: enough to train on with every horizon that the pages name.
YEAR = World(
    customers=220,
    start="2017-01-01",
    days=366,
    acquisition_days=150,
    purchases_per_year=25,
    dropout_per_year=0.8,
    seed=4,
)
#: CDNOW's months.
MUSIC = World(
    customers=260,
    start="1997-01-01",
    days=545,
    acquisition_days=90,
    purchases_per_year=16,
    dropout_per_year=0.8,
    seed=5,
)
#: The columns that the samples have.
GROCERY = ("customer_id", "timestamp", "amount", "order_id", "product_id", "category", "quantity", "discount")
CDS = ("customer_id", "timestamp", "amount", "quantity")
ALL = (*GROCERY, "unit_cost")


@functools.cache
def log_of(world: World) -> pd.DataFrame:
    """Return the lines of a world, its most frequent buyers under the ids that the pages name."""
    lines: pd.DataFrame = simulate(world).lines.to_pandas()
    lines["timestamp"] = pd.to_datetime(lines.pop("day"), unit="D")
    often = [str(name) for name, _ in Counter(lines["customer_id"]).most_common()]
    names = dict(zip(often, _named_customers(), strict=False))
    lines["customer_id"] = lines["customer_id"].map(lambda name: names.get(str(name), str(name)))
    return lines


def _named_customers() -> list[str]:
    text = "\n".join(page.read_text(encoding="utf-8") for page in run_pages())
    found = re.findall(r"""(?:customer\([\w.]+, ["']|\bID=|customer\.id=)([\w-]+)""", text)
    return list(dict.fromkeys(found))


def provide(settings: Mapping[str, str], folder: Path) -> None:
    """Write the log that `source.*` asks for, unless the page has written it."""
    kind = settings.get("source")
    if kind == "files" and "source.path" in settings:
        _files(settings, folder, settings["source.path"])
    if kind == "database" and settings.get("source.url", "").startswith("sqlite:///"):
        path = folder / settings["source.url"].removeprefix("sqlite:///")
        path.parent.mkdir(parents=True, exist_ok=True)
        table = settings.get("source.table") or re.findall(r"(?i)\bfrom +(\w+)", settings.get("source.query", ""))[0]
        with sqlite3.connect(path) as connection:
            _shaped(settings).to_sql(table, connection, if_exists="replace", index=False)


def _files(settings: Mapping[str, str], folder: Path, path: str) -> None:
    if any(folder.glob(path)) if not path.startswith("/") else Path(path).exists():
        return
    where, lines = folder / path, _shaped(settings)
    if "*" in path or not where.suffix:
        where = where.parent if "*" in path else where
        suffix = Path(path).suffix if "*" in path else ".csv"
        half = len(lines) // 2
        _write(lines[:half], where / f"first{suffix}", settings)
        _write(lines[half:], where / f"second{suffix}", settings)
    else:
        _write(lines, where, settings)


def _shaped(settings: Mapping[str, str]) -> pd.DataFrame:
    """Return the lines under the names, and with the dates, that the settings say."""
    lines = log_of(YEAR)[list(ALL)].copy()
    day_first = settings.get("source.day_first")
    dates = {"true": "%d/%m/%Y", "false": "%m/%d/%Y"}.get(day_first or "", "%Y-%m-%d")
    lines["timestamp"] = lines["timestamp"].dt.strftime(dates)
    named = {key.removeprefix("source.columns."): value for key, value in settings.items() if ".columns." in key}
    if named.get("unit_price"):
        lines["unit_price"] = lines.pop("amount") / lines["quantity"]
    return lines.rename(columns={role: name for role, name in named.items() if name})


def _write(lines: pd.DataFrame, path: Path, settings: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        lines.to_parquet(path, index=False)
        return
    decimal = settings.get("source.decimal", ".")
    usual = "\t" if ".tsv" in path.name else ";" if decimal == "," else ","
    lines.to_csv(path, index=False, sep=settings.get("source.separator", usual), decimal=decimal)


def write_campaign(path: Path) -> None:
    """Write a campaign of somebody else's: who was contacted by lot, what was known of them, who bought."""
    chance = np.random.default_rng(3)
    recency, history = chance.integers(1, 13, 1_000), chance.gamma(2.0, 100.0, 1_000)
    contacted = chance.random(1_000) < 0.5
    bought = chance.random(1_000) < 0.1 + 0.1 * contacted * (recency > 6)
    newbie = chance.integers(0, 2, 1_000)
    columns = {"recency": recency, "history": history, "newbie": newbie, "contacted": contacted, "bought": bought}
    pd.DataFrame(columns).to_parquet(path, index=False)


def write_samples(folder: Path) -> None:
    """Write small logs with the names, the columns and the days of the samples."""
    for name, world, columns in (("complete_journey", YEAR, GROCERY), ("cdnow", MUSIC, CDS)):
        log_of(world)[list(columns)].to_csv(folder / f"{name}.csv", index=False)
