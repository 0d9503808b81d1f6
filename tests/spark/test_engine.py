"""Spark behind our few verbs: pieces of whole customers, kernels on the executors, what is kept and given back."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest

from setia.engine import spark_session
from setia.engine.chunks import Frame
from setia.engine.spark import SparkEngine, open_spark
from setia.engine.spark_session import SparkSettings, need_java
from setia.errors import InputError

BATCH = "spark.sql.execution.arrow.maxRecordsPerBatch"
pytestmark = pytest.mark.spark


def lines(customers: int = 200, rows: int = 3_000, seed: int = 1) -> pa.Table:
    """Lines in no order; a tenth of the customers have half of the lines."""
    random = np.random.default_rng(seed)
    who = np.where(
        random.random(rows) < 0.5, random.integers(customers // 10, size=rows), random.integers(customers, size=rows)
    )
    return pa.table(
        {
            "customer_id": pa.array([f"ü{number}" for number in who]),
            "day": pa.array(random.integers(0, 50, rows).astype(np.int32)),
            "product_id": pa.array([None if p == 0 else f"p{p}" for p in random.integers(0, 9, rows)]),
            "amount": pa.array(random.normal(10, 5, rows)),
        }
    )


def kept(piece: pa.Table) -> pa.Table:
    """A kernel that keeps its rows, with a list as further column and the piece's size."""
    size = pa.array(np.full(piece.num_rows, piece.num_rows, dtype=np.int64))
    days = pa.array([[day, None] for day in piece["day"].to_pylist()], pa.list_(pa.int32()))
    return piece.append_column("size", size).append_column("days", days)


def summed(piece: pa.Table, *, mark: str = "") -> pa.Table:
    """A kernel that makes one row of every piece; `mark` is a file that counts its calls."""
    if mark and piece.num_rows:
        with Path(mark).open("a") as file:
            file.write(f"{piece.num_rows}\n")
    amount = piece["amount"].to_numpy()
    found = {"rows": [piece.num_rows], "money": [float(amount.sum())], "small": pa.array([7], pa.uint8())}
    return pa.table(found) if piece.num_rows else pa.table(found).slice(0, 0)


def whole(piece: pa.Table) -> pa.Table:
    """A kernel that tells which customers it was given, and whether their rows stood in order."""
    keys = list(zip(piece["customer_id"].to_pylist(), piece["day"].to_pylist(), strict=True))
    runs = [customer for at, (customer, _) in enumerate(keys) if at == 0 or keys[at - 1][0] != customer]
    assert keys == sorted(keys, key=lambda key: (runs.index(key[0]), key[1]))
    return pa.table({"customer_id": pa.array(runs, pa.string())})


@pytest.fixture
def frame(spark: SparkEngine) -> Frame:
    return spark.adopt(lines())


