"""The ground of a decision is the score table of that moment, with what a contact could save."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from small_campaigns import bundle, counting, known_by

from setia.act.ground import Scored, scored
from setia.errors import InputError, StaleLogError
from setia.scoring import ScoreSettings, score


def ground(live: bool = False, basis: str = "revenue") -> Scored:
    with known_by() as (where, log):
        return scored(counting(basis), log, where, ScoreSettings(), model_version="small/1", live=live)


def test_it_is_the_score_table(tmp_path: Path) -> None:
    to = ScoreSettings(output=str(tmp_path / "scores.parquet"), history=None)
    with known_by() as (where, log):
        score(bundle(), log, where, to, model_version="small/1", live=False)
    table, found = pq.read_table(to.output), ground()
    assert len(found.stakes) == table.num_rows > 300
    for name in ("customer_id", "status", "segment"):
        assert getattr(found.stakes, name).tolist() == table[name].to_pylist(), name
    for name in ("frequency", "p_defect", "p_alive", "expected_value", "clv", "clv_hi"):
        assert getattr(found.stakes, name) == pytest.approx(table[name].to_numpy(), nan_ok=True), name
    for number, reasons in enumerate(found.reasons, start=1):
        assert reasons.to_pylist() == table[f"reason_{number}"].to_pylist()
    assert set(table.column_names).isdisjoint({"p_none", "value_leaving", "value_gone"})


def test_what_a_contact_could_save_is_beside_it() -> None:
    stakes = ground().stakes
    for name in ("leaving", "gone"):
        assert np.isfinite(getattr(stakes, name)).all()
        assert (getattr(stakes, name) >= 0).all()
        assert getattr(stakes, name).sum() > 0
    assert ((stakes.p_none > 0) & (stakes.p_none < 1)).all()
    # who leaves within the horizon takes no more along than what is to come of them
    assert (stakes.leaving <= stakes.clv + 1e-9).all()
    assert np.corrcoef(stakes.gone, (1 - stakes.p_alive))[0, 1] > 0


def test_nothing_is_kept_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ground()
    assert list(tmp_path.iterdir()) == []


def test_a_log_that_ended_long_ago_is_refused_where_it_is_live() -> None:
    with pytest.raises(StaleLogError, match=r"score.max_age_days"):
        ground(live=True)


def test_value_in_purchases_is_no_money() -> None:
    with pytest.raises(InputError, match="weighs money against money, but this model counts value in purchases"):
        ground(basis="purchases")
