"""The whole way on Spark: base, features, labels, panel and scores are those of DuckDB."""

from __future__ import annotations

import datetime as dt
import math
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet
from small_logs import ALL, duckdb_frame, random_log, table
from small_training import HORIZON, small_training, write_log

from setia.defection import Silence
from setia.engine import EngineSettings, connect
from setia.engine.spark import SparkEngine
from setia.errors import InputError
from setia.features import build, named, select
from setia.history import Prepared, prepare
from setia.panel import Panel, make_panel
from setia.scoring.batches import Asked, covered_rows
from setia.scoring.publish import Totals
from setia.scoring.rows import READ, Context, score_rows
from setia.scoring.spark_scores import publish_on_spark
from setia.source import SourceSettings, read
from setia.source.spark_log import read_on_spark

pytestmark = pytest.mark.spark
CLOSE = 1e-9


def close(left: Any, right: Any) -> bool:
    if isinstance(left, tuple):
        return len(left) == len(right) and all(map(close, left, right))
    if left is None or right is None or isinstance(left, str | int):
        return bool(left == right)
    return (math.isnan(left) and math.isnan(right)) or math.isclose(left, right, rel_tol=CLOSE, abs_tol=CLOSE)


def by_customer(prepared: Prepared, cutoffs: tuple[int, ...]) -> dict[tuple[str, int], dict[str, Any]]:
    built = pa.concat_tables(build(prepared, cutoffs, select(prepared.columns)))
    return {(row["customer_id"], row["cutoff"]): row for row in built.to_pylist()}


def panel_of(prepared: Prepared, cutoffs: tuple[int, ...]) -> Panel:
    basis = "revenue" if "amount" in prepared.columns else "purchases"
    silence = Silence()
    return make_panel(prepared, cutoffs, 30, select(prepared.columns), silence, basis)


@pytest.mark.parametrize(("columns", "piece_rows"), [(ALL, 150), (("customer_id", "day"), 100_000)])
def test_features_labels_and_base_are_those_of_duckdb(
    spark: SparkEngine, columns: tuple[str, ...], piece_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setia.engine.spark.PIECE_ROWS", piece_rows)
    rows = random_log(21, 40, 300)
    first = min(row["day"] for row in rows)
    cutoffs = (first + 120, first + 240)
    engine = connect(EngineSettings(threads=1))
    expected = prepare(duckdb_frame(engine, rows, columns), engine)
    found = prepare(spark.adopt(table(rows, columns)), spark)
    assert (found.first_day, found.last_day, found.names) == (expected.first_day, expected.last_day, None)
    for cutoff, base in expected.bases(cutoffs).items():
        other = asdict(found.bases(cutoffs)[cutoff])
        assert [name for name, value in asdict(base).items() if not close(value, other[name])] == []
    one, two = by_customer(expected, cutoffs), by_customer(found, cutoffs)
    assert one.keys() == two.keys()
    wrong = [(key, name) for key, row in one.items() for name in row if not close(row[name], two[key][name])]
    assert wrong == []
    left, right = panel_of(expected, cutoffs), panel_of(found, cutoffs)
    for name in ("customer_id", "cutoff"):
        assert getattr(left, name).tolist() == getattr(right, name).tolist()
    for name in ("defected", "value", "purchases", "past_value", "last_value", "last_purchases"):
        np.testing.assert_allclose(getattr(right, name), getattr(left, name), rtol=CLOSE, atol=CLOSE)
    np.testing.assert_allclose(right.X, left.X, rtol=1e-6, atol=1e-6)  # float32
    assert np.isin([0.0, 1.0], left.defected).all()
    engine.close()


@pytest.fixture(scope="module")
def log_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("log") / "small log.csv"
    write_log(path)
    return path


def asked_of(prepared: Prepared, day: int) -> Asked:
    bundle = small_training().bundle
    allowed = {feature.name for feature in select(prepared.columns)}
    more = tuple(name for name in READ if name in allowed and name not in bundle.feature_names)
    base = prepared.bases([day])[day]
    return Asked(
        (*bundle.features, *named(more)),
        bundle.definition,
        bundle.facts.horizon_days,
        day,
        base,
        prepared.first_day,
        prepared.columns,
    )


def context_of(asked: Asked, *, explained: bool = True, top: int | None = None) -> Context:
    moment = dt.datetime(2024, 7, 1, tzinfo=dt.UTC)
    day = dt.date(1970, 1, 1) + dt.timedelta(days=asked.as_of)
    bundle = small_training().bundle
    return Context(bundle, day, "EUR", asked.base.p99_gap_days, explained, "small/1", moment, top)


def test_scores_are_those_of_one_machine(spark: SparkEngine, log_path: Path, tmp_path: Path) -> None:
    settings = SourceSettings(path=str(log_path), currency="EUR")
    log = read_on_spark(settings, spark)
    prepared = prepare(log.lines, spark)
    asked = asked_of(prepared, log.last_day)
    context = replace(context_of(asked), language="id")
    output, copy = tmp_path / "scores.parquet", tmp_path / "kept" / "copy.parquet"
    for _ in range(2):  # the second run replaces the first
        totals = publish_on_spark(
            prepared.chunks,
            asked,
            context,
            spark,
            str(output),
            str(copy),
            rows=50,  # type: ignore[arg-type]
        )
    found = parquet.read_table(output).sort_by("customer_id")
    # on the identical features: to the last bit
    features = pa.concat_tables(prepared.chunks.map(partial(covered_rows, asked=asked)))
    here = score_rows(features.sort_by("customer_id").drop_columns("cutoff"), context)
    assert different(found, here.table) == []
    reasons = found["reason_1"].drop_null().to_pylist()
    assert len(reasons) > 20
    assert any("berbelanja" in reason for reason in reasons)
    same_totals(totals, here)
    assert parquet.read_table(copy).num_rows == found.num_rows
    assert "reason_1" not in parquet.read_table(copy).column_names
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "scores.parquet"]
    # and the log read, prepared and scored by DuckDB
    engine = connect(EngineSettings(threads=1))
    other = prepare(read(settings, engine).lines, engine)
    [local] = other.chunks.map(partial(covered_rows, asked=asked_of(other, log.last_day)))
    local = local.set_column(0, "customer_id", other.ids(local["customer_id"])).drop_columns("cutoff")
    expected = score_rows(local, context).table.sort_by("customer_id")
    assert found["customer_id"].to_pylist() == expected["customer_id"].to_pylist()
    assert found["status"].to_pylist() == expected["status"].to_pylist()
    for name in ("p_defect", "expected_value", "clv", "p_alive"):
        np.testing.assert_allclose(found[name].to_numpy(), expected[name].to_numpy(), rtol=1e-6, atol=1e-9)
    engine.close()
    prepared.close()


