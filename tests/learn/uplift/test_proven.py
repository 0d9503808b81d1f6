"""The verdict on a model: plain sums, and how often luck is taken for skill."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from learn.uplift.campaigns import Known, known
from setia.errors import InputError
from setia.learn.uplift import proves_better


def judged(past: Known, effects: Any, cost: float = 1.0, draws: int = 100, **rules: Any) -> Any:
    return proves_better(effects, *past[1:4], rules, value_per_outcome=1.0, contact_cost=cost, seed=0, draws=draws)


def plain(past: Known, who: Any, value: float, cost: float) -> float:
    """The profit of contacting some, one customer at a time."""
    sums = {0: [0.0, 0.0], 1: [0.0, 0.0]}
    for i in np.flatnonzero(who):
        arm = int(past.treated[i])
        w = 1 / (past.propensity[i] if arm else 1 - past.propensity[i])
        sums[arm][0] += w
        sums[arm][1] += w * past.outcome[i]
    effect = sums[1][1] / sums[1][0] - sums[0][1] / sums[0][0]
    return float(np.mean(who) * (value * effect - cost))


def test_profits_are_those_of_plain_sums() -> None:
    past = known(1000)
    verdict = proves_better(past.effect, *past[1:4], {"rule": past.X[:, 1]}, 2.0, 1.5, seed=0, draws=50)
    who = 2 * past.effect > 1.5
    assert verdict.profit == pytest.approx(plain(past, who, 2.0, 1.5))
    assert verdict.share == who.mean()
    assert verdict.alternatives["treat all"] == pytest.approx(plain(past, np.ones(1000), 2.0, 1.5))
    assert verdict.alternatives["treat nobody"] == 0
    assert verdict.gain == pytest.approx(verdict.profit - max(verdict.alternatives.values()))
    assert verdict.alternatives[verdict.best] == max(verdict.alternatives.values())


def test_a_rule_is_taken_at_its_best_depth() -> None:
    past = known(300)
    found = judged(past, past.effect, rule=np.round(past.X[:, 0], 1))
    score = np.round(past.X[:, 0], 1)
    by_hand = [plain(past, score >= level, 1.0, 1.0) for level in np.unique(score)[:-3]]
    assert found.alternatives["rule"] == pytest.approx(max(by_hand))
    at = np.unique(score)[int(np.argmax(by_hand))]
    assert found.depths["rule"] == pytest.approx(np.mean(score >= at))


def test_a_strong_effect_is_proven_and_its_opposite_is_not() -> None:
    past = known(3000)
    verdict = judged(past, past.effect, rule=past.X[:, 1])
    assert verdict.better
    assert 0 < verdict.low < verdict.gain < verdict.high
    assert not judged(past, 2 - past.effect, rule=past.X[:, 1]).better


def test_noise_is_rarely_proven() -> None:
    """All gain alike, and as much as a contact costs: whom a score of chance picks makes no difference."""
    proven = 0
    for seed in range(40):
        past, random = known(600, seed=seed, size=0), np.random.default_rng(1000 + seed)
        verdict = judged(past, 1 + random.normal(size=600), rule=random.normal(size=600))
        proven += verdict.better
    assert proven <= 4


def test_one_effect_for_all_is_no_better_than_all_or_nobody() -> None:
    past = known(600)
    for effect in (0.5, 2.0):
        verdict = judged(past, np.full(600, effect))
        assert not verdict.better
        assert verdict.lows["treat all" if effect > 1 else "treat nobody"] == 0


def test_a_rule_as_good_as_the_model_denies_the_proof() -> None:
    past = known(3000)
    verdict = judged(past, past.effect, rule=past.effect)
    assert verdict.best == "rule"
    assert verdict.gain == 0
    assert not verdict.better


def test_the_same_seed_gives_the_same_verdict() -> None:
    past = known(500)
    assert judged(past, past.effect) == judged(past, past.effect)


def test_what_cannot_be_is_told_in_a_sentence() -> None:
    past = known(500)
    with pytest.raises(InputError, match="rule of shape"):
        judged(past, past.effect, rule=past.effect[:-1])
    with pytest.raises(InputError, match="missing or infinite among rule"):
        judged(past, past.effect, rule=np.full(500, np.nan))
    with pytest.raises(InputError, match="only one arm"):
        judged(past._replace(treated=np.ones(500)), past.effect)
    with pytest.raises(InputError, match="may not be called"):
        judged(past, past.effect, **{"treat all": past.effect})
    with pytest.raises(InputError, match="between 0 and 1"):
        judged(past._replace(propensity=np.ones(500)), past.effect, rule=past.effect)
