"""The fits rest where no restart finds better: bases of two clumps, and parameters at the edge of their reach."""

from __future__ import annotations

import numpy as np
import pytest

from setia import btyd
from setia.btyd.maximise import REACH, Problem, maximise

N = 500
BOUGHT_ONCE = np.zeros(N)
HEAVY = np.random.default_rng(20).poisson(20, N).clip(1).astype(float)
FEW = np.random.default_rng(21).poisson(5, N).clip(1).astype(float)
SILENT = np.random.default_rng(22).integers(1, 141, N).astype(float)
DAY = np.arange(1.0, 701.0)


def two_clumps(heavy: np.ndarray, silent: np.ndarray | float = 1.0) -> btyd.Counts:
    """Half never came back, half bought until so many days ago."""
    recency = np.r_[BOUGHT_ONCE, np.full(N, 730.0) - silent]
    return btyd.compress(np.r_[BOUGHT_ONCE, heavy], recency, np.full(2 * N, 730.0))[0]


BASES = {
    "two clumps, 400 purchases": two_clumps(np.full(N, 400.0)),
    "two clumps, about 20 purchases": two_clumps(HEAVY),
    "two clumps, about 5 purchases": two_clumps(FEW, SILENT),
    "all alike": btyd.compress([2] * 1000, [50] * 1000, [90] * 1000)[0],
    "one purchase the day after": btyd.compress(np.ones(700), np.ones(700), DAY)[0],
    "one repeat buyer": btyd.compress(np.r_[np.zeros(700), 1], np.r_[np.zeros(700), 300], np.r_[DAY, 500])[0],
}


#: The best log-likelihoods of 16 climbs by scipy's L-BFGS-B from random points within the reach (and of our own,
#: where those found less).
BEST = {
    "two clumps, 400 purchases": {"bg_nbd": -323036.17, "mbg_nbd": -321010.43, "pareto_nbd": -321289.32},
    "two clumps, about 20 purchases": {"bg_nbd": -47458.09, "mbg_nbd": -46706.93, "pareto_nbd": -46828.37},
    "two clumps, about 5 purchases": {"bg_nbd": -16166.46, "mbg_nbd": -15931.66, "pareto_nbd": -15996.06},
    "all alike": {"bg_nbd": -9540.92, "mbg_nbd": -9613.34, "pareto_nbd": -9613.34},
    "one purchase the day after": {"bg_nbd": -700.02, "mbg_nbd": -1669.23, "pareto_nbd": -1669.22},
    "one repeat buyer": {"bg_nbd": -13.41, "mbg_nbd": -13.41, "pareto_nbd": -13.41},
}


@pytest.mark.parametrize("name", btyd.FITS)
@pytest.mark.parametrize("base", BASES)
def test_no_restart_finds_better(base: str, name: str) -> None:
    model = btyd.FITS[name](BASES[base])
    assert model.converged
    assert model.log_likelihood > BEST[base][name] - 0.05


def test_a_parameter_at_the_edge_does_not_hold_the_others() -> None:
    """The first parameter wants to go to 20, beyond its reach; the second depends on where it stops."""

    def score(theta: np.ndarray) -> tuple[float, np.ndarray]:
        first, second = theta[0] - 20.0, theta[1] - 0.5 * theta[0]
        return -0.5 * float(first**2 + 5 * second**2), np.array([-first + 2.5 * second, -5 * second])

    found = maximise(Problem(score, np.zeros(2), 1.0, 0.0), np.array([0.1, 3.0]))
    assert found.converged
    assert found.theta == pytest.approx([REACH, REACH / 2], abs=1e-5)
