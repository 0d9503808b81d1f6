"""The speed benchmark: its peers compute what we compute, its record is complete, its table shows the record."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pandas as pd
import pytest
from plain_features import plain_features
from small_logs import random_log, table

from setia.features import select

LOGS = {"short": (1, 25, 120), "long": (2, 40, 700)}


@pytest.fixture(scope="module")
def bench(root: Path) -> Iterator[Any]:
    """Import from the folder of benchmarks, whose modules are scripts beside each other."""
    before = list(sys.modules)
    sys.path.insert(0, str(root / "benchmarks"))
    yield import_module
    sys.path.remove(str(root / "benchmarks"))
    for name in set(sys.modules) - set(before):
        if str(root / "benchmarks") in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture(scope="module")
def speed(bench: Any) -> ModuleType:
    return bench("speed")


@pytest.fixture(scope="module", params=LOGS.values(), ids=LOGS.keys())
def known(request: pytest.FixtureRequest, bench: Any) -> tuple[Any, list[int], list[str], dict[Any, Any]]:
    """Return a log with everything in it, cutoffs, names of features, and the features in plain Python."""
    seed, customers, span = request.param
    columns = bench("features_sql").COLUMNS
    rows = [{name: row[name] for name in columns} for row in random_log(seed, customers, span)]
    cutoffs = [17_000 + span * part // 4 for part in (1, 2, 3, 4)]
    names = [feature.name for feature in select(columns)]
    found = {(c, k): values for k in cutoffs for c, values in plain_features(rows, k).items()}
    return table(rows, columns), cutoffs, names, found


def agree(built: pd.DataFrame, names: list[str], found: dict[Any, Any]) -> None:
    assert set(zip(built["customer_id"], built["cutoff"], strict=True)) == set(found)
    for row in built.to_dict("records"):
        expected = found[row["customer_id"], row["cutoff"]]
        for name in names:
            wanted = float("nan") if expected[name] is None else expected[name]
            value = float("nan") if pd.isna(row[name]) else row[name]
            assert value == pytest.approx(wanted, rel=1e-9, abs=1e-9, nan_ok=True), (name, row["customer_id"])


def test_the_sql_peer_is_right(known: Any, bench: Any) -> None:
    import duckdb

    log, cutoffs, names, found = known
    with duckdb.connect() as connection:
        connection.register("log", log)
        built = bench("features_sql").features(connection, cutoffs, names, "double").df()
    assert len(built) == len(found)
    agree(built, names, found)


def test_the_pandas_peer_is_right(known: Any, bench: Any) -> None:
    log, cutoffs, names, found = known
    peer = bench("features_pandas")
    days = peer.purchase_days(log.to_pandas())
    built = pd.concat([peer.features(days, cutoff).assign(cutoff=cutoff) for cutoff in cutoffs])
    assert len(built) == len(found)
    agree(built, names, found)


def test_all_contenders_find_the_same_features_of_a_made_up_log(bench: Any, tmp_path: Path) -> None:
    contenders, race = bench("contenders"), bench("feature_race")
    log = str(race.made(tmp_path, 4_000))
    jobs = [
        contenders.Job(name, log, 2, memory_limit="1GB") for name in ("ours", "sql", "pandas", "scan", "pandas_anew")
    ]
    jobs += [contenders.Job("ours", log, 2, without=group) for group in ("quantiles", "distinct")]
    found = [contenders.run(job) for job in jobs]
    race.check(jobs, found)
    assert found[0]["rows"] == found[2]["rows"] > 150
    whole, quantiles, distinct = (set(one["names"]) for one in (found[0], *found[5:]))
    assert whole - quantiles == {"gap_median_days", "gap_q25_days", "gap_q90_days", "value_median"}
    assert {"products_total", "category_entropy"} <= whole - distinct
    found[1]["size"][3] *= 1.01
    with pytest.raises(SystemExit, match="frequency differs"):
        race.check(jobs, found)


def runs(bench: Any) -> list[dict[str, Any]]:
    """Return runs of every contender, as the benchmark keeps them, with invented figures."""
    job, race = bench("contenders").Job, bench("feature_race")
    sizes = {"large": 20_000_000, "half": 10_000_000, "small": 2_000_000}
    whole = [job("ours", "large", 12), job("sql", "large", 12), job("ours", "large", 1), job("scan", "large")]
    fits = [job(name, "half", cutoffs) for cutoffs in (1, 12) for name in ("ours", "pandas")]
    fits += [job(name, "small", 12) for name in ("ours", "pandas_anew")]
    made = []
    for number, one in enumerate([*whole, *fits], 1):
        best = {"seconds": float(number), "cpu_seconds": 1.0, "peak_gb": 1.0, "rows": 10, "names": ["a"]}
        made.append(race.summary(one, best, [float(number)], sizes[one.log]))
    return made


def test_the_record_is_complete_and_keeps_what_was_not_run(speed: ModuleType, tmp_path: Path) -> None:
    out = tmp_path / "results.json"
    first = speed.merged(speed.last(out), "huge", {"peak_gb_200m": 4.5, "runs": []}, {"commit": "one"})
    speed.write(first, out)
    second = speed.merged(speed.last(out), "train", {"train_vs_bare": 1.1, "more": 3}, {"commit": "two"})
    speed.write(second, out)
    record = json.loads(out.read_text(encoding="utf-8"))
    assert set(speed.KEYS) <= set(record)
    assert (record["peak_gb_200m"], record["train_vs_bare"], record["score_vs_bare"]) == (4.5, 1.1, None)
    assert record["measured"] == {"peak_gb_200m": {"commit": "one"}, "train_vs_bare": {"commit": "two"}}
    assert record["parts"] == {"huge": {"runs": []}, "train": {"more": 3}}
    assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


def test_the_table_shows_the_record(speed: ModuleType, bench: Any, tmp_path: Path) -> None:
    shown = bench("speed_table")
    assert set(shown.RATIOS) | set(shown.AMOUNTS) == set(speed.KEYS)
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- speed -->\nformerly\n<!-- /speed -->\nafter\n", encoding="utf-8")
    record = speed.last(tmp_path / "none.json") | {"machine": bench("machine").facts()}
    assert shown.write_table(record, page) == "page.md: the table of speed is up to date."
    assert page.read_text(encoding="utf-8").count("not run yet") == len(speed.KEYS)
    part = {"features_vs_sql": 0.5, "features_vs_pandas": 0.83, "quantiles_share": 0.25, "distinct_share": 0.1}
    record = speed.merged(record, "features", part | {"runs": runs(bench)}, {"date": "2026-01-02"})
    found = {"score_vs_bare": 1.05, "rows": 5e6, "rows_per_second": 95e3, "bare_rows_per_second": 1e5}
    record = speed.merged(record, "score", found | {"seconds_top_10000": 2.0}, {"date": "2026-01-03"})
    fits = {"bg_nbd": {"seconds": 0.1, "times_as_fast": 30.0}, "pareto_nbd": {"seconds": 9.0}}
    found = {"btyd_vs_clvkit": 1 / 30, "figures": {"cdnow": {"ours": fits}}}
    record = speed.merged(record, "btyd", found, {"date": "2026-01-03"})
    shown.write_table(record, page)
    text = page.read_text(encoding="utf-8")
    assert text.startswith("before\n<!-- speed -->\n| what ")
    assert text.endswith("<!-- /speed -->\nafter\n")
    assert "formerly" not in text
    assert "20 million lines | 1 s, 1.0 GB | DuckDB SQL by hand: 2 s, 1.0 GB | **0.5** | at most 0.5 |" in text
    assert "10 million lines | 5 s, 1.0 GB | vectorised pandas: 6 s, 1.0 GB | 0.83 | at most 0.33 |" in text
    assert "| 20,000,000 | 12 | 1 | 20 million | 1.0 GB |" in text
    assert (
        "5 million customers | 95 thousand rows a second | bare prediction by the same boosters: 100 thousand" in text
    )
    assert "| buy-till-you-die fit, CDNOW | 0.1 s | clvkit: 3 s | **0.0333** |" in text
    assert "Reasons for the 10,000 customers at stake add 2 s." in text
    assert text.rstrip().splitlines()[-3].endswith("; 2026-01-02 to 2026-01-03.")
    assert "Exact quantiles take 25% of the CPU time" in text


def test_a_page_without_a_place_for_the_table_is_said(bench: Any, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", encoding="utf-8")
    assert "has no place for the table" in bench("speed_table").write_table({}, page)
    assert page.read_text(encoding="utf-8") == "nothing"


def test_the_record_in_the_repository_has_every_figure_by_name(speed: ModuleType, bench: Any, root: Path) -> None:
    record = json.loads((root / "benchmarks" / "results.json").read_text(encoding="utf-8"))
    assert set(speed.KEYS) <= set(record)
    measured = {key for key in speed.KEYS if record[key] is not None}
    assert measured == set(record["measured"])
    assert bench("speed_table").table(record)
