"""Divest: what is told of a customer who costs more than they bring."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from setia.errors import InputError
from setia.ledger import PARTS
from setia.policy import Divest, Grounds
from setia.policy.divest import REMEDIES

ANN = Grounds(
    customer_id="ann",
    profit=-1234.5,
    sales=5000.0,
    lines=1200,
    taken={"goods": 0.62, "discounts": 0.3, "refunds": 0.02, "commission": 0.0, "service": 0.3},
    usual={"goods": 0.6, "discounts": 0.2, "refunds": 0.01, "commission": 0.0, "service": 0.1},
    upper=-10.0,
    confirmed=True,
)


@pytest.mark.parametrize("name", ["months", "least_purchases"])
def test_a_setting_below_one_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"policy.{name}=0 must be at least 1.")):
        Divest(**{name: 0})
    Divest(**{name: 1})


def test_every_cost_of_the_ledger_has_remedies() -> None:
    assert set(REMEDIES) == set(PARTS) - {"sales"}
    assert all(REMEDIES.values())


def test_the_worst_part_is_the_furthest_above_the_usual_not_the_largest() -> None:
    assert ANN.worst == "service"
    assert replace(ANN, usual=dict.fromkeys(ANN.usual, 0.0)).worst == "goods"
    assert ANN.remedies == ("minimum order", "self-service", "reprice")


def test_the_grounds_are_a_sentence() -> None:
    assert ANN.price_rise == pytest.approx(1234.5 / 5000)
    assert ANN.said == (
        "lost 1,234.50 on sales of 5,000.00 (1,200 lines): service takes 30 % of sales, 10 % with customers at large; "
        "prices 25 % higher would cover it. Try first: minimum order, self-service, reprice."
    )


def test_parts_of_which_there_are_many_take() -> None:
    assert "goods take 62 % of sales" in replace(ANN, usual=dict.fromkeys(ANN.usual, 0.0)).said


def test_without_sales_no_price_would_cover_it() -> None:
    one = replace(ANN, sales=0.0)
    assert one.price_rise is None
    assert "higher" not in one.said
