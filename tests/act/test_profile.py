"""What sets the valuable apart: the first purchase by a plain loop, and lifts that are there and are not."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from makers import engine, small_log
from small_campaigns import AS_OF, bundle, known_by
from small_logs import random_log

from setia.act import SegmentSettings, segments
from setia.act.profile import MONTHS, SOON_DAYS, WEEKDAYS, first_purchases, profile
from setia.errors import InputError
from setia.report.segments import profile_path, profile_table, show, table, write
from setia.scoring import ScoreSettings
from setia.segment import MEANINGS
from setia.timeline import date_of

COLUMNS = ("customer_id", "day", "amount", "category", "discount")


def plain(rows: list[dict[str, Any]], last: int) -> dict[str, dict[str, str | None]]:
    """The traits of each customer who bought, by hand; the value of the basket as a number."""
    days: dict[str, dict[int, list[dict[str, Any]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if row["amount"] is not None and row["amount"] > 0:
            days[row["customer_id"]][row["day"]].append(row)
    found = {}
    for who, visits in days.items():
        first, *rest = sorted(visits)
        basket, date = visits[first], date_of(first)
        soon = bool(rest) and rest[0] - first <= SOON_DAYS
        money: dict[str, float] = defaultdict(float)
        for row in basket:
            if row["category"] is not None:
                money[row["category"]] += row["amount"]
        kinds = len(money)
        found[who] = {
            "weekday": WEEKDAYS[date.weekday()],
            "month": MONTHS[date.month - 1],
            "came again": None if first + SOON_DAYS > last else "within 30 days" if soon else "later or not",
            "discount": "some" if any(row["discount"] for row in basket) else "none",
            "first category": max(sorted(money), key=lambda name: money[name]) if money else None,
            "categories": "1" if kinds <= 1 else "2 or 3" if kinds <= 3 else "4 or more",
        }
    return found


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_first_purchase_is_what_a_plain_loop_says(seed: int) -> None:
    rows = random_log(seed, 60, 120)
    where = engine()
    log = small_log(where, rows, COLUMNS)
    wanted = plain(list(rows), log.last_day)
    ids = np.array(sorted(wanted), dtype=object)
    said = first_purchases(log, where, ids)
    for name in ("weekday", "month", "came again", "discount", "first category", "categories"):
        assert said[name].tolist() == [wanted[who][name] for who in ids], name
    assert set(said["basket value"].tolist()) <= {"low third", "middle third", "high third"}
    where.close()


def test_a_difference_is_found_and_chance_is_none() -> None:
    random, day = np.random.default_rng(0), 17_000
    ids = np.array([f"c{number:04d}" for number in range(1200)], dtype=object)
    valuable = random.random(1200) < 0.3
    rows = []
    for who, worth in zip(ids, valuable, strict=True):
        web = random.random() < (0.7 if worth else 0.3)
        rows.append(
            {
                "customer_id": who,
                "day": day + int(random.integers(0, 7)),
                "amount": float(random.uniform(1, 50)),
                "category": "web" if web else "shop",
                "discount": float(random.random() < 0.5),
            }
        )
    where = engine()
    found = {(one.what, one.is_): one for one in profile(small_log(where, rows, COLUMNS), where, ids, valuable, 20)}
    where.close()
    web = found["first category", "web"]
    assert web.evident
    assert web.lo < 0.7 / 0.3 < web.hi
    assert web.lift == pytest.approx(web.valuable / web.rest)
    evident = [key for key, one in found.items() if one.evident]
    assert set(evident) == {("first category", "web"), ("first category", "shop")}
    assert next(iter(found)) in evident  # the clear ones first


def test_segments_add_up_and_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from setia.progress import Progress

    with known_by() as (where, log):
        found = segments(SegmentSettings(), bundle(), log, where, ScoreSettings(), model_version="m/1", live=False)
    assert found.as_of == AS_OF
    assert sum(one.customers for one in found.sums) == found.customers <= log.n_customers
    assert [one.name for one in found.sums] == [name for name in MEANINGS if name in {one.name for one in found.sums}]
    assert 0 < found.valuable < found.customers
    held = {one.name: one.clv for one in found.sums}
    assert held["keep"] + held.get("save", 0.0) > 0.5 * sum(held.values())
    path = write(found, str(tmp_path / "segments.csv"))
    assert path.read_text(encoding="utf-8").count("\n") == len(found.sums) + 1
    assert profile_path(str(path)).name == "segments-profile.csv"
    assert profile_table(found).column_names == ["what", "is", "valuable", "rest", "lift", "lo", "hi", "evident"]
    assert table(found)["segment"].to_pylist() == [one.name for one in found.sums]
    show(found, path, Progress(quiet=True))
    said = capsys.readouterr().out
    assert f"{found.valuable:,} are valuable" in said
    assert all(one.name in said for one in found.sums)


@pytest.mark.parametrize(("settings", "said"), [({"output": "x.parquet"}, r"\.csv"), ({"least": 0}, "at least 1")])
def test_settings_that_mean_nothing_are_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        SegmentSettings(**settings)