def different(one: pa.Table, other: pa.Table) -> list[tuple[str, int]]:
    """Return where tables differ, in how many rows; a type of its own for moments is Spark's affair."""
    columns = {name: (one[name].to_pylist(), other[name].to_pylist()) for name in other.column_names}
    assert one.column_names == other.column_names
    wrong = {name: sum(a != b for a, b in zip(*values, strict=True)) for name, values in columns.items()}
    return [(name, count) for name, count in wrong.items() if count]


def same_totals(totals: Totals, here: Any) -> None:
    assert totals.rows == here.table.num_rows
    assert totals.statuses.tolist() == here.statuses.tolist()
    assert totals.covered == here.covered
    assert totals.p_defect_sum == pytest.approx(here.p_defect_sum, rel=1e-12)
    assert totals.expected_value_sum == pytest.approx(here.expected_value_sum, rel=1e-12)


def test_reasons_for_the_first_alone(spark: SparkEngine, log_path: Path, tmp_path: Path) -> None:
    engine = spark
    prepared = prepare(read_on_spark(SourceSettings(path=str(log_path)), engine).lines, engine)
    asked = asked_of(prepared, prepared.last_day)
    output = tmp_path / "scores.parquet"
    context = context_of(asked, explained=False, top=7)
    publish_on_spark(prepared.chunks, asked, context, engine, str(output), None, rows=40)  # type: ignore[arg-type]
    found = parquet.read_table(output).to_pylist()
    able = [row for row in found if row["value_at_risk"] is not None and row["status"] != "lapsed"]
    first = sorted(able, key=lambda row: (-row["value_at_risk"], row["customer_id"]))[:7]
    assert {row["customer_id"] for row in found if row["reason_1"]} == {row["customer_id"] for row in first}
    prepared.close()


def test_a_file_in_the_way_is_not_replaced(spark: SparkEngine, tmp_path: Path) -> None:
    rows = random_log(4, 6, 60)
    prepared = prepare(spark.adopt(table(rows)), spark)
    asked = asked_of(prepared, prepared.last_day)
    (tmp_path / "scores.parquet").write_text("mine")
    for output, said in (("scores.parquet", "is a file"), ("scores.csv", "must end in .parquet")):
        with pytest.raises(InputError, match=said):
            publish_on_spark(
                prepared.chunks,
                asked,
                context_of(asked),
                spark,
                str(tmp_path / output),
                None,
                rows=9,  # type: ignore[arg-type]
            )
    assert (tmp_path / "scores.parquet").read_text() == "mine"
    assert HORIZON == small_training().bundle.facts.horizon_days
