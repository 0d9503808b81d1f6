"""Strata: equal bands within segments, equal profits together, none too small."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.campaign import strata_of
from setia.campaign.strata import filled
from setia.errors import InputError


def test_bands_are_equal_within_each_segment() -> None:
    profit = np.concatenate([np.arange(50.0), 1000 + np.arange(100.0)])
    segment = np.repeat(["keep", "save"], [50, 100])
    found = strata_of(profit, segment)
    assert np.bincount(found).tolist() == [10] * 5 + [20] * 5
    assert (np.diff(found) >= 0).all()


def test_equal_profits_share_a_band_and_unknown_ones_are_lowest() -> None:
    profit = np.array([np.nan] * 10 + [5.0] * 10 + [9.0] * 10)
    found = strata_of(profit, np.full(30, "save"), bands=3)
    assert found.tolist() == [0] * 10 + [1] * 10 + [2] * 10
    assert strata_of(np.zeros(30), np.full(30, "save")).tolist() == [0] * 30


def test_a_small_band_joins_its_own_segment_and_a_small_segment_the_next() -> None:
    profit = np.arange(3 * 20.0)
    segment = np.repeat(["a", "b", "c"], [20, 37, 3])
    found = strata_of(profit, segment)
    assert min(np.bincount(found)) >= 8
    assert set(found[segment == "a"]).isdisjoint(found[segment == "b"])
    # c has too few for a stratum of its own
    assert set(found[segment == "c"]) <= set(found[segment == "b"])


@given(
    st.lists(st.tuples(st.floats(allow_nan=True), st.sampled_from("abc")), min_size=1, max_size=120),
    st.integers(1, 7),
)
def test_strata_are_numbered_without_gaps_and_large_enough(members: list[tuple[float, str]], bands: int) -> None:
    profit, segment = np.array([p for p, _ in members]), np.array([s for _, s in members])
    found = strata_of(profit, segment, bands)
    sizes = np.bincount(found)
    assert sizes.min() >= min(8, len(members))
    # whoever shares a segment and a profit shares a stratum
    for name in set(segment):
        mine = segment == name
        for value in set(profit[mine & ~np.isnan(profit)]):
            assert len(set(found[mine & (profit == value)])) == 1


def test_the_order_of_the_members_does_not_matter() -> None:
    random = np.random.default_rng(1)
    profit, segment = random.normal(size=200), random.choice(["a", "b"], 200)
    order = random.permutation(200)
    assert (strata_of(profit[order], segment[order]) == strata_of(profit, segment)[order]).all()


def test_strata_are_merged_until_both_arms_are_in_each() -> None:
    stratum = np.array([0, 0, 0, 3, 3, 3, 3, 7, 7, 7])
    one = np.array([1, 1, 0, 1, 1, 0, 0, 0, 0, 1], dtype=bool)
    # of 0 and 7, which lack one, 0 is merged first with the only one beside it; then so is 7
    assert set(filled(stratum, np.stack([one, ~one], axis=1), 2)) == {0}
    found = filled(stratum, np.stack([one, ~one], axis=1), 1)
    assert found.tolist() == [0, 0, 0, 1, 1, 1, 1, 2, 2, 2]
    more = np.concatenate([stratum, [7]])
    both = np.concatenate([one, [True]])
    assert filled(more, np.stack([both, ~both], axis=1), 2).tolist() == [0] * 7 + [1] * 4
    assert len(set(filled(stratum, np.stack([one, ~one], axis=1), 9))) == 1


def merged(sizes: list[int], groups: list[int] | None = None) -> list[int]:
    """Return the sizes after strata of fewer than 8 were merged."""
    stratum = np.repeat(np.arange(len(sizes)), sizes)
    every = np.ones((len(stratum), 1), dtype=bool)
    return np.bincount(filled(stratum, every, 8, None if groups is None else np.array(groups))).tolist()


def test_the_emptiest_is_merged_first_with_the_emptier_of_its_neighbours() -> None:
    assert merged([20, 3, 9]) == [20, 12]
    assert merged([9, 3, 20]) == [12, 20]
    # 3 joins 6, and 7 then the 9 that they are
    assert merged([6, 3, 7, 20]) == [16, 20]
    assert merged([30, 7, 2, 30]) == [30, 9, 30]


def test_a_stratum_leaves_its_group_only_where_nothing_is_left_of_it() -> None:
    # the smaller neighbour is of another group
    assert merged([9, 3, 20], [0, 1, 1]) == [9, 23]
    assert merged([9, 3, 20], [0, 0, 1]) == [12, 20]
    assert merged([20, 3, 9], [0, 1, 2]) == [20, 12]


def test_lengths_must_agree_and_nobody_has_no_stratum() -> None:
    assert len(strata_of(np.empty(0), np.empty(0, dtype=str))) == 0
    with pytest.raises(InputError, match="3 expected profits for 2 segments"):
        strata_of(np.zeros(3), np.array(["a", "b"]))
