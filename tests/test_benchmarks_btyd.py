"""The speed benchmark: its bases are possible, its recorded figures keep the promise, a lacking peer is said."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from setia import btyd


@pytest.fixture(scope="module")
def bench(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("bench_btyd", root / "benchmarks" / "btyd.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def recorded(root: Path) -> dict[str, Any]:
    return json.loads((root / "benchmarks" / "btyd.json").read_text(encoding="utf-8"))


def test_recorded_fits_are_fast_and_as_good_as_the_peers(bench: ModuleType, recorded: dict[str, Any]) -> None:
    assert recorded["cdnow"]["customers"] == 23_570
    for name, peer in bench.PEERS.items():
        ours, theirs = recorded["cdnow"]["ours"][name], recorded["cdnow"]["clvkit"][peer]
        assert ours["times_as_fast"] >= bench.RATIO
        assert ours["log_likelihood"] >= theirs["log_likelihood"] - 0.01
        assert list(ours["parameters"].values()) == pytest.approx(list(theirs["parameters"].values()), rel=1e-3)
    assert recorded["large"]["customers"] == 5_000_000
    for name, limit in bench.LIMITS.items():
        assert recorded["large"]["ours"][name]["seconds"] < limit
        assert recorded["large"]["ours"][name]["converged"]


@pytest.mark.slow
@pytest.mark.sample
def test_recorded_log_likelihoods_are_those_of_the_fits(bench: ModuleType, recorded: dict[str, Any]) -> None:
    base = bench.cdnow()
    for name in ("bg_nbd", "mbg_nbd"):
        found = bench.ours(name, base, 1)
        assert found["log_likelihood"] == pytest.approx(recorded["cdnow"]["ours"][name]["log_likelihood"], abs=0.01)


@pytest.mark.parametrize("days", [1, 7])
def test_drawn_bases_are_possible_histories(bench: ModuleType, days: int) -> None:
    frequency, recency, T = bench.base_of(3000, days)
    counts, _ = btyd.compress(frequency, recency, T)
    assert counts.customers == 3000
    assert 0.2 < np.mean(frequency > 0) < 0.8
    assert np.all(frequency <= recency)
    assert 100 * 7 / days < T.max() <= 104 * 7 / days


def test_a_peer_that_is_not_there_is_said(bench: ModuleType) -> None:
    answer = bench.peer(sys.executable, bench.base_of(50, 7), 1)
    if isinstance(answer, str):
        assert "clvkit does not run there" in answer
        assert "No module named" in answer
    else:
        assert answer["version"]
