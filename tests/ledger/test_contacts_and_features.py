"""A contact costs money and says nothing else: every feature and the base are as they were without it."""

from __future__ import annotations

from pathlib import Path

import makers
import pyarrow as pa
from makers import START, small_log
from small_logs import ALL, random_log, to_rows

from setia.features import build, select
from setia.history import Prepared
from setia.ledger import Costs
from setia.timeline import date_of
from setia.value import ValueSettings, prepare_log


def features(prepared: Prepared, cutoff: int) -> dict[str, dict[str, float | None]]:
    wanted = select(tuple(name for name in ALL if name in prepared.columns))
    return to_rows(pa.concat_tables(build(prepared, [cutoff], wanted)))


def test_contacts_change_no_feature_and_nothing_of_the_base(tmp_path: Path) -> None:
    engine = makers.engine()
    rows = random_log(8, 25)
    lines = [f"{row['customer_id']},{date_of(row['day'] + step)}" for row in rows for step in (0, 2)]
    path = tmp_path / "contacts.csv"
    path.write_text("\n".join(["customer_id,date", *lines]) + "\n")
    log = small_log(engine, rows)
    costs = Costs(per_contact=0.5, contacts=str(path))
    with_them, without = (
        prepare_log(log, engine, settings) for settings in (ValueSettings("profit", costs), ValueSettings("revenue"))
    )
    for cutoff in (START + 60, START + 100):
        found, expected = features(with_them, cutoff), features(without, cutoff)
        assert found == expected
        assert len(found) > 5
        assert with_them.bases([cutoff]) == without.bases([cutoff])
    assert (with_them.first_day, with_them.last_day) == (without.first_day, without.last_day)
