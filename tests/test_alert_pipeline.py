"""`make alert` from end to end: what it writes, that it repeats nothing, and what it says where little is known."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest
from makers import START, write_csv
from pyarrow import csv, parquet
from small_logs import Row
from test_end_to_end import pipeline

from setia.output import locked
from setia.timeline import date_of

LOG = ("source=files", "source.path=log.csv", "engine.threads=1")
DAYS = 300
#: Every tenth customer stops coming on this day of the log.
STOP = 255


def regulars(days: int = DAYS, customers: int = 60) -> list[Row]:
    """Customers who come about twice a week; every tenth stops for good."""
    rng = np.random.default_rng(3)
    found: list[Row] = []
    for number in range(customers):
        at = int(rng.integers(0, 20))
        while at < min(days, STOP if number % 10 == 0 else days):
            found.append(
                {
                    "customer_id": f"c{number:03d}",
                    "day": START + at,
                    "amount": float(rng.gamma(9.0, 3.0)),
                    "category": f"k{rng.integers(0, 5)}",
                }
            )
            at += 1 + int(rng.poisson(2.5))
    return found


def run(folder: Path, log: list[Row], *more: str, columns: tuple[str, ...] = ("amount", "category")) -> int:
    write_csv(folder / "log.csv", log, columns)
    return pipeline(folder, "alert", *LOG, "alert.output=out/alerts.csv", "alert.ledger=out/ledger.db", *more)


def test_it_lists_those_who_stopped_once(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, regulars(), "alert.first_days=60") == 0
    said = capfd.readouterr().out
    first = csv.read_csv(tmp_path / "out" / "alerts.csv")
    assert {f"c{number:03d}" for number in range(0, 60, 10)} <= set(first["customer_id"].to_pylist())
    assert "No visit for" in said
    assert "told of in time" in said
    assert (tmp_path / "out" / "alerts.png").read_bytes().startswith(b"\x89PNG")
    assert run(tmp_path, regulars(), "alert.first_days=60") == 0
    assert f"{first.num_rows} of these alerts were told by an earlier run" in capfd.readouterr().out
    assert csv.read_csv(tmp_path / "out" / "alerts.csv").equals(first)
    with sqlite3.connect(tmp_path / "out" / "ledger.db") as base:
        assert base.execute("select count(*) from alerts").fetchone() == (first.num_rows,)
        assert base.execute("select count(*) from runs").fetchone() == (2,)


def test_night_by_night_every_alert_comes_once(tmp_path: Path) -> None:
    for last in (262, 268, 276, 276, 283):
        assert run(tmp_path, [row for row in regulars() if row["day"] <= START + last], "quiet=true") == 0
        listed = csv.read_csv(tmp_path / "out" / "alerts.csv")
        assert set(listed["as_of"].to_pylist()) <= {date_of(START + last)}
    with sqlite3.connect(tmp_path / "out" / "ledger.db") as base:
        told = [str(name) for (name,) in base.execute("select customer_id from alerts").fetchall()]
    assert sorted(name for name in told if int(name[1:]) % 10 == 0) == [f"c{number:03d}" for number in range(0, 60, 10)]


def test_an_earlier_day_than_the_last_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, regulars(), "quiet=true") == 0
    assert run(tmp_path, regulars(), "quiet=true", f"as_of={date_of(START + 250)}") == 2
    assert "Alerts of log were told up to" in capsys.readouterr().err


def test_while_another_run_writes_nothing_is_noted_as_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "out").mkdir()
    with locked(tmp_path / "out" / "alerts.csv"):
        assert run(tmp_path, regulars(), "quiet=true", "alert.first_days=60") == 4
    assert "Another run is writing" in capsys.readouterr().err
    assert run(tmp_path, regulars(), "quiet=true", "alert.first_days=60") == 0
    assert csv.read_csv(tmp_path / "out" / "alerts.csv").num_rows >= 6


def test_without_amounts_stakes_are_visits(tmp_path: Path) -> None:
    asked = ("quiet=true", "alert.first_days=60", "alert.output=out/alerts.parquet")
    assert run(tmp_path, regulars(), *asked, columns=()) == 0
    table = parquet.read_table(tmp_path / "out" / "alerts.parquet")
    assert set(table["value_basis"].to_pylist()) == {"purchases"}
    assert set(table["kind"].to_pylist()) == {"visits"}
    assert max(table["stake"].to_pylist()) < 365


@pytest.mark.parametrize(
    ("log", "code", "words"),
    [
        pytest.param([row for row in regulars() if row["customer_id"] == "c001"], 0, "", id="one customer"),
        pytest.param(regulars(days=2), 2, "too few to know anybody's pattern", id="two days"),
        pytest.param([row for row in regulars() if row["day"] % 50 == 0], 0, "", id="nobody comes often"),
    ],
)
def test_where_little_is_known(
    log: list[Row], code: int, words: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, log) == code
    out, err = capfd.readouterr()
    assert "Traceback" not in err
    assert words in err
    if not code:
        assert "Nobody's pattern has just changed" in out
        assert "to know how many alarms chance alone would give" in " ".join(out.split())
        assert csv.read_csv(tmp_path / "out" / "alerts.csv").num_rows == 0
