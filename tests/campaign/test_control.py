"""The lot: exact counts, the same for the same name, another for another, whatever the order of the customers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.campaign import draw_control
from setia.errors import InputError
from tests.campaign.makers import ids

STRATA = np.repeat([0, 1, 2, 3], [100, 57, 33, 10])


@given(st.lists(st.integers(0, 6), min_size=2, max_size=150), st.floats(0.01, 0.99), st.integers(0, 3))
def test_counts_are_exact(strata: list[int], share: float, seed: int) -> None:
    n = len(strata)
    drawn = draw_control(ids(n), np.array(strata), share=share, name="spring", seed=seed)
    total = min(max(round(share * n), 1), n - 1)
    assert drawn.size == total
    sizes, controls = (
        np.bincount(drawn.stratum),
        np.bincount(drawn.stratum[drawn.mask], minlength=drawn.stratum.max() + 1),
    )
    assert (np.abs(controls - total * sizes / n) < 1).all()
    assert np.allclose(drawn.chance, (controls / sizes)[drawn.stratum])
    if len(sizes) > 1:
        assert min(controls) >= 2
        assert min(sizes - controls) >= 2


def test_a_stratum_that_is_large_enough_stays_itself() -> None:
    drawn = draw_control(ids(200), STRATA, share=0.2, name="spring", seed=1)
    assert (drawn.stratum == STRATA).all()
    assert drawn.size == 40
    assert np.bincount(STRATA[drawn.mask])[[0, 3]].tolist() == [20, 2]


@given(st.randoms(use_true_random=False))
def test_the_order_of_the_customers_does_not_matter(random: object) -> None:
    order = list(range(200))
    random.shuffle(order)  # type: ignore[attr-defined]
    names = np.array(ids(200))
    first = draw_control(names, STRATA, share=0.21, name="spring", seed=1)
    other = draw_control(names[order], STRATA[order], share=0.21, name="spring", seed=1)
    assert (other.mask == first.mask[order]).all()


def test_the_name_and_the_seed_decide() -> None:
    def drawn(name: str, seed: int) -> bytes:
        return draw_control(ids(200), STRATA, share=0.2, name=name, seed=seed).mask.tobytes()

    assert drawn("spring", 1) == drawn("spring", 1)
    assert len({drawn("spring", 1), drawn("spring", 2), drawn("autumn", 1), drawn("autumn", 2)}) == 4


def test_the_chance_is_what_it_says() -> None:
    strata = np.repeat([0, 1], [9, 21])
    draws = [draw_control(ids(30), strata, count=7, name=f"n{i}", seed=0) for i in range(1500)]
    times = np.mean([draw.mask for draw in draws], axis=0)
    assert np.abs(times - np.mean([draw.chance for draw in draws], axis=0)).max() < 0.06
    # 2.1 and 4.9 of 7: always rounded to the nearest
    assert {tuple(np.bincount(strata[draw.mask])) for draw in draws[:50]} == {(2, 5)}


def test_ties_of_remainders_are_broken_by_lot() -> None:
    strata = np.repeat([0, 1], 10)
    counts = {
        tuple(np.bincount(strata[draw_control(ids(20), strata, count=5, name=f"n{i}", seed=0).mask])) for i in range(40)
    }
    assert counts == {(2, 3), (3, 2)}


def test_what_cannot_be_drawn_is_said() -> None:
    two = np.zeros(2, dtype=np.int64)
    with pytest.raises(InputError, match="Member a comes twice"):
        draw_control(["a", "a"], two, share=0.5, name="x", seed=0)
    with pytest.raises(InputError, match="one of them, not both"):
        draw_control(["a", "b"], two, name="x", seed=0)
    with pytest.raises(InputError, match="one of them, not both"):
        draw_control(["a", "b"], two, share=0.5, count=1, name="x", seed=0)
    with pytest.raises(InputError, match="between 0 and 1"):
        draw_control(["a", "b"], two, share=1.0, name="x", seed=0)
    with pytest.raises(InputError, match="from 1 to 1"):
        draw_control(["a", "b"], two, count=2, name="x", seed=0)
    with pytest.raises(InputError, match="at least 2"):
        draw_control(["a"], two[:1], share=0.5, name="x", seed=0)
    with pytest.raises(InputError, match="1 strata for 2 members"):
        draw_control(["a", "b"], two[:1], share=0.5, name="x", seed=0)
    assert draw_control(["a", "b"], np.arange(2), share=0.01, name="x", seed=0).size == 1
