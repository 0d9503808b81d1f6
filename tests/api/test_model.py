"""A model's answers beside scores: its segments, the card of one customer, what a loaded one still knows."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

import setia
from setia.segment import MEANINGS


def test_segments_are_those_of_the_scores(shop_model: setia.Model, early: setia.Log) -> None:
    found = shop_model.segments(early, least=5)
    table, scores = found.table(), shop_model.score(early)
    assert dict(zip(table["segment"], table["customers"], strict=True)) == dict(scores["segment"].value_counts())
    assert table["clv"].sum() == pytest.approx(scores["clv"].sum())
    assert list(table["segment"]) == [name for name in MEANINGS if name in set(table["segment"])]
    assert {"what", "is", "lift", "evident"} <= set(found.profile().columns)


def test_the_card_of_a_customer_says_what_the_scores_say(shop_model: setia.Model, early: setia.Log) -> None:
    scores = shop_model.score(early).set_index("customer_id")
    who = scores.index[5]
    card = shop_model.customer(early, who)
    assert card.card.customer_id == who
    assert card.figure().axes
    assert {"fact", "value", "said"} <= set(card.table().columns)
    assert card.timeline()["p_alive"].between(0, 1).all()
    assert who in str(card)
    assert "<img" in card._repr_html_()
    assert len(repr(card).splitlines()) == 1
    with pytest.raises(setia.InputError, match="nobody"):
        shop_model.customer(early, "nobody")


def test_another_language_is_spoken(shop_model: setia.Model, early: setia.Log) -> None:
    english, indonesian = (shop_model.score(early, language=name) for name in ("en", "id"))
    assert (english["reason_1"] != indonesian["reason_1"]).any()
    assert english["p_defect"].equals(indonesian["p_defect"])
    with pytest.raises(setia.InputError, match="language"):
        shop_model.score(early, language="tlh")


def test_a_loaded_model_brings_its_figures_along(trained: setia.Model, tmp_path: Path) -> None:
    trained.save(tmp_path / "model")
    loaded = setia.load(tmp_path / "model")
    pd.testing.assert_frame_equal(loaded.comparison(), trained.comparison())
    assert len(loaded.figures()) == len(trained.figures())


def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    store = f"sqlite:///{tmp_path}/mlflow.db"
    with pytest.raises(setia.SetiaError, match="not understood"):
        setia.load("my model", tracking_uri=store)
    with pytest.raises(setia.SetiaError):
        setia.load("models:/shop/3", tracking_uri=store)
    with pytest.raises(setia.InputError, match="no readable Setia bundle"):
        setia.load(tmp_path)


def test_a_horizon_that_means_nothing_is_told(shop: setia.Log) -> None:
    for horizon in (0, "soon", 2.5):
        with pytest.raises(setia.InputError, match="horizon_days"):
            setia.train(shop, horizon_days=horizon)


def test_a_log_that_does_not_fit_is_told_and_may_be_scored_all_the_same(
    shop_model: setia.Model, shop_csv: Path
) -> None:
    other = setia.read(shop_csv, currency="IDR")
    with pytest.raises(setia.InputError, match="allow_drift"):
        shop_model.score(other)
    scores = shop_model.score(other, overrides=("score.allow_drift=true", "score.reasons=top:10"))
    assert scores["reason_1"].notna().sum() == 10


def test_without_amounts_money_is_not_told(tmp_path: Path) -> None:
    from makers import trained_on, write_csv
    from small_campaigns import rows

    plain = setia.Model(trained_on(rows(), ("customer_id", "day")).bundle, "plain")
    log = setia.read(write_csv(tmp_path / "log.csv", rows(), ()), currency="EUR")
    for ask in (plain.plan, plain.segments):
        with pytest.raises(setia.InputError, match=r'Bring a log with amounts \(amount="NAME"\)'):
            ask(log)
    with pytest.raises(setia.InputError, match="amounts"):
        setia.profits(log, goods_rate=0.5)
