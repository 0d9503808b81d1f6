"""What a card adds up, and how it calls itself."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from small_cards import ODD, customers, log, made, revenue, rows, usual

from setia.card.card import PACE_DAYS
from setia.errors import InputError, StaleLogError
from setia.scoring import ScoreSettings
from setia.timeline import day_of


@pytest.mark.parametrize("who", [*customers()[::8], ODD])
def test_money_and_days_are_those_of_the_log(who: str) -> None:
    card = usual(who)
    mine = [row for row in rows() if row["customer_id"] == who]
    assert card.money == pytest.approx(sum(row["amount"] for row in mine))
    bought = sorted({row["day"] for row in mine if row["amount"] > 0})
    assert card.days.bought.tolist() == bought
    assert card.days.day.tolist() == sorted({row["day"] for row in mine})
    assert (card.first_day, card.purchases, card.as_of) == (bought[0], len(bought), log().last_day)
    assert card.score.days_since_last == card.as_of - bought[-1]


def test_a_short_tenure_is_not_told_as_a_year() -> None:
    tenures = [usual(who).tenure_days for who in customers()[::4]]
    assert min(tenures) < PACE_DAYS <= max(tenures)
    for who in customers()[::4]:
        card = usual(who)
        assert (card.yearly is None) == (card.tenure_days < PACE_DAYS)
        if card.yearly is not None and card.money is not None:
            assert card.yearly == pytest.approx(card.money / (card.tenure_days + 1) * 365)


def test_its_name_is_one_line() -> None:
    for who in (ODD, "c01"):
        said = repr(usual(who))
        assert said.startswith(f"Card({who!r}: ")
        assert "\n" not in said
        assert f"{usual(who).score.p_alive:.2f}" in said


def test_it_knows_what_the_model_knew() -> None:
    card = usual("c01")
    assert card.trained_to == day_of(revenue().facts.as_of)
    assert np.array_equal(card.alive.day, np.unique(card.alive.day))


def test_an_old_log_and_a_drifted_one_are_refused_as_when_scoring() -> None:
    with pytest.raises(StaleLogError):
        made("c01", score=ScoreSettings(), live=True)
    facts = replace(revenue().facts, currency="USD")
    with pytest.raises(InputError, match="currency"):
        made("c01", replace(revenue(), facts=facts))
    drifting = ScoreSettings(allow_drift=True, history=None)
    assert "currency" in made("c01", replace(revenue(), facts=facts), drifting).notes[0]
