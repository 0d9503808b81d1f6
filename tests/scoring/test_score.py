"""A scoring run from a log to the score table."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import compute, parquet

from scoring.conftest import HORIZON, LAST, SCORED_AT, Run
from setia.bundle import Bundle
from setia.engine import Engine
from setia.errors import InputError
from setia.learn.dropout import COLUMNS
from setia.learn.linear import logistic
from setia.learn.predictor import wrap
from setia.learn.themes import THEMES
from setia.learn.workers import workers
from setia.progress import Progress
from setia.schema import SCORES
from setia.scoring import ScoreSettings, score
from setia.segment import SEGMENTS
from setia.source import Log, SourceSettings, read


def test_the_table_is_the_public_one(run: Run, world_path: Path) -> None:
    summary = run()
    table = parquet.read_table(summary.path)
    assert table.column_names == list(SCORES)
    assert {str(t) for t in table.schema.types} == {"string", "date32[day]", "int32", "double", "timestamp[us, tz=UTC]"}
    lines = parquet.read_table(world_path).filter(compute.field("amount") > 0)
    assert table["customer_id"].to_pylist() == sorted(set(lines["customer_id"].to_pylist()))
    for name, value in {
        "as_of": LAST,
        "horizon_days": HORIZON,
        "definition": "silence",
        "value_basis": "revenue",
        "clv_horizon_days": 1095,
        "currency": "EUR",
        "model_version": "world/1",
        "scored_at": SCORED_AT,
    }.items():
        assert compute.unique(table[name]).to_pylist() == [value]
    filled = [name for name in SCORES if not name.startswith("reason")]
    assert {name: table[name].null_count for name in filled} == dict.fromkeys(filled, 0)
    assert set(table["segment"].to_pylist()) <= set(SEGMENTS)
    assert {"keep", "save", "let_go"} <= set(table["segment"].to_pylist())
    told = {name: table[name].to_numpy() for name in filled if name.startswith(("expected_value", "clv", "value_at"))}
    assert (told["expected_value_lo"] <= told["expected_value_hi"]).all()
    assert (told["clv_lo"] <= told["clv_hi"]).all()
    assert (told["value_at_risk"] >= 0).all()
    assert (told["clv"] >= told["expected_value"] * 0.9).all(), "three years hold the horizon"


def test_counts_are_those_of_the_log(run: Run, world_path: Path) -> None:
    table = parquet.read_table(run().path)
    bought = parquet.read_table(world_path).to_pandas().query("amount > 0").groupby("customer_id")["timestamp"]
    days = {customer: sorted(set(group)) for customer, group in bought}
    for row in table.to_pylist():
        mine = days[row["customer_id"]]
        assert row["frequency"] == len(mine) - 1
        assert row["days_since_last"] == (LAST - mine[-1]).days
        assert (row["status"] == "new") == ((LAST - mine[0]).days < HORIZON)


def test_scores_are_the_bundles_own(run: Run, bundle: Bundle, log: Log, engine: Engine) -> None:
    from setia.features import build
    from setia.history import prepare
    from setia.scoring.rows import matrix

    table = parquet.read_table(run().path)
    features = pa.concat_tables(build(prepare(log.lines, engine), [log.last_day], bundle.features))
    forecast = bundle.forecast(matrix(features, bundle.feature_names))
    for name in ("p_defect", "p_alive", "expected_purchases", "expected_value"):
        assert np.allclose(table[name].to_numpy(), getattr(forecast, name), rtol=1e-12)


def test_the_summary_adds_up(run: Run) -> None:
    progress = Progress(quiet=True)
    summary = run(progress=progress)
    table = parquet.read_table(summary.path).to_pandas()
    assert summary.rows == len(table)
    assert dict(summary.statuses) == {s: int((table.status == s).sum()) for s in ("new", "lapsed", "overdue", "active")}
    assert summary.p_defect_mean == pytest.approx(table.p_defect.mean())
    assert summary.expected_value_total == pytest.approx(table.expected_value.sum())
    assert [stage for stage, _ in summary.seconds] == ["customer days", "scores and reasons"]
    assert summary.notes == ()
    parts = dict(summary.busy)
    assert set(parts) == {"features", "forecast", "forests", "table", "reasons", "writing"}
    assert all(spent > 0 for spent in parts.values())
    assert sum(parts.values()) <= dict(summary.seconds)["scores and reasons"] * (workers() + 1)


def test_the_same_input_gives_the_same_bytes(run: Run) -> None:
    first, second = run("a.parquet"), run("b.parquet", name="again")
    assert first.path.read_bytes() == second.path.read_bytes()
    assert first.history is not None
    assert second.history is not None
    assert first.history.read_bytes() == second.history.read_bytes()


def test_the_dated_copy_is_the_table_without_reasons(run: Run, tmp_path: Path) -> None:
    summary = run("scores.csv", model_version="models:/world/1")
    expected = tmp_path / "kept" / "world" / f"as_of={LAST}" / "20240701T030000.123456Z-models_world_1.parquet"
    assert summary.history == expected
    copy = parquet.ParquetFile(expected).read()
    assert copy.column_names == [name for name in SCORES if not name.startswith("reason")]
    assert copy.equals(parquet.read_table(run(model_version="models:/world/1").path).select(copy.column_names))


def test_no_history_where_none_is_wanted(run: Run, tmp_path: Path) -> None:
    assert run(history=None).history is None
    assert not (tmp_path / "kept").exists()


@given(size=st.integers(1, 200))
@settings(max_examples=5, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_batches_of_any_size_give_the_same_scores(run: Run, size: int) -> None:
    def close(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
        if pa.types.is_floating(one.type):
            return np.allclose(one.to_numpy(), other.to_numpy(), rtol=1e-12, equal_nan=True)
        return one.equals(other)

    whole = parquet.read_table(run("whole.parquet").path)
    with tempfile.TemporaryDirectory() as folder:
        parts = parquet.read_table(run(f"{folder}/parts.parquet", batch_rows=size).path)
    assert [name for name in SCORES if not close(whole[name], parts[name])] == []


def test_later_rows_do_not_reach_an_earlier_as_of(
    bundle: Bundle, engine: Engine, world_path: Path, tmp_path: Path
) -> None:
    as_of = LAST - dt.timedelta(days=60)
    table = parquet.read_table(world_path)
    early = table.filter(compute.field("timestamp") <= as_of)
    other = table.filter(compute.field("timestamp") > as_of).slice(7)
    other = other.set_column(2, "amount", compute.multiply(other["amount"], 1000.0))
    scored = []
    for number, lines in enumerate((table, early, pa.concat_tables([early, other]))):
        path = tmp_path / f"log{number}.parquet"
        parquet.write_table(lines, path)
        day = (as_of - dt.date(1970, 1, 1)).days
        log = read(SourceSettings(path=str(path), currency="EUR"), engine, as_of=day)
        to = ScoreSettings(output=str(tmp_path / f"{number}.parquet"), history=None)
        summary = score(bundle, log, engine, to, model_version="1", live=False, scored_at=SCORED_AT)
        scored.append(summary.path.read_bytes())
    assert "later than as_of" in summary.notes[0]
    assert scored[0] == scored[1] == scored[2]


def test_one_customer(bundle: Bundle, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "one.csv"
    path.write_text("customer_id,timestamp,amount\nann,2024-06-30,20.5\n")
    log = read(SourceSettings(path=str(path), currency="EUR"), engine)
    to = ScoreSettings(output=str(tmp_path / "scores.parquet"), history=None)
    summary = score(bundle, log, engine, to, model_version="1", scored_at=SCORED_AT)
    (row,) = parquet.read_table(summary.path).to_pylist()
    assert (row["customer_id"], row["frequency"], row["days_since_last"], row["status"]) == ("ann", 0, 0, "new")
    assert 0 < row["p_defect"] < 1


def test_a_log_without_a_purchase_is_refused(bundle: Bundle, engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "refunds.csv"
    path.write_text("customer_id,timestamp,amount\nann,2024-06-29,-20.5\nbob,2024-06-30,-1\n")
    log = read(SourceSettings(path=str(path), currency="EUR"), engine)
    with pytest.raises(InputError, match="No customer of the log refunds has a purchase up to 2024-06-30"):
        score(
            bundle, log, engine, ScoreSettings(output=str(tmp_path / "s.csv")), model_version="1", scored_at=SCORED_AT
        )
    assert not (tmp_path / "s.csv").exists()


def test_reasons_are_phrases_or_nothing(run: Run) -> None:
    table = parquet.read_table(run().path).to_pandas()
    assert table.reason_1.notna().mean() > 0.9
    assert not table.reason_2[table.reason_1.isna()].notna().any()
    assert not (table.reason_1 == table.reason_2).any()
    without = parquet.read_table(run(reasons="none").path)
    assert {without[f"reason_{k}"].null_count for k in (1, 2, 3)} == {without.num_rows}


@pytest.mark.parametrize("reasons", ["all", "top:20"])
def test_reasons_in_indonesian_say_the_same_of_the_same(run: Run, reasons: str) -> None:
    english, indonesian = (
        parquet.read_table(run(f"{language}.parquet", reasons=reasons, language=language).path)
        for language in ("en", "id")
    )
    others = [name for name in SCORES if name not in REASONS]
    assert indonesian.select(others).equals(english.select(others))
    for name in REASONS:
        assert indonesian[name].is_null().equals(english[name].is_null())
    said = {text for name in REASONS for text in indonesian[name].drop_null().to_pylist()}
    assert said
    assert not said & {text for name in REASONS for text in english[name].drop_null().to_pylist()}
    assert any("berbelanja" in text or "pembelian" in text for text in said)


@pytest.mark.parametrize("reasons", ["all", "top:20", "none"])
def test_the_theme_of_the_first_reason_is_told_to_who_asks(run: Run, reasons: str, tmp_path: Path) -> None:
    plain = parquet.read_table(run("plain.parquet", reasons=reasons).path)
    summary = run("more.parquet", reasons=reasons, batch_rows=40, more=("p_none", "theme_1"))
    table = parquet.read_table(summary.path)
    assert table.column_names == [*plain.column_names, "p_none", "theme_1"]
    assert table.select(REASONS).equals(plain.select(REASONS))
    assert table["theme_1"].is_null().equals(table["reason_1"].is_null())
    pairs = set(zip(table["theme_1"].to_pylist(), table["reason_1"].to_pylist(), strict=True)) - {(None, None)}
    assert {theme for theme, _ in pairs} <= set(THEMES)
    assert bool(pairs) == (reasons != "none")
    assert all(theme == "silence" for theme, reason in pairs if reason.startswith("no purchase for"))
    assert summary.history is not None
    assert "theme_1" not in parquet.read_schema(summary.history).names


REASONS = ["reason_1", "reason_2", "reason_3"]


@pytest.mark.parametrize("count", [1, 20, 10_000])
@pytest.mark.parametrize("batch_rows", [7, 1000])
def test_reasons_for_those_with_the_most_at_stake(run: Run, count: int, batch_rows: int) -> None:
    everybody = parquet.read_table(run("all.parquet").path).to_pandas()
    summary = run("top.parquet", reasons=f"top:{count}", batch_rows=batch_rows)
    table = parquet.read_table(summary.path).to_pandas()
    may = everybody[everybody.p_defect.notna() & (everybody.status != "lapsed")]
    chosen = may.sort_values(["value_at_risk", "customer_id"], ascending=[False, True]).index[:count]
    assert 0 < len(chosen) < len(everybody)
    assert table.loc[chosen, REASONS].equals(everybody.loc[chosen, REASONS])
    assert table.drop(index=chosen)[REASONS].isna().all().all()
    others = [name for name in SCORES if name not in REASONS]
    assert np.allclose(table[others].select_dtypes("number"), everybody[others].select_dtypes("number"))
    assert table.customer_id.equals(everybody.customer_id)
    assert summary.rows == len(everybody)
    assert summary.history is not None
    assert parquet.ParquetFile(summary.history).read().num_rows == len(everybody)


def test_some_few_reasons_in_csv(run: Run) -> None:
    table = parquet.read_table(run("top.parquet", reasons="top:9").path)
    with run("top.csv", reasons="top:9").path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["reason_1"] or None for row in rows] == table["reason_1"].to_pylist()


def test_no_reasons_from_a_model_without_contributions(run: Run, bundle: Bundle) -> None:
    width = len(bundle.feature_names) + len(COLUMNS)
    X = np.random.default_rng(1).random((200, width), dtype=np.float32)
    fitted = logistic().fit(X, np.arange(200) % 2)
    plain = replace(bundle, members=replace(bundle.members, classifier=wrap(fitted)))
    table = parquet.read_table(run(bundle=plain).path)
    assert table["p_defect"].null_count == 0
    assert table["reason_1"].null_count == table.num_rows
    few = parquet.read_table(run("few.parquet", bundle=plain, reasons="top:5").path)
    assert few["reason_1"].null_count == table.num_rows


def test_a_spreadsheet_meets_no_formula(run: Run) -> None:
    plain = parquet.read_table(run().path)
    path = run("scores.csv").path
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(SCORES)
    assert len(rows) == plain.num_rows
    expected = [("'" if c.startswith("=") else "") + c for c in plain["customer_id"].to_pylist()]
    assert [row["customer_id"] for row in rows] == expected
    assert any(c.startswith("'=") for c in expected)
    values = plain["expected_value"].to_numpy()
    assert np.allclose([float(row["expected_value"]) for row in rows], values)
    texts = [name for name, kind in SCORES.items() if plain.schema.field(name).type == pa.string()]
    assert not [row[name] for row in rows for name in texts if row[name][:1] in tuple("=+-@\t\r\n")]
    assert rows[0]["scored_at"] == "2024-07-01 03:00:00.123456Z"


def test_gzip_holds_the_same_csv(run: Run) -> None:
    assert gzip.decompress(run("scores.csv.gz").path.read_bytes()) == run("scores.csv").path.read_bytes()


def test_a_missing_folder_is_made_and_others_are_left_alone(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mine.part").write_text("not ours")
    summary = run("deep/er/scores.parquet")
    assert {path.name for path in summary.path.parent.iterdir()} == {"scores.parquet", ".scores.parquet.lock"}
    assert (tmp_path / "mine.part").exists()


def test_purchases_carry_no_currency(run: Run, bundle: Bundle) -> None:
    counted = replace(bundle, facts=replace(bundle.facts, basis="purchases"))
    table = parquet.read_table(run(bundle=counted).path)
    assert table["currency"].null_count == table.num_rows
