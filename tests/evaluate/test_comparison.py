"""Verdicts: the best peer of each figure, the difference, and how sure it is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from setia import metrics
from setia.evaluate.bootstrap import resample
from setia.evaluate.comparison import SEVERAL, Comparison, average, compare
from setia.evaluate.measures import CALIBRATED, MEASURES, Truth
from setia.evaluate.peers import Contender

N = 600
RANDOM = np.random.default_rng(1)
P = RANDOM.beta(2, 2, N)
TRUTH = Truth(
    np.array([f"c{i:03d}" for i in range(N)], dtype=object), (RANDOM.random(N) < P) * 1.0, np.zeros(N), np.ones(N)
)
VALUE = np.where(TRUTH.defected == 1, 0.0, RANDOM.gamma(2, 10, N))
TRUTH = replace(TRUTH, value=VALUE)
MEAN = (1 - P) * 20
WEIGHTS = resample(N, seed=2, replicates=80)


def contender(name: str, noise: float, shift: float = 0.0) -> Contender:
    """Say the truth's own chances and means, blurred and shifted."""
    random = np.random.default_rng(len(name))
    p = np.clip(P + noise * random.normal(size=N) + shift, 0.01, 0.99)
    value = MEAN * np.exp(noise * random.normal(size=N)) * (1 + shift)
    return Contender(name, p, value, value_lo=value * 0, value_hi=value * (2.5 - shift), p_calibrated=P)


GOOD, POOR, SHIFTED = contender("good", 0.0), contender("poor", 0.6), contender("shifted", 0.0, 0.15)


def test_whoever_knows_more_is_better_and_that_is_certain() -> None:
    found = compare(GOOD, [POOR], TRUTH, WEIGHTS)
    for metric in ("auc", "log_loss", "rmse", "mae"):
        verdict = found.verdict(metric)
        assert verdict is not None
        assert (verdict.word, verdict.ahead, verdict.peer) == ("better", True, "poor"), metric
        assert verdict.lo < verdict.difference < verdict.hi
        other = compare(POOR, [GOOD], TRUTH, WEIGHTS).verdict(metric)
        assert other is not None
        assert other.word == "worse"
        assert (other.lo, other.hi) == pytest.approx((-verdict.hi, -verdict.lo))
        assert other.ratio == pytest.approx(1 / verdict.ratio)


def test_against_itself_all_is_open() -> None:
    found = compare(GOOD, [replace(GOOD, name="the same", p_calibrated=GOOD.p_defect)], TRUTH, WEIGHTS)
    assert (
        len(found.verdicts) == len({(v.metric, v.form) for v in found.verdicts}) == len(MEASURES) - 1
    )  # nobody tells a PIT
    for verdict in found.verdicts:
        assert (verdict.difference, verdict.lo, verdict.hi, verdict.word) == (0, 0, 0, "open")
        assert not verdict.ahead


def test_the_best_peer_is_that_of_each_figure() -> None:
    """The shifted one ranks like the truth but its level is off; the calibrated form of all is the truth."""
    ours = contender("ours", 0.1)
    found = compare(ours, [POOR, SHIFTED], TRUTH, WEIGHTS)
    best = {(v.metric, v.form): v.peer for v in found.verdicts}
    assert best["auc", "raw"] == best["gini", "raw"] == "shifted"
    assert best["log_loss", CALIBRATED] in ("poor", "shifted")
    calibrated, raw = found.verdict("log_loss", CALIBRATED), found.verdict("log_loss")
    assert calibrated is not None
    assert raw is not None
    assert calibrated.ours == raw.ours == metrics.log_loss(TRUTH.defected, ours.p_defect)
    assert calibrated.best == metrics.log_loss(TRUTH.defected, P)


