"""Reading of ids, amounts and dates in SQL against plain Python."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setia.engine import Engine
from setia.errors import InputError
from setia.source import amounts, dates
from setia.source.ids import NOBODY, id_sql, text_sql
from setia.source.text import literal
from setia.timeline import day_of

from .conftest import lines_of, read_rows, reasons, write_csv

QUIET = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2026, 11, 20))
EPOCH = dt.date(1970, 1, 1)


def one(engine: Engine, sql: str) -> object:
    row = engine.connection.execute(f"select {sql}").fetchone()
    assert row is not None
    return row[0]


def many(engine: Engine, texts: list[str], sql: str) -> list[object]:
    values = ", ".join(f"({i}, {literal(text)})" for i, text in enumerate(texts))
    query = f"select {sql} from (values {values}) as v(i, t) order by i"
    return [row[0] for row in engine.connection.execute(query).fetchall()]


@QUIET
@given(st.lists(st.text("0123456789.aA -\u00a0\t", max_size=8), min_size=1, max_size=30))
def test_ids_as_plain_python_reads_them(engine: Engine, texts: list[str]) -> None:
    def plain(text: str) -> str | None:
        text = text.strip(" \t\u00a0")
        head, _, tail = text.rpartition(".")
        if tail and set(tail) == {"0"} and head.lstrip("-").isdigit() and head.count("-") <= 1 and head[:1] != "":
            return head if not head.startswith("--") else text
        return text or None

    stripped = f"(select {text_sql('t', 'VARCHAR')})"
    assert many(engine, texts, id_sql(stripped, NOBODY)) == [plain(text) for text in texts]


def written(value: float, mark: str, group: str, style: int) -> str:
    other = {".": ",", ",": "."}[mark] if group == "other" else group
    body = f"{abs(value):,.2f}".replace(",", "\0").replace(".", mark).replace("\0", other)
    if value >= 0:
        return [f"{body}", f"€ {body}", f"{body} EUR", f"${body}", f"R$ {body}", f"{body} kr"][style]
    return [f"-{body}", f"({body})", f"{body}-", f"-$ {body}", f"€ -{body}", f"\u2212{body} zł"][style]


@QUIET
@given(
    st.lists(st.integers(-(10**9), 10**9).map(lambda cents: cents / 100), min_size=1, max_size=20),
    st.sampled_from([".", ","]),
    st.sampled_from(["", "other", " ", "'", "\u202f"]),
    st.integers(0, 5),
)
def test_amounts_come_back_however_they_are_written(
    engine: Engine, values: list[float], mark: str, group: str, style: int
) -> None:
    texts = [written(value, mark, group, style) for value in values]
    assert many(engine, texts, amounts.number_sql("t", mark)) == values
    rows = ", ".join(f"({literal(text)})" for text in texts)
    seen = amounts.marks(engine.connection, f"(values {rows}) as v(t)", "t", "true")
    chosen, _ = amounts.decimal_mark({"amount": seen}, None)
    assert chosen == {"amount": mark}


@pytest.mark.parametrize("group", [" ", "'", "’", "\u00a0", "\u202f"])
def test_whatever_parts_the_thousands_the_mark_after_them_is_the_decimal_one(engine: Engine, group: str) -> None:
    for mark in ".,":
        text = literal(f"1{group}000{mark}00")
        seen = amounts.marks(engine.connection, f"(values ({text})) as v(t)", "t", "true")
        assert amounts.decimal_mark({"amount": seen}, None)[0] == {"amount": mark}


@pytest.mark.parametrize(
    ("text", "mark", "value"),
    [
        ("1,234.56", ".", 1234.56), ("1.234,56", ",", 1234.56), ("1,234", ".", 1234.0), ("1,234", ",", 1.234),
        ("(12.50)", ".", -12.5), ("12.50-", ".", -12.5), ("€ 12,50", ",", 12.5), ("1e-05", ".", 1e-05),
        ("1.5E3", ".", 1500.0), (".5", ".", 0.5), ("5.", ".", 5.0), ("+3", ".", 3.0), ("12,34,567.89", ".", 1234567.89),
        ("Rp 10.000", ",", 10000.0), ("CHF 1'234.50", ".", 1234.5), ("-0", ".", 0.0), ("$-3.10", ".", -3.1),
        ("12,50", ".", None), ("12.50", ",", None), ("1,23,4", ".", None), ("abc", ".", None), ("", ".", None),
        ("1.2.3", ".", None), ("1,2345", ".", None), ("$", ".", None), ("12abc", ".", None), ("2020-01-05", ".", None),
    ],
)  # fmt: skip
def test_amounts_one_by_one(engine: Engine, text: str, mark: str, value: float | None) -> None:
    assert many(engine, [text], amounts.number_sql("t", mark)) == [value]


HEAD = ("customer_id", "date", "amount")


def with_amounts(path: Path, *values: str, **more: str) -> Path:
    return write_csv(path / "log.csv", [HEAD, *[("a", "2020-01-05", value) for value in values]], sep=";")


def test_unclear_amounts_are_asked_about_and_not_guessed(tmp_path: Path, engine: Engine) -> None:
    path = with_amounts(tmp_path, "1,234", "999", "12,500")
    with pytest.raises(InputError, match=r"Column 'amount' holds 2 values such as '1,234'.*source\.decimal"):
        read_rows(path, engine)
    assert [row[0] for row in lines_of(read_rows(path, engine, decimal="."), engine, "amount")] == [
        1234.0,
        12500.0,
        999.0,
    ]
    assert 1.234 in [row[0] for row in lines_of(read_rows(path, engine, decimal=","), engine, "amount")]


def test_amounts_that_contradict_each_other_are_asked_about(tmp_path: Path, engine: Engine) -> None:
    path = with_amounts(tmp_path, "1,50", "2.75")
    with pytest.raises(InputError, match=r"mixes decimal points \(1 rows such as '2.75'\) and decimal commas"):
        read_rows(path, engine)
    assert reasons(read_rows(path, engine, decimal=",")) == {"unreadable amount": 1}


def test_a_stray_amount_does_not_stop_a_long_column_and_is_refused(tmp_path: Path, engine: Engine) -> None:
    log = read_rows(with_amounts(tmp_path, *["1,50"] * 300, "2.75"), engine)
    assert reasons(log) == {"unreadable amount": 1}
    assert any("decimal commas" in note for note in log.notes)


def test_an_unclear_column_reads_as_its_neighbour_proves(tmp_path: Path, engine: Engine) -> None:
    rows = [(*HEAD, "discount"), ("a", "2020-01-05", "1,234", "0,50")]
    log = read_rows(write_csv(tmp_path / "log.csv", rows, sep=";"), engine)
    assert lines_of(log, engine, "amount", "discount") == [(1.234, 0.5)]


def days_read(engine: Engine, texts: list[str], day_first: bool | None = None, zone: str = "UTC") -> list[object]:
    rows = ", ".join(f"({literal(text)})" for text in texts)
    how = dates.writing(engine.connection, f"(values {rows}) as v(t)", "t", "date", day_first)
    return many(engine, texts, dates.day_sql("t", "VARCHAR", how, zone))


FORMATS = [
    "%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y%m%d",
    "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%d-%b-%Y", "%d %B %Y", "%d%b%Y", "%b %d, %Y", "%B %d, %Y %H:%M",
    "%d %b %Y %H:%M:%S",
]  # fmt: skip


@QUIET
@given(st.lists(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2026, 11, 20)), min_size=1, max_size=10))
def test_dates_that_can_be_read_one_way_only(engine: Engine, stamps: list[dt.datetime]) -> None:
    for form in FORMATS:
        texts = [stamp.strftime(form) for stamp in stamps]
        assert days_read(engine, texts) == [(stamp.date() - EPOCH).days for stamp in stamps], form


@QUIET
@given(
    st.lists(DAYS, min_size=1, max_size=10),
    st.booleans(),
    st.sampled_from("/.-"),
    st.sampled_from(["", " 8:26", " 08:26:01 PM"]),
)
def test_dates_of_parts_follow_the_setting(
    engine: Engine, days: list[dt.date], day_first: bool, mark: str, clock: str
) -> None:
    def text(day: dt.date, year: str) -> str:
        first, second = (day.day, day.month) if day_first else (day.month, day.day)
        return f"{first}{mark}{second}{mark}{year}{clock}"

    wanted = [(day - EPOCH).days for day in days]
    assert days_read(engine, [text(day, str(day.year)) for day in days], day_first) == wanted
    if mark != "-":
        assert days_read(engine, [text(day, f"{day.year % 100:02d}") for day in days], day_first) == wanted


@QUIET
@given(
    st.lists(st.datetimes(dt.datetime(1990, 1, 1), dt.datetime(2026, 11, 19)), min_size=1, max_size=10),
    st.sampled_from(["America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC"]),
    st.sampled_from([0, 330, -480]),
)
def test_moments_become_days_of_the_business(engine: Engine, stamps: list[dt.datetime], zone: str, offset: int) -> None:
    moments = [stamp.replace(microsecond=0, tzinfo=dt.timezone(dt.timedelta(minutes=offset))) for stamp in stamps]
    wanted = [(moment.astimezone(ZoneInfo(zone)).date() - EPOCH).days for moment in moments]
    assert days_read(engine, [moment.isoformat() for moment in moments], zone=zone) == wanted
    assert days_read(engine, [moment.isoformat(" ", "minutes") for moment in moments], zone=zone) == wanted
    later = [moment for moment in moments if moment.timestamp() > 1e9]
    for unit in (1, 1000, 10**6, 10**9):
        texts = [str(int(moment.timestamp()) * unit) for moment in later]
        if texts:
            assert days_read(engine, texts, zone=zone) == [
                (m.astimezone(ZoneInfo(zone)).date() - EPOCH).days for m in later
            ]


@pytest.mark.parametrize(
    "text", ["13/13/2020", "2020-13-01", "31/02/2020", "40513.35", "soon", "2020", "12:30", "20201301"]
)
def test_what_is_no_date(engine: Engine, text: str) -> None:
    assert days_read(engine, [text], day_first=True) == [None]


def dated(path: Path, *stamps: str) -> Path:
    return write_csv(path / "log.csv", [HEAD, *[("a", stamp, "1") for stamp in stamps]])


def test_day_and_month_are_asked_about_when_nothing_settles_them(tmp_path: Path, engine: Engine) -> None:
    path = dated(tmp_path, "1/12/2010 8:26", "2/11/2010 9:00")
    with pytest.raises(InputError, match=r"'date' holds dates such as '1/12/2010 8:26'.*source\.day_first=true"):
        read_rows(path, engine)
    assert read_rows(path, engine, day_first=True).last_day == day_of("2010-12-01")
    assert read_rows(path, engine, day_first=False).last_day == day_of("2010-02-11")


def test_a_column_that_proves_its_order_is_read_so_and_says_so(tmp_path: Path, engine: Engine) -> None:
    log = read_rows(dated(tmp_path, "1/12/2010", "31/12/2010"), engine)
    assert (log.first_day, log.last_day) == (day_of("2010-12-01"), day_of("2010-12-31"))
    assert any("day-first" in note and "31/12/2010" in note for note in log.notes)


def test_a_column_of_both_orders_is_asked_about(tmp_path: Path, engine: Engine) -> None:
    path = dated(tmp_path, "31/12/2010", "12/31/2010")
    with pytest.raises(InputError, match="mixes day-first and month-first"):
        read_rows(path, engine)
    assert reasons(read_rows(path, engine, day_first=False)) == {"unreadable date": 1}


def test_one_stray_date_proves_nothing(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(InputError, match="does not settle it"):
        read_rows(dated(tmp_path, *["1/2/2010"] * 200, "31/12/2010"), engine)


def test_an_unknown_time_zone_names_the_nearest(tmp_path: Path, engine: Engine) -> None:
    with pytest.raises(InputError, match=r"source.timezone=Europe/Madird is unknown.*Europe/Madrid\?"):
        read_rows(dated(tmp_path, "2020-01-05"), engine, timezone="Europe/Madird")
