"""Buy-till-you-die as features and member: fitted per cutoff, owing nothing to what came later."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from makers import made_up_panel

from setia.errors import InputError
from setia.learn.dropout import COLUMNS, MODELS, Dropout, DropoutSettings, fit_dropout, with_dropout
from setia.panel import Panel

HORIZON = 30
ADDED = tuple(COLUMNS)


@lru_cache
def extended(model: str = "pareto_nbd") -> tuple[Panel, Dropout]:
    return with_dropout(DropoutSettings(model), made_up_panel(), HORIZON, "revenue")


def columns(panel: Panel) -> Any:
    return panel.X[:, -len(ADDED) :]


@pytest.mark.parametrize("model", MODELS)
def test_every_row_is_told_something_possible(model: str) -> None:
    panel, _ = extended(model)
    plain = made_up_panel()
    assert panel.names == (*plain.names, *ADDED)
    assert np.array_equal(panel.X[:, : len(plain.names)], plain.X)
    assert panel.X.dtype == np.float32
    assert np.isfinite(columns(panel)).all()
    for name in ("btyd_p_none", "btyd_p_alive"):
        assert ((panel.column(name) >= 0) & (panel.column(name) <= 1)).all()
    for name in ("btyd_purchases", "btyd_amount", "btyd_value"):
        assert (panel.column(name) >= 0).all()
    assert panel.column("btyd_value") == pytest.approx(
        panel.column("btyd_purchases") * panel.column("btyd_amount"), rel=1e-5
    )
    # no purchase at all is likelier than death alone, and Markov's inequality bounds it from below
    assert (panel.column("btyd_p_none") >= 1 - panel.column("btyd_p_alive") - 1e-5).all()
    assert (panel.column("btyd_p_none") >= 1 - panel.column("btyd_purchases") - 1e-5).all()


@pytest.mark.parametrize("model", MODELS)
def test_the_longer_silent_the_less_alive(model: str) -> None:
    _, dropout = extended(model)
    names = ("frequency", "recency_days", "T_days", "value_mean")
    X = np.array([[5, recency, 80, 20] for recency in range(80, 4, -5)], dtype=np.float32)
    found = dropout.columns(X, names)
    alive, none = (found[:, ADDED.index(name)] for name in ("btyd_p_alive", "btyd_p_none"))
    assert (np.diff(alive) <= 1e-6).all()
    assert (np.diff(none) >= -1e-6).all()
    assert alive[0] - alive[-1] > 0.1


@pytest.mark.parametrize("model", MODELS)
def test_it_is_the_same_after_a_journey_through_json(model: str) -> None:
    panel, dropout = extended(model)
    back = Dropout.from_dict(json.loads(json.dumps(dropout.as_dict())))
    assert back == dropout
    assert np.array_equal(back.columns(panel.X, panel.names), dropout.columns(panel.X, panel.names))


def test_the_fit_that_goes_into_use_is_that_of_the_last_cutoff() -> None:
    panel, dropout = extended()
    last = made_up_panel().at(190)
    assert fit_dropout(DropoutSettings(), last, HORIZON, "revenue") == dropout
    assert np.array_equal(dropout.columns(last.X, last.names), columns(panel.at(190)))


def test_what_is_said_at_a_cutoff_owes_nothing_to_later_ones() -> None:
    plain = made_up_panel()
    late = plain.cutoff >= 160
    X = plain.X.copy()
    X[late, :2] = 0
    changed, _ = with_dropout(DropoutSettings(), replace(plain, X=X), HORIZON, "revenue")
    panel, _ = extended()
    assert np.array_equal(columns(changed)[~late], columns(panel)[~late])
    assert not np.allclose(columns(changed)[late], columns(panel)[late])


def test_what_came_of_the_customers_is_not_looked_at() -> None:
    plain = made_up_panel()
    nothing = np.full(len(plain), np.nan)
    blind = replace(plain, defected=nothing, value=nothing, purchases=nothing)
    found, _ = with_dropout(DropoutSettings(), blind, HORIZON, "revenue")
    assert np.array_equal(columns(found), columns(extended()[0]))


def test_where_value_is_counted_in_purchases_there_are_no_amounts() -> None:
    panel, dropout = with_dropout(DropoutSettings("mbg_nbd"), made_up_panel(), HORIZON, "purchases")
    assert dropout.amounts is None
    assert (panel.column("btyd_amount") == 1).all()
    assert np.array_equal(panel.column("btyd_value"), panel.column("btyd_purchases"))
    assert Dropout.from_dict(dropout.as_dict()) == dropout


def test_a_customer_without_a_mean_gets_the_average_one() -> None:
    _, dropout = extended()
    names = ("frequency", "recency_days", "T_days", "value_mean")
    X = np.array([[2, 10, 20, mean] for mean in (np.nan, 0, -5, 1e-3, 1e4)], dtype=np.float32)
    amount = dropout.columns(X, names)[:, ADDED.index("btyd_amount")]
    assert amount[0] == amount[1] == amount[2]
    assert amount[3] < amount[0] < amount[4]


@pytest.mark.parametrize("customers", [1, 2, 5])
@pytest.mark.parametrize("model", MODELS)
def test_a_base_of_a_few_customers_is_no_trouble(model: str, customers: int) -> None:
    few = made_up_panel(customers, cutoffs=(100,), seed=3)
    once = replace(few, X=np.where(np.arange(few.X.shape[1]) < 2, 0, few.X).astype(np.float32))
    for panel in (few, once):
        found = columns(with_dropout(DropoutSettings(model), panel, HORIZON, "revenue")[0])
        assert np.isfinite(found).all()
        assert (found >= 0).all()


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(InputError, match=r"dropout.model=bg_nbd is unknown; use one of pareto_nbd, mbg_nbd"):
        DropoutSettings("bg_nbd")


def test_an_empty_panel_is_refused() -> None:
    with pytest.raises(InputError, match="no customer bought before any cutoff"):
        with_dropout(DropoutSettings(), made_up_panel().at([]), HORIZON, "revenue")
