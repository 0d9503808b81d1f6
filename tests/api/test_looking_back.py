"""What defection could mean, who stays and whose pattern has changed: tables and figures of what the pipelines say."""

from __future__ import annotations

import pytest

import setia


def test_what_defection_could_mean_is_a_table_and_a_figure(definitions: setia.Definitions) -> None:
    found, table = definitions, definitions.table().set_index("definition")
    assert {"silence", "partial, half", "category"} <= set(table.index)
    assert len(found.rates()) == len(found.audit.cutoffs) == 4
    assert list(found.rates().columns) == list(table.index) == list(found.agreement().columns)
    assert found.rates()["silence"].mean() == pytest.approx(table.loc["silence", "defection_rate"], abs=0.01)
    assert found.best in [finding.candidate.definition for finding in found.audit.findings]
    assert found.best is None or found.best.words in found.recommendation
    assert table.loc[table["against"] == "", "auc"].min() > 0.5
    assert found.figure().axes


def test_a_definition_of_ones_own_is_among_them(leavers: setia.Log) -> None:
    some = ("define.cutoffs=1", "defection=partial", "defection.share=0.4")
    assert "partial, as set" in set(setia.define(leavers, horizon_days=30, overrides=some).table()["definition"])


def test_who_stays_is_a_table_and_a_figure(kept: setia.Kept) -> None:
    table = kept.table()
    assert set(table["kind"]) == {"all", "cohort", "segment"}
    assert table["month_end"].nunique() == 4
    assert set(table["definition"]) == {"partial"}
    assert table.loc[table["ripe"], "retention_rate"].between(0, 1).all()
    assert table.loc[~table["ripe"], "retention_rate"].isna().all()
    assert kept.figure().axes
    # the function keeps its name, whatever is imported
    assert callable(setia.retention)


def test_whose_pattern_has_changed_is_a_table_and_a_figure(alerts: setia.Alerts, leavers: setia.Log) -> None:
    table = alerts.table()
    assert len(table) > 0
    assert table["stake"].is_monotonic_decreasing
    assert set(table["currency"]) == {"EUR"}
    assert set(alerts.replay()["method"]) == {"setia", "overdue", "dropped"}
    assert alerts.figure().axes
    # nothing was noted as told
    again = setia.alerts(leavers, overrides=("alert.first_days=60", "alert.cool_days=30")).table()
    assert again.equals(table)
