"""Logs and settings that scoring refuses, each with a sentence and an exit code, and nothing written."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from scoring.conftest import LAST, SCORED_AT, Run
from setia.bundle import Bundle
from setia.errors import InputError, SetiaError, StaleLogError
from setia.scoring import ScoreSettings, is_live
from setia.source import Log, SourceSettings


def refused(run: Run, tmp_path: Path, *sayings: str, kind: type[SetiaError] = InputError, **arguments: object) -> None:
    with pytest.raises(kind) as caught:
        run(**arguments)
    for saying in sayings:
        assert saying in str(caught.value)
    assert not list(tmp_path.rglob("*.parquet"))
    assert not list(tmp_path.rglob("*.part"))


def test_a_stale_log(run: Run, tmp_path: Path) -> None:
    after = dt.datetime.combine(LAST, dt.time(12), dt.UTC)
    assert run(scored_at=after + dt.timedelta(days=30), history=None).path.unlink() is None
    late = after + dt.timedelta(days=31)
    refused(
        run,
        tmp_path,
        "ends on 2024-06-30, 31 days before today",
        "as_of=2024-06-30",
        kind=StaleLogError,
        scored_at=late,
    )
    assert StaleLogError.exit_code == 5
    assert run(scored_at=late, live=False).rows
    assert run(scored_at=late, max_age_days=None).rows


def test_today_is_that_of_the_business(run: Run, log: Log, bundle: Bundle) -> None:
    evening = dt.datetime.combine(LAST, dt.time(20), dt.UTC)  # already 1 July in Jakarta
    here = replace(bundle, facts=replace(bundle.facts, timezone="Asia/Jakarta"))
    with pytest.raises(StaleLogError, match="1 days before today"):
        run(log=replace(log, timezone="Asia/Jakarta"), bundle=here, scored_at=evening, max_age_days=0)
    assert run(scored_at=evening, max_age_days=0).rows


@pytest.mark.parametrize(
    ("kind", "as_of", "live"),
    [("files", None, True), ("database", None, True), ("files", 19_000, False), ("cdnow", None, False)],
)
def test_a_log_is_live_unless_it_is_a_sample_or_looked_back_on(kind: str, as_of: int | None, live: bool) -> None:
    assert is_live(SourceSettings(kind=kind), as_of) is live


def test_a_missing_column(run: Run, log: Log, bundle: Bundle, tmp_path: Path) -> None:
    wanting = replace(bundle, facts=replace(bundle.facts, columns=("amount", "category", "discount")))
    refused(run, tmp_path, "trained with the columns category, discount", "it has amount", bundle=wanting)
    refused(run, tmp_path, "it has none of the optional", log=replace(log, columns=()), bundle=bundle)


def test_a_log_without_amounts_for_a_model_of_money(run: Run, log: Log, bundle: Bundle, tmp_path: Path) -> None:
    bare = replace(bundle, facts=replace(bundle.facts, columns=()))
    refused(run, tmp_path, "forecasts revenue", "value=purchases", log=replace(log, columns=()), bundle=bare)


@pytest.mark.parametrize("factor", [0.1, 5.5])
def test_other_units(run: Run, bundle: Bundle, tmp_path: Path, factor: float) -> None:
    facts = bundle.facts
    assert facts.purchase_value_mean is not None
    assert facts.gap_median_days is not None
    dear = replace(bundle, facts=replace(facts, purchase_value_mean=facts.purchase_value_mean * factor))
    refused(
        run, tmp_path, "mean value of a purchase is", "EUR, in training it was", "score.allow_drift=true", bundle=dear
    )
    slow = replace(bundle, facts=replace(facts, gap_median_days=facts.gap_median_days * factor))
    refused(run, tmp_path, "median gap between purchases is", "days, in training it was", bundle=slow)
    summary = run(bundle=slow, allow_drift=True)
    assert "in spite of drift: the median gap" in summary.notes[0]


def test_units_within_the_factor_pass(run: Run, bundle: Bundle) -> None:
    facts = bundle.facts
    assert facts.purchase_value_mean is not None
    assert run(bundle=replace(bundle, facts=replace(facts, purchase_value_mean=facts.purchase_value_mean * 3))).rows
    assert run(bundle=replace(bundle, facts=replace(facts, purchase_value_mean=None, gap_median_days=None))).rows


def test_another_currency_or_time_zone(run: Run, log: Log, tmp_path: Path) -> None:
    refused(run, tmp_path, "its currency is USD, in training it was EUR", log=replace(log, currency="USD"))
    refused(run, tmp_path, "counted in Asia/Jakarta", log=replace(log, timezone="Asia/Jakarta"))
    assert run(log=replace(log, currency="")).currency == "EUR"
    assert len(run(log=replace(log, currency="USD", timezone="Asia/Jakarta"), allow_drift=True).notes) == 2


@pytest.mark.parametrize("output", ["scores.xlsx", "scores", ".parquet", "scores.gz"])
def test_an_unknown_suffix(run: Run, tmp_path: Path, output: str) -> None:
    refused(run, tmp_path, "must be a file whose name ends in .parquet, .csv or .csv.gz", output=output)


def test_a_folder_or_a_place_that_cannot_be(run: Run, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    refused(run, tmp_path, "is a folder", output="folder.csv")
    (tmp_path / "file").write_text("")
    refused(run, tmp_path, "cannot be written", output="file/scores.csv")


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ({"reasons": "some"}, "score.reasons=some is unknown; use all, none, or top:N"),
        ({"reasons": "top:0"}, "score.reasons=top:0 is unknown"),
        ({"reasons": "top:"}, "such as top:10000"),
        ({"batch_rows": 0}, "at least 1"),
        ({"max_age_days": -1}, "must not be negative"),
    ],
)
def test_settings_that_mean_nothing(setting: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        ScoreSettings(**setting)


def test_nothing_refused_is_looked_at_before_the_age(run: Run, bundle: Bundle) -> None:
    wanting = replace(bundle, facts=replace(bundle.facts, columns=("category",)))
    with pytest.raises(StaleLogError):
        run(bundle=wanting, scored_at=SCORED_AT + dt.timedelta(days=400))
