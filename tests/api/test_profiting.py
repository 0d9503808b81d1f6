"""`setia.profits`: the ledger's own figures, by customer, and what is missing said in Python's terms."""

from __future__ import annotations

import pytest

import setia


@pytest.fixture(scope="module")
def profits(shop: setia.Log) -> setia.Profits:
    return setia.profits(shop, goods_rate=0.6, per_order=2.0)


def test_customers_add_up_to_the_whole(profits: setia.Profits, shop: setia.Log) -> None:
    by = profits.by_customer()
    assert by["profit"].is_monotonic_decreasing
    assert by["profit"].sum() == pytest.approx(profits.book.whale.total)
    assert by["profit"].sum() == pytest.approx(profits.table()["profit"].sum())
    assert by["sales"].sum() + by["refunds"].sum() == pytest.approx(shop.purchases()["value"].sum())
    assert (by["profit"] < 0).sum() == profits.book.whale.losers
    assert set(profits.turned()["customer_id"]) <= set(by.index)
    assert profits.figure().axes


def test_what_is_missing_or_unknown_is_told(shop: setia.Log) -> None:
    with pytest.raises(setia.InputError, match=r"A profit needs to know .* unit_cost=\"NAME\" .* goods_rate=0\.7"):
        setia.profits(shop)
    with pytest.raises(setia.InputError, match=r"no cost good_rate\. The nearest is goods_rate"):
        setia.profits(shop, good_rate=0.7)
    with pytest.raises(setia.InputError, match=r"^goods_rate=-1 must be a share"):
        setia.profits(shop, goods_rate=-1)
