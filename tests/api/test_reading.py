"""`setia.read`: whatever holds the lines, the same log and the same scores; and faults are told in Python's terms."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
from pyarrow import csv

import setia


def of_own_connection(path: Path) -> duckdb.DuckDBPyRelation:
    own = duckdb.connect()
    own.execute("create table lines as select * from read_csv(?)", [str(path)])
    return own.sql("select customer_id, timestamp, amount from lines")


HOLDERS: dict[str, Callable[[Path], Any]] = {
    "text": str,
    "path": Path,
    "pandas": pd.read_csv,
    "pandas with dates": lambda path: pd.read_csv(path, parse_dates=["timestamp"]),
    "pandas with an index": lambda path: pd.read_csv(path).set_index("customer_id"),
    "polars": pl.read_csv,
    "polars, lazy": pl.scan_csv,
    "arrow": csv.read_csv,
    "duckdb": lambda path: duckdb.read_csv(str(path)),
    "duckdb, own connection": of_own_connection,
}


@pytest.fixture(scope="module")
def expected(shop: setia.Log, shop_model: setia.Model) -> pd.DataFrame:
    return shop_model.score(shop)


@pytest.mark.parametrize("holder", HOLDERS)
def test_the_scores_are_the_same_whatever_holds_the_lines(
    holder: str, shop: setia.Log, shop_csv: Path, shop_model: setia.Model, expected: pd.DataFrame
) -> None:
    log = setia.read(HOLDERS[holder](shop_csv), currency="EUR")
    assert (log.fingerprint, log.first, log.last) == (shop.fingerprint, shop.first, shop.last)
    same = [name for name in expected.columns if name != "scored_at"]
    pd.testing.assert_frame_equal(shop_model.score(log)[same], expected[same])


@pytest.mark.sample
def test_a_sample_is_read_by_its_name_alike_from_its_frame() -> None:
    sample = setia.read("cdnow")
    assert (sample.n_customers, sample.currency) == (23_570, "USD")
    lines = sample.lines.to_native().df()
    lines["timestamp"] = pd.to_datetime(lines.pop("day"), unit="D")
    again = setia.read(lines.drop(columns="refund_of_day"), currency="USD", name="cdnow")
    assert (again.fingerprint, again.name) == (sample.fingerprint, "cdnow")


LINE = {"customer_id": ["a"], "timestamp": ["2020-01-01"], "amount": [1.0]}
WRONG: dict[str, tuple[Any, str]] = {
    "a list": ([1, 2], "The log must be a path, .* or a DuckDB relation, not list"),
    "nothing": (None, "not NoneType"),
    "a column": (pd.Series([1, 2]), "not Series"),
    "no lines": (pd.DataFrame(LINE).iloc[:0], "^The frame has a header but no lines"),
    "no columns": (pd.DataFrame(), "The log has no columns"),
    "no date": (pd.DataFrame(LINE)[["customer_id", "amount"]], 'no column .* like the timestamp.* timestamp="NAME"'),
    "a name twice": (pd.DataFrame([["a", "b"]], columns=["who", "who"]), "needs a name of its own"),
    "several kinds": (pd.DataFrame({**LINE, "amount": [object()]}), "cannot be read"),
    "kinds mixed": (pd.DataFrame({"customer_id": ["a", 1], "timestamp": ["2020-01-01"] * 2}), "values of one kind"),
    "an amount that is none": (pd.DataFrame({**LINE, "amount": ["much"]}), "of the frame"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_read_is_told_in_a_sentence(what: str) -> None:
    given, said = WRONG[what]
    with pytest.raises(setia.InputError, match=said) as caught:
        setia.read(given)
    assert "source." not in str(caught.value)
    assert "parquet" not in str(caught.value)


def test_settings_are_named_as_the_call_takes_them(tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text("who,when\na,3/4/2010\nb,5/6/2010\n", encoding="utf-8")
    with pytest.raises(setia.InputError, match=r"Set day_first=True for 31/12/2010, or day_first=False"):
        setia.read(path, customer_id="who", timestamp="when")
    with pytest.raises(setia.InputError, match="wrong type"):
        setia.read(path, separator=9)
    with pytest.raises(setia.InputError, match="is not a date"):
        setia.read(path, customer_id="who", timestamp="when", day_first=True, as_of="30/06/2010")


def test_refused_rows_of_a_frame_are_told_of_the_frame() -> None:
    lines = pd.DataFrame({name: values * 30 for name, values in LINE.items()})
    lines.loc[3, "timestamp"] = "never"
    (example,) = setia.read(lines).quarantine.examples
    assert (example.file, example.value) == ("the frame", "never")
