"""The sample logs give the populations and outcomes that the published comparisons name."""

from __future__ import annotations

from pathlib import Path

import narwhals as nw
import pytest

from setia.engine import Engine
from setia.errors import InputError
from setia.schema import LOG_OPTIONAL
from setia.simulate import World, simulate
from setia.source import Log, SourceSettings, read
from setia.source.samples import data_file
from setia.timeline import day_of

from .conftest import lines_of

ONLINE_RETAIL = Path(__file__).parents[3] / "shared" / "data" / "online_retail.parquet"


def outcome(log: Log, as_of: str, horizon: int) -> tuple[int, float, float]:
    """Customers who bought up to the cutoff, share of them without a later purchase, their mean later value."""
    cutoff = day_of(as_of)
    day, amount = nw.col("day"), nw.col("amount")
    known = log.lines.filter(day <= cutoff, amount > 0).select("customer_id").unique()
    later = log.lines.filter(day > cutoff, day <= cutoff + horizon).join(known, on="customer_id", how="semi")
    value = later.select(amount.sum()).collect().item()
    active = later.filter(amount > 0).select(nw.col("customer_id").n_unique()).collect().item()
    customers = known.select(nw.len()).collect().item()
    return customers, round(100 * (1 - active / customers), 1), round(value / customers, 2)


@pytest.mark.sample
def test_complete_journey(engine: Engine) -> None:
    log = read(SourceSettings(kind="complete_journey", currency="USD"), engine)
    assert outcome(log, "2017-09-01", 60) == (2432, 9.3, 304.54)
    assert outcome(log, "2017-10-01", 60) == (2447, 9.0, 308.55)
    assert (log.name, log.n_lines, log.n_customers, log.currency) == ("complete_journey", 1_469_307, 2469, "USD")
    assert log.columns == ("amount", "order_id", "product_id", "category", "quantity", "discount")
    assert log.quarantine.counts == ()


@pytest.mark.sample
def test_complete_journey_in_the_days_of_its_shops(engine: Engine) -> None:
    log = read(SourceSettings(kind="complete_journey", timezone="America/New_York"), engine)
    assert (log.first_day, log.last_day) == (day_of("2017-01-01"), day_of("2017-12-31"))


@pytest.mark.sample
def test_cdnow(engine: Engine) -> None:
    log = read(SourceSettings(kind="cdnow"), engine)
    assert outcome(log, "1997-09-30", 91) == (23500, 82.1, 12.73)
    assert (log.n_lines, log.n_customers, log.columns) == (69_659, 23_570, ("amount", "quantity"))


@pytest.mark.skipif(
    not ONLINE_RETAIL.exists(), reason="the development log online_retail.parquet is not beside the repository"
)
def test_online_retail_as_a_file(engine: Engine) -> None:
    log = read(SourceSettings(path=str(ONLINE_RETAIL), duplicates="keep"), engine)
    assert outcome(log, "2011-08-10", 60) == (3211, 58.4, 426.38)
    assert (log.name, log.quarantine.anonymous) == ("online_retail", 135_080)
    matched = log.lines.select(nw.col("refund_of_day").count()).collect().item()
    assert matched > 2500


def test_a_sample_whose_package_is_missing_says_what_to_install() -> None:
    with pytest.raises(InputError, match=r"setia\[samples\]"):
        data_file("no-such-package-of-samples", "x.parquet")
    with pytest.raises(InputError, match=r"holds no file nothing\.parquet"):
        data_file("numpy", "nothing.parquet")


def test_a_path_is_for_files(engine: Engine) -> None:
    with pytest.raises(InputError, match=r"source=cdnow reads no source\.path; use source=files source\.path=x\.csv"):
        read(SourceSettings(kind="cdnow", path="x.csv"), engine)


def test_a_simulated_world_passes_the_contract_whole(engine: Engine) -> None:
    world = World(customers=300, days=200, acquisition_days=100)
    log = read(SourceSettings(kind="simulated", world=world), engine)
    truth = simulate(world).lines
    assert (log.n_lines, log.name, log.quarantine.counts) == (truth.num_rows, "simulated", ())
    assert log.columns == tuple(name for name in LOG_OPTIONAL if name in truth.column_names)
    columns = ("customer_id", "day", "amount", "product_id")
    wanted = sorted(zip(*(truth.column(name).to_pylist() for name in columns), strict=True), key=repr)
    assert lines_of(log, engine, *columns) == wanted
    assert log.lines.select(nw.col("refund_of_day").count()).collect().item() > 0


def test_a_simulated_source_needs_a_world(engine: Engine) -> None:
    with pytest.raises(InputError, match=r"needs source\.world"):
        read(SourceSettings(kind="simulated"), engine)
