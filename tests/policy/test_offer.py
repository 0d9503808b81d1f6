"""What an offer may cost and achieve, and that conf says the same as the code."""

from __future__ import annotations

import re

import pytest

from setia.config import compose
from setia.errors import InputError
from setia.policy import Divest, Offer, Retain, WinBack


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("cost", -0.01, "policy.offer.cost=-0.01 must not be negative"),
        ("contact_cost", -1.0, "policy.offer.contact_cost=-1.0 must not be negative"),
        ("cost", float("nan"), "policy.offer.cost=nan must not be negative"),
        ("keep_chance", 10.0, "policy.offer.keep_chance=10.0 is a chance"),
        ("keep_chance", -0.1, "policy.offer.keep_chance=-0.1 is a chance"),
        ("wake_share", 1.01, "policy.offer.wake_share=1.01 is a chance"),
        ("take_rate", float("nan"), "policy.offer.take_rate=nan is a chance"),
    ],
)
def test_what_means_nothing_is_a_sentence(name: str, value: float, said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        Offer(**{name: value})


def test_the_ends_of_each_range_are_allowed() -> None:
    Offer(cost=0.0, contact_cost=0.0, keep_chance=0.0, wake_share=0.0, take_rate=0.0)
    Offer(keep_chance=1.0, wake_share=1.0, take_rate=1.0)


@pytest.mark.parametrize(("name", "policy"), [("retain", Retain()), ("win_back", WinBack()), ("divest", Divest())])
def test_conf_says_what_the_code_says(name: str, policy: Retain | WinBack | Divest) -> None:
    assert compose([f"policy={name}"]).policy == policy
    assert policy.name == name
