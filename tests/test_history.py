"""The log made ready: what a purchase is, what a day brings in, and where history and future part."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import polars as pl
import pytest
from plain_features import plain_features
from small_logs import features_at, random_log, table

from setia.errors import InputError
from setia.history import calendar, prepare

D = 17_000


def lines(rows: list[tuple[Any, ...]], *names: str) -> Any:
    columns = ("customer_id", "day", *names)
    data = [dict(zip(columns, row, strict=True)) for row in rows]
    return nw.from_native(pl.from_arrow(table(data, columns))).lazy()


def days(prepared: Any, cutoff: int) -> list[dict[str, Any]]:
    rows = prepared.history(cutoff).days.sort("customer_id", "day")
    return rows.collect("pyarrow").to_native().to_pylist()


def features(frame: Any, cutoff: int) -> dict[str, dict[str, float | None]]:
    return features_at(prepare(frame), cutoff)[0]


def finite(values: dict[str, float | None]) -> bool:
    return all(value is None or abs(value) < float("inf") for value in values.values())


def test_a_day_is_the_net_sum_of_its_lines() -> None:
    log = lines([("a", D, 10.0), ("a", D, -3.0), ("a", D + 2, -2.0), ("a", D + 5, 4.0)], "amount")
    first, refund, last = days(prepare(log), D + 5)
    assert (first["value"], first["gross"], first["refunds"], first["is_purchase"]) == (7.0, 10.0, 3.0, True)
    assert (refund["value"], refund["is_purchase"], refund["gap_days"]) == (-2.0, False, None)
    assert (last["gap_days"], last["is_last"], first["is_first"], last["is_first"]) == (5.0, True, True, False)


def test_is_last_is_as_the_cutoff_knew_it() -> None:
    prepared = prepare(lines([("a", D, 1.0), ("a", D + 3, 1.0), ("a", D + 9, 1.0)], "amount"))
    assert [row["is_last"] for row in days(prepared, D + 4)] == [False, True]
    assert [row["is_last"] for row in days(prepared, D + 9)] == [False, False, True]
    assert [row["age_days"] for row in days(prepared, D + 4)] == [4.0, 1.0]


def test_future_is_after_the_cutoff_and_within_the_horizon() -> None:
    prepared = prepare(lines([("a", D + k, 1.0) for k in range(10)], "amount"))
    after = prepared.future(D + 2, 3).days.collect("pyarrow").to_native()
    assert sorted(after["day"].to_pylist()) == [D + 3, D + 4, D + 5]
    assert not {"previous_day", "next_day", "third_next_day"} & set(after.column_names)


def test_without_amounts_every_row_is_a_purchase_and_value_counts() -> None:
    prepared = prepare(lines([("a", D), ("a", D), ("a", D + 1)]))
    assert not prepared.has_amount
    assert [(row["value"], row["lines"]) for row in days(prepared, D + 1)] == [(1.0, 2.0), (1.0, 1.0)]
    built = features(lines([("a", D), ("a", D + 1)]), D + 1)
    assert built["a"]["frequency"] == 1
    assert "spend_total" not in built["a"]


def test_one_purchase() -> None:
    built = features(lines([("a", D, 5.0, "p", "k")], "amount", "product_id", "category"), D)
    values = built["a"]
    assert (values["frequency"], values["T_days"], values["days_since_last"]) == (0, 0, 0)
    assert values["monetary_value"] is None
    assert values["gap_mean_days"] is None
    assert (values["products_total"], values["category_entropy"]) == (1, 0.0)
    assert finite(values)


def test_a_customer_with_refunds_only_is_not_there() -> None:
    log = lines([("a", D, 5.0), ("b", D, -5.0), ("c", D, 0.0), ("b", D + 9, 5.0)], "amount")
    assert set(features(log, D + 3)) == {"a"}


def test_everything_on_one_day() -> None:
    log = lines([(name, D, 5.0) for name in "abc"], "amount")
    built = features(log, D)
    assert set(built) == {"a", "b", "c"}
    assert all(finite(values) for values in built.values())


def test_gaps_of_one_day_and_no_spread() -> None:
    log = lines([(name, D + k, 5.0) for k in range(30) for name in "ab"], "amount")
    values = features(log, D + 29)["a"]
    assert (values["gap_mean_days"], values["gap_cv"], values["own_gap_days"]) == (1.0, 0.0, 1.0)
    assert values["value_cv"] == 0.0
    assert finite(values)


@pytest.mark.parametrize("amount", [1e-9, 1e15, 1e120])
def test_tiny_and_huge_amounts_stay_finite(amount: float) -> None:
    log = lines([("a", D + k * 3, amount * (k + 1)) for k in range(6)] + [("b", D, 1.0)], "amount")
    assert all(finite(values) for values in features(log, D + 20).values())


def test_net_value_of_a_purchase_may_be_negative() -> None:
    log = lines([("a", D, 5.0), ("a", D, -50.0), ("b", D, 5.0), ("b", D + 3, 6.0)], "amount")
    values = features(log, D + 5)["a"]
    assert (values["purchases_total"], values["spend_total"], values["value_mean"]) == (1, -45.0, -45.0)
    assert finite(values)


def test_what_cancels_out_is_nothing_not_a_rounding_error() -> None:
    log = lines([("a", D, 0.1), ("a", D, 0.2), ("a", D, -0.3), ("a", D + 2, 5.0), ("a", D + 4, 5.0)], "amount")
    assert days(prepare(log), D + 4)[0]["value"] == 0.0
    values = features(log, D + 4)["a"]
    assert (values["purchases_total"], values["value_log_sd"]) == (3, 0.0)


def test_null_amounts_count_as_zero() -> None:
    log = lines([("a", D, 5.0), ("a", D + 1, None), ("b", D, None)], "amount")
    assert features(log, D + 1)["a"]["purchases_total"] == 1
    assert "b" not in features(log, D + 1)


def test_a_cutoff_on_the_first_day_and_after_the_last() -> None:
    rows = random_log(3, 15, 40, D)
    first, last = min(row["day"] for row in rows), max(row["day"] for row in rows)
    for cutoff in (first, last + 400):
        frame = nw.from_native(pl.from_arrow(table(rows))).lazy()
        assert set(features(frame, cutoff)) == set(plain_features(rows, cutoff))


def test_a_cutoff_before_the_log_is_refused() -> None:
    prepared = prepare(lines([("a", D, 1.0)], "amount"))
    with pytest.raises(InputError, match="the log starts on day 17000"):
        prepared.history(D - 1)


def test_an_empty_log_and_a_missing_column_are_refused() -> None:
    with pytest.raises(InputError, match="no rows"):
        prepare(lines([], "amount"))
    with pytest.raises(InputError, match="lacks the column day"):
        prepare(nw.from_native(pl.DataFrame({"customer_id": ["a"]})))


def test_calendar_of_two_centuries() -> None:
    import datetime as dt

    some = np.arange(-200, 60_000, 37)
    for row in zip(some, calendar.weekday(some), *calendar.month_and_year(some), strict=True):
        day, *found = map(int, row)
        date = dt.date(1970, 1, 1) + dt.timedelta(days=day)
        spring = dt.date(date.year if date.month >= 3 else date.year - 1, 3, 1)
        assert found == [date.weekday(), date.day, (date - spring).days + 1]
