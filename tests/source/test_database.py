"""Logs in SQLite and in a real PostgreSQL server, and what goes wrong on the way there."""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from setia.engine import Engine
from setia.errors import InputError
from setia.source import ColumnMap, Log, SourceSettings, read
from setia.timeline import day_of

from .conftest import TODAY, lines_of, reasons


def from_database(engine: Engine, url: str, **settings: object) -> Log:
    settings.setdefault("max_quarantine_share", 1.0)
    return read(SourceSettings(kind="database", url=url, **settings), engine, today=TODAY)  # type: ignore[arg-type]


@pytest.fixture
def shop(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    with sqlite3.connect(path) as base:
        base.execute("create table sales (cust, day_of_sale, total, sku, note)")
        rows = [
            (17850, "2020-01-05 08:00", 1.234, 1, "a"),
            (17850.0, "2020-01-06", 2, 2.0, "b"),
            ("00123", "2020-01-07", 3.5, "x", "c"),
            (None, "2020-01-07", 1.0, "x", "d"),
            ("b", "2020-01-08", None, "x", "e"),
            ("c", "2020-01-09", "free", "x", "f"),
            ("00123", "2020-01-07", 3.5, "x", "c"),
            ("00123", "2020-01-07", 3.5, "x", "other"),
        ]
        base.executemany("insert into sales values (?, ?, ?, ?, ?)", rows)
        base.execute(
            "create view typed as select cust, day_of_sale, cast(total as real) total from sales where total > 1"
        )
    base.close()
    return f"sqlite:///{path}"


COLUMNS = ColumnMap(customer_id="cust", timestamp="day_of_sale", amount="total", product_id="sku")


def test_sqlite_table_with_mixed_types(engine: Engine, shop: str) -> None:
    log = from_database(engine, shop, table="sales", columns=COLUMNS, decimal=".")
    assert lines_of(log, engine, "customer_id", "day", "amount", "product_id")[-2:] == [
        ("17850", day_of("2020-01-05"), 1.234, "1"),
        ("17850", day_of("2020-01-06"), 2.0, "2"),
    ]
    assert reasons(log) == {"anonymous customer": 1, "no amount": 1, "unreadable amount": 1}
    assert (log.name, log.n_lines) == ("sales", 5)
    dropped = from_database(engine, shop, table="sales", columns=COLUMNS, decimal=".", duplicates="drop")
    assert reasons(dropped)["exact duplicate"] == 1  # the line that differs in an unmapped column stays


def test_numbers_of_a_database_are_never_ambiguous(engine: Engine, shop: str) -> None:
    query = "select cust, day_of_sale, total from sales where sku = 1;"
    log = from_database(engine, shop, query=query, columns=ColumnMap(timestamp="day_of_sale"))
    assert lines_of(log, engine, "customer_id", "amount") == [("17850", 1.234)]
    assert log.name == "query"
    assert from_database(engine, shop, table="typed", columns=ColumnMap(timestamp="day_of_sale")).n_lines == 6


def test_a_table_longer_than_a_batch_whose_types_change(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "long.db"
    with sqlite3.connect(path) as base:
        base.execute("create table log (customer_id, date, amount)")
        rows = [(i if i < 60_000 else f"x{i}", "2020-01-05", i if i < 60_000 else i + 0.5) for i in range(120_000)]
        base.executemany("insert into log values (?, ?, ?)", rows)
    base.close()
    log = from_database(engine, f"sqlite:///{path}", table="log")
    assert (log.n_lines, log.n_customers, log.quarantine.counts) == (120_000, 120_000, ())


def test_what_goes_wrong_is_said_and_never_the_password(engine: Engine, shop: str, tmp_path: Path) -> None:
    def refused(match: str, url: str | None, **settings: str) -> None:
        with pytest.raises(InputError, match=match) as caught:
            from_database(engine, url, **settings)  # type: ignore[arg-type]
        assert "hush" not in str(caught.value)

    refused("needs source.url", None, table="sales")
    refused(r"needs one of source\.table", shop)
    refused(
        r"no table source\.table=sale; its tables and views are sales, typed\. Did you mean sales\?", shop, table="sale"
    )
    refused(r"cannot be read: no such column: nope", shop, query="select nope from sales")
    refused(r"Did you mean .*shop\.db\?", f"sqlite:///{tmp_path / 'shp.db'}", table="sales")
    assert not (tmp_path / "shp.db").exists()
    refused("is no database URL", "postgres hush", table="sales")
    refused(r"nosuch://me:\*\*\*@host/x needs a database driver", "nosuch://me:hush@host/x", table="sales")
    refused(r"mysql://me:\*\*\*@host/x needs a database driver", "mysql://me:hush@host/x", table="sales")
    refused(r"me:\*\*\*@127\.0\.0\.1:1/x cannot be read", "postgresql+psycopg://me:hush@127.0.0.1:1/x", table="sales")
    (tmp_path / "junk.db").write_bytes(b"this is no database at all" * 100)
    refused("file is not a database", f"sqlite:///{tmp_path / 'junk.db'}", table="sales")


def programs() -> Path | None:
    found = shutil.which("initdb")
    places = [Path(found).parent] if found else sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    return next((place for place in reversed(places) if (place / "pg_ctl").exists()), None)


@pytest.fixture(scope="module")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    bin_ = programs()
    if bin_ is None:
        pytest.skip("PostgreSQL's programs initdb and pg_ctl are not installed")
    # the server refuses to run as root, so it runs as nobody in a folder of nobody's own
    user = 65534 if os.geteuid() == 0 else None
    folder = Path(f"/tmp/setia-pg-{os.getpid()}")
    folder.mkdir()
    if user is not None:
        os.chown(folder, user, user)
    (folder.parent / f"{folder.name}.pw").write_text("hush\n")
    password = folder.parent / f"{folder.name}.pw"
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def call(*words: str) -> None:
        subprocess.run(words, user=user, group=user, check=True, cwd=folder, stdout=subprocess.DEVNULL)

    data = str(folder / "data")
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c fsync=off"
    try:
        call(str(bin_ / "initdb"), "-D", data, "-U", "shop", "-A", "scram-sha-256", f"--pwfile={password}")
        call(str(bin_ / "pg_ctl"), "-D", data, "-w", "-l", f"{folder}/log", "-o", options, "start")
        try:
            yield f"postgresql+psycopg://shop:hush@127.0.0.1:{port}/postgres"
        finally:
            call(str(bin_ / "pg_ctl"), "-D", data, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        password.unlink()


@pytest.mark.postgres
def test_postgresql(engine: Engine, postgres: str) -> None:
    base = sa.create_engine(postgres)
    with base.begin() as connection:
        connection.execute(sa.text("create schema shop"))
        connection.execute(
            sa.text(
                "create table shop.sales as select i % 100 as customer_id, "
                "timestamptz '2020-01-01 23:30+00' + i * interval '1 hour' as sold_at, "
                "(i * 1.10)::numeric(12,2) as amount, "
                "date '2020-01-01' + i as date, array[i] as tags from generate_series(0, 59999) i"
            )
        )
    base.dispose()
    log = from_database(
        engine, postgres, table="shop.sales", timezone="Asia/Kolkata", columns=ColumnMap(timestamp="sold_at")
    )
    assert (log.n_customers, log.columns, log.first_day) == (100, ("amount",), day_of("2020-01-02"))
    total = engine.arrow(log.lines.select("amount")).column(0).to_numpy().sum()
    assert total == pytest.approx(1.1 * 59999 * 60000 / 2)
    query = "select customer_id, date, amount from shop.sales where date < '2020-02-01'"
    assert from_database(engine, postgres, query=query).n_lines == 31
    with pytest.raises(InputError, match=r"no table source\.table=shop\.sale; .* sales\. Did you mean sales\?"):
        from_database(engine, postgres, table="shop.sale")
    with pytest.raises(InputError, match=r"cannot be read: .*password authentication failed") as caught:
        from_database(engine, postgres.replace("hush", "wrong-secret"), table="shop.sales")
    assert "wrong-secret" not in str(caught.value)
