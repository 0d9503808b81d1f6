"""What was told is kept, per log, all or nothing; another database is left alone."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from setia.alert.ledger import Alert, Ledger
from setia.errors import InputError

ONE = Alert("a", 100, 110, "visits", 0.4, 90, 1, 4.5, None, None, 30.0, "1 visit since, where 4 were expected.")
TWO = replace(ONE, customer_id="b", day=105, kind="spend", before=9.5, after=3.25, stake=70.0)


def test_what_goes_in_comes_out_most_money_first(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "new" / "ledger.db", "shop")
    assert (ledger.last_run(), ledger.told(0), ledger.of_run(110)) == (None, {}, ())
    ledger.add(110, [ONE, TWO])
    assert ledger.of_run(110) == (TWO, ONE)
    assert ledger.last_run() == 110
    assert ledger.of_run(111) == ()


def test_the_last_alert_of_each_customer_since_a_day(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", "shop")
    ledger.add(110, [ONE, TWO])
    ledger.add(180, [replace(ONE, day=170, as_of=180)])
    assert ledger.told(0) == {"a": 170, "b": 105}
    assert ledger.told(105) == {"a": 170, "b": 105}
    assert ledger.told(106) == {"a": 170}
    assert [alert.day for alert in ledger.of_run(110)] == [105, 100]


def test_a_run_without_alerts_is_a_run(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", "shop")
    ledger.add(110, [])
    assert ledger.check(110) == ledger.check(111) == 110
    with pytest.raises(InputError, match=r"told up to .* already.*alert\.ledger"):
        ledger.check(109)


def test_logs_do_not_mix(tmp_path: Path) -> None:
    shop, web = (Ledger(tmp_path / "ledger.db", name) for name in ("shop", "web"))
    shop.add(110, [ONE])
    assert (web.last_run(), web.told(0), web.of_run(110), web.check(5)) == (None, {}, (), None)
    web.add(110, [ONE])
    assert web.of_run(110) == shop.of_run(110) == (ONE,)


def test_an_alert_written_twice_stays_one_and_as_it_was(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", "shop")
    ledger.add(110, [ONE])
    ledger.add(110, [replace(ONE, stake=1.0), TWO])
    assert ledger.of_run(110) == (TWO, ONE)


def test_a_run_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", "shop")
    with pytest.raises(InputError):
        ledger.add(110, [ONE, replace(TWO, customer_id=object())])  # type: ignore[arg-type]
    assert ledger.last_run() is None
    assert ledger.of_run(110) == ()


def test_another_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("create table customers (name text)")
        base.commit()
    before = path.read_bytes()
    with pytest.raises(InputError, match="another database"):
        Ledger(path, "shop").last_run()
    assert path.read_bytes() == before


def test_a_file_of_another_version_or_kind_is_refused(tmp_path: Path) -> None:
    later, text, folder = tmp_path / "later.db", tmp_path / "list.csv", tmp_path / "folder"
    with closing(sqlite3.connect(later)) as base:
        base.execute("pragma user_version = 9")
    text.write_text("customer_id,day\n" * 99)
    folder.mkdir()
    for path in (later, text, folder):
        with pytest.raises(InputError, match=r"cannot be used as the ledger of alerts.*alert\.ledger"):
            Ledger(path, "shop").check(1)
