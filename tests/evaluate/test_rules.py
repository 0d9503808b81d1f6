"""The simple rules: what they say, and that nobody tells them the answer."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
from makers import made_up_panel

from setia import metrics
from setia.evaluate.rules import LAST_MONTH, Method, fallen, simple_rules
from setia.panel import Panel

HORIZON = 30


@lru_cache(maxsize=1)
def panels() -> tuple[Panel, Panel]:
    whole = made_up_panel(400)
    return whole.at(160), whole.at(190)


def rules(validation: Panel | None = None, target: Panel | None = None) -> tuple[Method, Method, Method]:
    seen, ahead = panels()
    found = simple_rules(validation or seen, target or ahead, HORIZON)
    recency, rate, again = (method for method in found if method.name != LAST_MONTH)
    return recency, rate, again


def test_each_has_a_name_and_says_only_what_it_knows() -> None:
    found = rules()
    assert len({method.name for method in found}) == 3
    assert [(m.p_defect is None, m.expected_value is None) for m in found] == [
        (False, True),
        (True, False),
        (False, False),
    ]
    for method in found:
        for said in (method.p_defect, method.expected_value):
            assert said is None or said.shape == (len(panels()[1]),)


def test_the_longer_silent_the_more_likely_gone() -> None:
    recency = rules()[0].p_defect
    silent = panels()[1].column("days_since_last")
    assert recency is not None
    assert metrics.auc(panels()[1].defected, recency) == pytest.approx(metrics.auc(panels()[1].defected, silent))
    assert ((recency > 0) & (recency < 1)).all()


def test_its_probabilities_are_fair() -> None:
    seen, _ = panels()
    found = simple_rules(seen, seen, HORIZON)
    for method in (found[0], found[2]):
        assert method.p_defect is not None
        assert method.p_defect.mean() == pytest.approx(seen.defected.mean(), abs=0.01)


def test_who_silent_for_ever_stays_so() -> None:
    seen, ahead = panels()
    turned = replace(seen, defected=(seen.column("days_since_last") < 20).astype(float))
    p = rules(turned, ahead)[0].p_defect
    assert p is not None
    assert metrics.auc(ahead.column("days_since_last") < 20, p) == 1  # it follows what came, whatever that was


def test_the_spend_rate_goes_on() -> None:
    ahead = panels()[1]
    rate = rules()[1].expected_value
    assert rate is not None
    for row in range(0, len(ahead), 37):
        days = ahead.column("T_days")[row] + 1
        assert rate[row] == pytest.approx(ahead.past_value[row] / days * HORIZON)


def test_the_last_horizon_comes_again() -> None:
    seen, ahead = panels()
    again = rules()[2]
    assert again.expected_value is not None
    assert again.p_defect is not None
    assert np.array_equal(again.expected_value, ahead.last_value)
    for bought in (0, 1):
        came = seen.defected[seen.last_purchases == bought]
        expected = (came.sum() + 0.5) / (len(came) + 1)
        assert again.p_defect[ahead.last_purchases == bought] == pytest.approx(expected)


def visits(recent: list[float], former: list[float]) -> Panel:
    """Return a panel of customers who differ in their visits only."""
    one = panels()[1].rows(np.zeros(len(recent), dtype=int))
    return replace(one, recent_purchases=np.array(recent), former_purchases=np.array(former))


def test_the_fewer_visits_in_the_last_month_the_further_they_have_fallen() -> None:
    found = fallen(visits([0, 1, 2, 4, 8], [12, 12, 12, 12, 12]))
    assert (np.diff(found) < 0).all()
    assert found[0] == 1
    assert found[3] == pytest.approx(0.5)  # 4 in 30 days, 12 in 90: as often as before
    of_ratio = np.array([0, 1, 2, 4, 8]) / (12 / 3)
    assert np.array_equal(np.argsort(-found), np.argsort(of_ratio))


def test_equal_trends_are_ties_however_often_they_come() -> None:
    assert len(set(fallen(visits([1, 2, 10], [3, 6, 30])))) == 1
    assert len(set(fallen(visits([0, 0], [1, 30])))) == 1


def test_who_came_in_one_of_both_only_or_in_neither() -> None:
    only_lately, only_before, neither = fallen(visits([2, 0, 0], [0, 5, 0]))
    assert only_lately == 0
    assert only_before == neither == 1


def not_silence(panel: Panel) -> Panel:
    """Return the panel with another definition's labels: whoever comes once or not at all has defected."""
    return replace(panel, defected=(panel.purchases <= 1).astype(float))


def test_the_trend_is_a_rule_where_defection_is_more_than_silence() -> None:
    seen, ahead = panels()
    assert LAST_MONTH not in {method.name for method in simple_rules(seen, ahead, HORIZON)}
    found = {method.name: method for method in simple_rules(not_silence(seen), ahead, HORIZON)}
    assert found[LAST_MONTH].expected_value is None


def test_the_trend_is_turned_into_a_fair_probability_of_the_same_order() -> None:
    seen = panels()[0]
    # who comes less lately comes less: the rule is right in this world
    seen = replace(seen, defected=(fallen(seen) > np.random.default_rng(1).random(len(seen))).astype(float))
    [rule] = [method for method in simple_rules(seen, seen, HORIZON) if method.name == LAST_MONTH]
    assert rule.p_defect is not None
    assert rule.p_defect.mean() == pytest.approx(seen.defected.mean(), abs=0.01)
    assert metrics.auc(seen.defected, rule.p_defect) == pytest.approx(metrics.auc(seen.defected, fallen(seen)))


def same(left: Any, right: Any) -> bool:
    pairs = [(getattr(a, n), getattr(b, n)) for a, b in zip(left, right, strict=True) for n in Method.__annotations__]
    return all(np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b for a, b in pairs)


def test_they_do_not_see_what_came_of_those_they_judge() -> None:
    ahead = panels()[1]
    nothing = np.full(len(ahead), np.nan)
    assert same(rules(), rules(target=replace(ahead, defected=nothing, value=nothing, purchases=nothing)))


def test_what_is_unknown_teaches_nothing() -> None:
    seen, ahead = panels()
    unknown = np.arange(len(seen)) % 3 == 0
    gaps = replace(seen, defected=np.where(unknown, np.nan, seen.defected))
    assert same(rules(gaps, ahead), rules(seen.rows(~unknown), ahead))


@pytest.mark.parametrize("answer", [0.0, 1.0, np.nan])
def test_where_all_came_out_alike_they_still_answer(answer: float) -> None:
    seen, ahead = panels()
    found = rules(replace(seen, defected=np.full(len(seen), answer)), ahead)
    for method in (found[0], found[2]):
        assert method.p_defect is not None
        assert ((method.p_defect >= 0) & (method.p_defect <= 1 + 1e-6)).all()
