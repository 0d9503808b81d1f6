"""The card says what the score table says, to the last bit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from small_cards import SETTINGS, customers, log, made, partial, purchases, revenue, where

from setia.bundle import Bundle
from setia.scoring import ScoreSettings, score


def table(bundle: Bundle, folder: Path, settings: ScoreSettings) -> dict[str, dict[str, Any]]:
    """Return the score table by customer."""
    settings = replace(settings, output=str(folder / "scores.parquet"))
    score(bundle, log(), where(), settings, model_version="small/1", live=False, more=("p_none",))
    return {row["customer_id"]: row for row in pq.read_table(settings.output).to_pylist()}


@pytest.mark.parametrize("model", [revenue, purchases, partial])
def test_a_card_is_the_customers_row_of_the_score_table(model: Callable[[], Bundle], tmp_path: Path) -> None:
    scores = table(model(), tmp_path, SETTINGS)
    assert list(scores) == customers()
    ids = list(scores)[::12]
    for column in ("status", "segment"):  # and one of each kind
        ids += {row[column]: who for who, row in scores.items()}.values()
    ids += [who for who, row in scores.items() if row["p_defect"] is None][:2]
    for who in dict.fromkeys(ids):
        row, found = scores[who], made(who, model())
        said = asdict(found.score)
        reasons = [row[name] for name in ("reason_1", "reason_2", "reason_3") if row[name] is not None]
        assert list(said.pop("reasons")) == reasons
        assert said == {name: row[name] for name in said}
        assert (found.basis, found.currency or None) == (row["value_basis"], row["currency"])
        assert (found.purchases, found.score.covered) == (row["frequency"] + 1, row["p_defect"] is not None)


def test_batches_and_the_language_are_those_of_the_score_table(tmp_path: Path) -> None:
    small = replace(SETTINGS, batch_rows=7, language="id")
    scores = table(revenue(), tmp_path, small)
    for who in customers()[5:40:7]:
        found = made(who, score=small)
        assert found.score.reasons[0] == scores[who]["reason_1"]
        assert found.score.clv == scores[who]["clv"]
        assert found.language == "id"


def test_a_model_whose_definition_leaves_somebody_out_is_among_them(tmp_path: Path) -> None:
    left_out = [who for who, row in table(partial(), tmp_path, SETTINGS).items() if row["p_defect"] is None]
    found = made(left_out[0], partial())
    assert not found.score.covered
    assert (found.score.value_at_risk, found.score.reasons) == (None, ())
