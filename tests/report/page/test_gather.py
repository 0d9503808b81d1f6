"""The story of a report: every stage once, nothing written, and a sentence where something cannot be told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import small_reports
from small_reports import START, bundle, campaigns, config, log, room, stages, story, told, where

from report.page.reading import number, sections
from setia.errors import InputError, StaleLogError
from setia.report.page import ReportSettings, gather
from setia.report.page.settings import SECTIONS
from setia.scoring import ScoreSettings, score
from setia.source.door import until


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    campaigns()
    before = snapshot(room())
    found = told("revenue", alert=config(f"alert.ledger={tmp_path}/alerts.db").alert)
    assert len(found.plans) == 2
    assert found.alerting is not None
    assert found.alerting.alerts
    assert len(found.campaigns) == 3
    assert snapshot(room()) == before
    assert list(tmp_path.iterdir()) == []


def test_it_tells_what_the_score_table_tells(tmp_path: Path) -> None:
    path = tmp_path / "scores.parquet"
    settings = ScoreSettings(output=str(path), history=None)
    score(bundle(), log(), where(), settings, model_version="small/1", live=False)
    from pyarrow import parquet

    table, scores = parquet.read_table(path), story().scores
    assert set(scores.column_names) - set(table.column_names) <= {"theme_1", "p_none", "value_leaving", "value_gone"}
    assert scores["customer_id"].to_pylist() == table["customer_id"].to_pylist()
    for name in set(scores.column_names) & set(table.column_names):
        assert scores[name].to_pylist() == table[name].to_pylist(), name


def test_a_live_log_that_ended_long_ago_is_refused() -> None:
    asked = (ReportSettings(), stages(score=ScoreSettings(max_age_days=5, history=None)), bundle(), log(), where())
    with pytest.raises(StaleLogError):
        gather(*asked, model_version="small/1", live=True)


@pytest.mark.parametrize("name", SECTIONS[1:-1])
def test_a_section_can_be_left_out(name: str) -> None:
    assert list(sections(story(), leave_out=(name,))) == [one for one in SECTIONS if one != name]


def test_what_is_left_out_is_not_computed() -> None:
    found = told("revenue", "report.leave_out=[cohorts,definition,alerts,campaigns]")
    assert (found.retention, found.audit, found.alerting, found.campaigns, found.missing) == (None, None, None, (), {})
    rest = [one for one in SECTIONS if one not in ("cohorts", "definition", "alerts", "campaigns")]
    assert list(sections(found, leave_out=("cohorts", "definition", "alerts", "campaigns"))) == rest


@pytest.mark.parametrize("name", ["headline", "quality", "nonsense"])
def test_what_cannot_be_left_out_is_said(name: str) -> None:
    with pytest.raises(InputError, match=f"report.leave_out={name} is no section"):
        ReportSettings(leave_out=(name,))


@pytest.mark.parametrize("rows", [0, 20_001])
def test_the_number_of_customers_has_bounds(rows: int) -> None:
    with pytest.raises(InputError, match=r"must lie between 1 and 20000"):
        ReportSettings(customers=rows)


def test_a_log_that_is_too_short_says_what_cannot_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(small_reports, "log", lambda *_: until(log(), START + 40, where()))
    found = told("revenue")
    assert {"cohorts", "definition"} <= set(found.missing)
    shown = sections(found)
    assert list(shown) == list(SECTIONS)
    for name, why in found.missing.items():
        assert why in shown[name].lead
        assert why.endswith(".")
    assert shown["headline"].blocks[0].items[0].value == "–"


def test_alerts_that_cannot_be_given_are_a_sentence() -> None:
    found = told("revenue", "alert.follow_up_days=400", "report.leave_out=[cohorts,definition]")
    assert set(found.missing) == {"alerts"}
    alerts = sections(found, leave_out=("cohorts", "definition"))["alerts"]
    assert alerts.blocks == ()
    assert "too few to know anybody's pattern" in alerts.lead[0]


def test_a_model_without_proof_says_so() -> None:
    trust = sections(replace(story(), proof=None))["trust"]
    assert trust.blocks == ()
    assert "make train" in trust.lead[0]


def test_the_language_of_the_report_is_that_of_its_reasons_and_alerts() -> None:
    english, indonesian = story(), story("revenue", "id")
    assert indonesian.scores["customer_id"] == english.scores["customer_id"]
    for name in ("reason_1", "reason_2"):
        pairs = zip(english.scores[name].to_pylist(), indonesian.scores[name].to_pylist(), strict=True)
        assert all(one != other for one, other in pairs if one is not None)
    assert english.alerting is not None
    assert indonesian.alerting is not None
    said = [one.sentence for one in english.alerting.alerts]
    assert said
    assert set(said).isdisjoint(one.sentence for one in indonesian.alerting.alerts)


def test_a_log_without_amounts_counts_purchases() -> None:
    found = told("purchases", "report.leave_out=[definition]")
    assert found.plans == ()
    shown = sections(found, leave_out=("definition",))
    headline = shown["headline"]
    numbers = {item.label: item for item in headline.blocks[0].items}
    assert "<b>" not in str(shown)  # no currency anywhere
    assert number(numbers["Expected purchases"].value) == pytest.approx(found.column("expected_value").sum(), abs=0.5)
    steps = next(one for one in headline.blocks if one.kind == "steps")
    assert "no cost can be weighed" in " ".join(steps.about)
    assert all(value is None for value in shown["customers"].blocks[-1].data["columns"]["contact"])
    assert {"sales", "concentration"} <= {
        one.name for section in shown.values() for one in section.blocks if one.kind == "chart"
    }