@pytest.mark.parametrize("piece_rows", [40, 100_000])
def test_no_customer_is_cut_and_all_stand_in_order(
    spark: SparkEngine, frame: Frame, piece_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setia.engine.spark.PIECE_ROWS", piece_rows)
    before = spark.session.conf.get(BATCH)
    spark.session.conf.set(BATCH, str(piece_rows // 2))
    chunks = spark.chunked(frame, ("day", "amount"), kept, "days")
    pieces = [table["customer_id"].to_pylist() for table in chunks.map(whole)]
    spark.session.conf.set(BATCH, before)
    seen = [customer for piece in pieces for customer in piece]
    assert sorted(seen) == sorted(set(lines()["customer_id"].to_pylist()))
    assert (len(pieces) > 20) == (piece_rows == 40)
    chunks.close()


def test_kernels_see_every_row_once_and_keep_their_own_types(spark: SparkEngine, frame: Frame) -> None:
    chunks = spark.chunked(frame, ("day",), kept, "days")
    tables = list(chunks.map(summed))
    assert sum(table["rows"][0].as_py() for table in tables) == 3_000
    money = sum(table["money"][0].as_py() for table in tables)
    assert money == pytest.approx(float(lines()["amount"].to_numpy().sum()), rel=1e-12)
    assert tables[0].schema.field("small").type == pa.uint8()
    assert spark.arrow(chunks.frame().select(nw.len().alias("n")))["n"].to_pylist() == [3_000]
    assert chunks.empty().schema.field("days").type.value_type == pa.int32()
    mapped = spark.arrow(chunks.mapped(whole))  # type: ignore[attr-defined]
    assert len(mapped) == len(set(lines()["customer_id"].to_pylist()))
    chunks.close()


def test_what_is_kept_is_computed_once(spark: SparkEngine, frame: Frame, tmp_path: Path) -> None:
    mark = tmp_path / "calls"
    chunks = spark.chunked(frame, ("day",), partial(marked, mark=str(mark)), "days")
    first = [table["rows"][0].as_py() for table in chunks.map(summed)]
    calls = mark.read_text()
    assert [table["rows"][0].as_py() for table in chunks.map(summed)] == first
    assert spark.arrow(chunks.frame()).num_rows == 3_000
    assert mark.read_text() == calls
    chunks.close()


def marked(piece: pa.Table, *, mark: str) -> pa.Table:
    summed(piece, mark=mark)
    return piece


@pytest.mark.parametrize("at_once", [0, 10**9])
def test_large_results_come_in_parts_and_in_order(
    spark: SparkEngine, frame: Frame, at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("setia.engine.spark.AT_ONCE_BYTES", at_once)
    monkeypatch.setattr("setia.engine.executors.CELL_BYTES", 2_000)
    chunks = spark.chunked(frame, ("day",), kept, "days")
    parts = list(chunks.map(kept_again))
    assert sum(table.num_rows for table in parts) == 3_000
    assert all(set(table["size"].to_pylist()) == {table.num_rows} for table in parts)
    chunks.close()


def kept_again(piece: pa.Table) -> pa.Table:
    return kept(piece.drop_columns(["size", "days"]))


def test_a_frame_without_rows_is_one_empty_piece(spark: SparkEngine, frame: Frame) -> None:
    chunks = spark.chunked(frame.filter(nw.col("day") > 99), ("day",), kept, "days")
    found = list(chunks.map(kept_again))
    assert [table.num_rows for table in found] == [0]
    assert found[0].column_names == ["customer_id", "day", "product_id", "amount", "size", "days"]


def test_ids_become_hashes_and_nothing_stays_nothing(spark: SparkEngine, frame: Frame) -> None:
    numbered = spark.numbered(frame, ("product_id",))
    assert numbered.names is None
    table = spark.arrow(numbered.frame)
    assert table.column_names == lines().column_names
    assert table.schema.field("product_id").type == pa.int64()
    pairs = set(zip(lines()["product_id"].to_pylist(), table["product_id"].to_pylist(), strict=True))
    assert len(pairs) == 9 == len({code for _, code in pairs})
    assert (None, None) in pairs


def test_a_kept_frame_is_given_back(spark: SparkEngine, frame: Frame) -> None:
    made = spark.materialise(frame.filter(nw.col("day") < 9))
    native = nw.to_native(made)
    assert spark.arrow(made).num_rows == spark.arrow(made.filter(nw.col("day") < 9)).num_rows
    assert native.is_cached
    spark.drop(made)
    assert not native.storageLevel.useMemory


def refusing(piece: pa.Table) -> pa.Table:
    if piece.num_rows:
        raise InputError("This log has a fault; mend it.")
    return piece


def test_a_refusal_on_an_executor_is_the_same_sentence_here(spark: SparkEngine, frame: Frame) -> None:
    with pytest.raises(InputError, match=r"^This log has a fault; mend it\.$"):
        list(spark.chunked(frame, ("day",), refusing, "days").map(summed))


def test_a_session_that_runs_is_taken_as_it_is_and_left_running(spark: SparkEngine) -> None:
    zone = spark.session.conf.get("spark.sql.session.timeZone")
    for guest in (open_spark(SparkSettings(), session=spark.session), open_spark(SparkSettings())):
        assert guest.session is spark.session
        guest.close()
    assert spark.session.conf.get("spark.sql.session.timeZone") == zone == "UTC"
    assert spark.session.sql("select 1 as n").collect()[0]["n"] == 1


def test_two_addresses_are_refused() -> None:
    with pytest.raises(InputError, match="two different Sparks"):
        SparkSettings(master="yarn", remote="sc://somewhere")


@pytest.mark.parametrize(
    ("version", "said"), [(None, "none is found"), ('openjdk version "11.0.2" 2019-01-15', "needs Java 17, and")]
)
def test_without_java_there_is_a_sentence(
    version: str | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    if version:
        java = tmp_path / "bin" / "java"
        java.parent.mkdir()
        java.write_text(f"#!/bin/sh\necho '{version}' >&2\n")
        java.chmod(0o755)
    with pytest.raises(InputError, match=said):
        need_java()


def test_without_pyspark_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyspark.sql", None)
    with pytest.raises(InputError, match="needs the package pyspark"):
        spark_session.opened(SparkSettings())


CONNECT = """
import sys
from functools import partial
from pathlib import Path
from spark.test_engine import kept, lines, marked, summed, whole
from setia.engine.spark import open_spark
from setia.engine.spark_session import SparkSettings
engine = open_spark(SparkSettings(remote="local[2]"))
mark = Path(sys.argv[1])
chunks = engine.chunked(engine.adopt(lines()), ("day",), partial(marked, mark=str(mark)), "days")
rows = sum(table["rows"][0].as_py() for table in chunks.map(summed))
customers = sum(table.num_rows for table in chunks.map(whole))
calls = sum(map(int, mark.read_text().split()))
numbered = engine.arrow(engine.numbered(chunks.frame(), ("product_id",)).frame)
print(engine.remote, rows, customers, calls, numbered.num_rows, flush=True)
chunks.close()
engine.close()
"""


@pytest.mark.slow  # a Java process of its own
def test_spark_connect_serves_as_well(tmp_path: Path) -> None:
    code = (sys.executable, "-c", CONNECT, str(tmp_path / "calls"))
    environment = {**os.environ, "PYSPARK_PYTHON": sys.executable, "PYTHONPATH": str(Path(__file__).parents[1])}
    done = subprocess.run(code, capture_output=True, text=True, timeout=300, check=False, env=environment, cwd=tmp_path)
    assert done.returncode == 0, done.stderr[-3000:]
    customers = len(set(lines()["customer_id"].to_pylist()))
    assert done.stdout.split() == ["True", "3000", str(customers), "3000", "3000"]
