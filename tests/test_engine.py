"""DuckDB behind our few verbs: tables that stay, that go, and settings that it refuses."""

from __future__ import annotations

import datetime as dt
import os
import platform
import subprocess
import sys
from pathlib import Path

import narwhals as nw
import pytest

from setia.engine import DuckEngine as Engine
from setia.engine import EngineSettings, connect
from setia.errors import InputError


@pytest.fixture
def engine() -> Engine:
    return connect(EngineSettings(threads=1))


def setting(engine: Engine, name: str) -> str:
    row = engine.connection.execute(f"select current_setting('{name}')").fetchone()
    assert row is not None
    return str(row[0])


def tables(engine: Engine) -> set[str]:
    return {row[0] for row in engine.connection.execute("select table_name from duckdb_tables()").fetchall()}


def test_a_frame_is_lazy_until_it_is_kept(engine: Engine) -> None:
    engine.connection.execute("create table numbers as select range as n from range(5)")
    doubled = engine.frame("numbers").with_columns(m=nw.col("n") * 2)
    kept = engine.materialise(doubled)
    engine.connection.execute("insert into numbers values (7)")
    assert sorted(engine.arrow(doubled)["m"].to_pylist()) == [0, 2, 4, 6, 8, 14]
    assert sorted(engine.arrow(kept)["m"].to_pylist()) == [0, 2, 4, 6, 8]


def test_two_tables_of_one_hint_are_two(engine: Engine) -> None:
    first = engine.materialise(engine.sql("select 1 as n"), "days")
    second = engine.materialise(engine.sql("select 2 as n"), "days")
    assert engine.arrow(first)["n"].to_pylist() + engine.arrow(second)["n"].to_pylist() == [1, 2]
    assert all("days" in name for name in tables(engine))


def test_a_dropped_table_is_gone_and_no_other(engine: Engine) -> None:
    first, second = (engine.materialise(engine.sql(f"select {n} as n"), "x") for n in (1, 2))
    engine.drop(first)
    assert len(tables(engine)) == 1
    assert engine.arrow(second)["n"].to_pylist() == [2]


def test_two_engines_share_nothing() -> None:
    one, other = connect(), connect()
    one.materialise(one.sql("select 1 as n"))
    assert tables(other) == set()


def test_time_is_that_of_utc(engine: Engine) -> None:
    assert setting(engine, "TimeZone") == "UTC"
    moment = engine.arrow(engine.sql("select timestamptz '2024-03-31 23:30:00+00'::date as day"))["day"].to_pylist()
    assert moment == [dt.date(2024, 3, 31)]


def test_settings_reach_duckdb(tmp_path: Path) -> None:
    engine = connect(EngineSettings(memory_limit="200MB", threads=1, temp_directory=str(tmp_path)))
    assert setting(engine, "threads") == "1"
    assert setting(engine, "temp_directory") == str(tmp_path / f"setia-{platform.node()}-{os.getpid()}")
    assert setting(engine, "memory_limit") == "104.9 MiB"  # its share of the whole


def test_what_does_not_fit_spills_and_the_spill_goes_with_the_engine(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    engine = connect(EngineSettings(memory_limit="120MB", threads=1, temp_directory=str(spill)))
    frame = engine.materialise(
        engine.sql("select range as n, hash(range) as h, hash(range + 1) as g from range(6e6::int)")
    )
    assert engine.arrow(frame.select(nw.len().alias("rows")))["rows"].to_pylist() == [6_000_000]
    assert list(spill.iterdir())
    engine.close()
    assert not spill.exists() or not list(spill.iterdir())


def test_what_a_killed_run_left_is_swept_and_a_living_one_s_is_not(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead, alive, other = (
        tmp_path / name
        for name in (
            f"setia-{platform.node()}-{int(done.stdout)}",
            f"setia-{platform.node()}-{os.getppid()}",
            f"setia-elsewhere-{int(done.stdout)}",
        )
    )
    for folder in (dead, alive, other):
        folder.mkdir()
        (folder / "days.parquet").touch()
    connect(EngineSettings(temp_directory=str(tmp_path))).close()
    assert [folder.exists() for folder in (dead, alive, other)] == [False, True, True]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"memory_limit": "plenty"}, "engine.memory_limit=plenty cannot be read"),
        ({"memory_limit": "10MB"}, "too little to work with"),
        ({"threads": -1}, "DuckDB refused the engine settings"),
        ({"name": "oracle"}, "engine=oracle is unknown; use engine=duckdb or engine=spark"),
    ],
)
def test_what_it_refuses_is_a_sentence(wrong: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        connect(EngineSettings(**wrong))  # type: ignore[arg-type]
