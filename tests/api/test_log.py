"""The log as an object: its tables and figures are methods, and it can be taken back to an earlier day."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from makers import write_csv
from small_campaigns import rows

import setia
from setia import source


def test_methods_say_what_the_functions_say(shop: setia.Log) -> None:
    assert isinstance(shop, source.Log)
    pd.testing.assert_frame_equal(shop.purchases("c01"), setia.purchases(shop, "c01"))
    pd.testing.assert_frame_equal(shop.feature_table(), setia.feature_table(shop))
    assert shop.figure("gaps").texts[0].get_text() == setia.figure(shop, "gaps").texts[0].get_text()
    who = shop.purchases()["customer_id"].iloc[0]
    assert shop.customer(who).features.equals(setia.customer(shop, who).features)


def test_customers_are_the_sums_of_their_days(shop: setia.Log) -> None:
    days, found = shop.purchases(), shop.customers()
    assert found["value"].is_monotonic_decreasing
    assert found["purchases"].sum() == days["is_purchase"].sum()
    who = found.index[3]
    own = days[(days["customer_id"] == who) & days["is_purchase"]]
    assert (found.loc[who, "first"], found.loc[who, "last"]) == (own["date"].min(), own["date"].max())


def test_without_amounts_customers_have_no_value(tmp_path: Path) -> None:
    few = setia.read(write_csv(tmp_path / "log.csv", list(rows())[:400], ()))
    assert list(few.customers().columns) == ["purchases", "first", "last"]


def test_an_earlier_day_is_what_a_reader_of_that_day_would_have_read(shop: setia.Log, shop_csv: Path) -> None:
    day = "2016-12-01"
    early, read = shop.until(day), setia.read(shop_csv, currency="EUR", as_of=day)
    assert isinstance(early, setia.Log)
    assert (early.n_lines, early.fingerprint, early.last) == (read.n_lines, read.fingerprint, day)
    assert shop.last > day
    for wrong, said in (("1990-01-01", "nothing had happened yet"), ("2090-01-01", "after the last"), ("x", "no")):
        with pytest.raises(setia.InputError, match=said):
            shop.until(wrong)


def test_a_number_names_a_customer_too() -> None:
    log = setia.read(pd.DataFrame({"customer_id": [7] * 3, "timestamp": ["2020-01-01", "2020-02-01", "2020-03-01"]}))
    assert len(log.purchases(7)) == 3
    assert log.customer(7).customer_id == "7"


@pytest.mark.parametrize("call", ["train", "define", "retention", "alerts", "feature_table", "purchases", "profits"])
def test_what_was_not_read_is_refused_with_what_to_do(call: str) -> None:
    with pytest.raises(setia.InputError, match=rf"setia\.{call}\(.* returns, not DataFrame; read it first"):
        getattr(setia, call)(pd.DataFrame({"customer_id": ["a"]}))
