"""The log as it was known at a day: the same as if nobody had written on."""

from __future__ import annotations

from pathlib import Path

import makers
import pytest
from small_training import DAYS, START, write_log

from setia.errors import InputError
from setia.source import SourceSettings, read, until

COUNTED = ("columns", "first_day", "last_day", "n_lines", "n_customers", "fingerprint", "name", "currency")


@pytest.mark.parametrize("day", [START + 30, START + 120, START + DAYS - 2])
def test_it_is_what_reading_up_to_that_day_gives(tmp_path: Path, day: int) -> None:
    write_log(tmp_path / "log.csv", customers=60)
    source = SourceSettings(kind="files", path=str(tmp_path / "log.csv"), currency="EUR")
    engine = makers.engine()
    cut, whole = read(source, engine, as_of=day), read(source, engine)
    known = until(whole, day, engine)
    for name in COUNTED:
        assert getattr(known, name) == getattr(cut, name), name
    ours, theirs = (sorted(engine.arrow(log.lines).to_pylist(), key=str) for log in (known, cut))
    assert ours == theirs
    assert known.n_lines < whole.n_lines


def test_the_last_day_stays_the_last_known_even_if_nothing_happened_on_it() -> None:
    engine = makers.engine()
    log = makers.small_log(engine, [row for row in makers.rows_of() if row["day"] != makers.START + 50])
    assert until(log, makers.START + 50, engine).last_day == makers.START + 50
    assert until(log, log.last_day + 9, engine).last_day == log.last_day


def test_before_the_first_day_nothing_was_known() -> None:
    engine = makers.engine()
    log = makers.small_log(engine, makers.rows_of())
    with pytest.raises(InputError, match=r"^On 2016-07-17 nothing had happened yet: small starts on 2016-07-18"):
        until(log, makers.START - 1, engine)