def test_of_bias_and_coverage_only_nearness_counts() -> None:
    low = replace(GOOD, name="low", expected_value=MEAN * 0.9, value_hi=MEAN * 0.1)
    high = replace(GOOD, name="high", expected_value=MEAN * 1.4, value_hi=MEAN * 99)
    found = compare(GOOD, [low, high], TRUTH, WEIGHTS)
    verdict = found.verdict("bias")
    assert verdict is not None
    biases = {name: found.score("bias", name) for name in ("good", "low", "high")}
    nearest = min(("low", "high"), key=lambda name: abs(biases[name] or 0.0))
    assert verdict.peer == nearest
    assert verdict.difference == pytest.approx(abs(verdict.ours) - abs(verdict.best))


def test_the_interval_is_that_of_the_same_resampled_customers() -> None:
    verdict = compare(GOOD, [POOR], TRUTH, WEIGHTS).verdict("mae")
    assert verdict is not None
    drawn = []
    for weights in WEIGHTS:
        rows = np.repeat(np.arange(N), weights)
        ours, theirs = (np.abs(m.expected_value[rows] - VALUE[rows]).mean() for m in (GOOD, POOR))  # type: ignore[index]
        drawn.append(ours - theirs)
    assert (verdict.lo, verdict.hi) == pytest.approx(tuple(np.quantile(drawn, [0.025, 0.975])))


def test_who_is_not_known_to_have_defected_is_left_out_of_that_and_judged_by_value() -> None:
    unknown = replace(TRUTH, defected=np.where(np.arange(N) < 100, np.nan, TRUTH.defected))
    found = compare(GOOD, [POOR], unknown, WEIGHTS)
    assert GOOD.p_defect is not None
    assert found.score("auc", "good") == pytest.approx(metrics.auc(TRUTH.defected[100:], GOOD.p_defect[100:]))
    assert found.score("rmse", "good") == pytest.approx(metrics.rmse(VALUE, MEAN))


def test_who_says_nothing_gets_no_figure_and_no_verdict() -> None:
    silent = Contender("silent", None, MEAN)
    found = compare(GOOD, [silent], TRUTH, WEIGHTS)
    assert found.score("auc", "silent") is None
    assert found.verdict("auc") is None
    assert found.verdict("rmse") is not None
    bare = replace(GOOD, value_lo=None, value_hi=None)
    assert compare(bare, [POOR], TRUTH, WEIGHTS).verdict("interval_score") is None


def test_the_average_is_over_cutoffs_each_with_its_own_best_peer() -> None:
    def named(name: str) -> Comparison:
        return compare(GOOD, [replace(POOR, name=name)], TRUTH, WEIGHTS)

    one, same, other = named("a"), named("a"), compare(POOR, [replace(GOOD, name="b")], TRUTH, WEIGHTS)
    verdict, alone = (next(v for v in average(parts) if v.metric == "rmse") for parts in ((one, same), (one,)))
    assert (verdict.peer, verdict.word) == ("a", "better")
    # the same customers met twice are no more evidence than met once
    assert (verdict.difference, verdict.lo, verdict.hi) == pytest.approx((alone.difference, alone.lo, alone.hi))
    mixed = next(v for v in average((one, other)) if v.metric == "rmse")
    assert mixed.peer == SEVERAL
    assert mixed.difference == pytest.approx(0)
    assert mixed.word == "open"


def test_a_figure_that_one_cutoff_lacks_has_no_average() -> None:
    whole = compare(GOOD, [POOR], TRUTH, WEIGHTS)
    lacking = compare(replace(GOOD, value_lo=None), [POOR], TRUTH, WEIGHTS)
    assert {v.metric for v in average((whole, lacking))} == {v.metric for v in whole.verdicts} - {
        "interval_score",
        "coverage",
    }


def test_a_large_base_is_resampled_fewer_times() -> None:
    assert resample(40, 1).shape == (300, 40)
    assert resample(400_000, 1).shape == (20, 400_000)
    assert np.all(resample(40, 1).sum(axis=1) == 40)
