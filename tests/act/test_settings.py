"""What a campaign may be told, and that conf says the same as the code."""

from __future__ import annotations

import re
from typing import Any

import pytest

from setia.act import ActSettings, ReadbackSettings
from setia.config import compose
from setia.errors import InputError
from setia.policy import Limits


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"budget": 0.0}, "act.budget=0.0 must be above 0"),
        ({"count": 0}, "act.count=0 must be at least 1"),
        ({"control": 0.0}, "act.control=0.0 must lie between 0 and 1; 0.2 means a fifth."),
        ({"control": 1.0}, "act.control=1.0 must lie between 0 and 1"),
        ({"detect": 3.0}, "act.detect=3.0 must lie between 0 and 1"),
        ({"cool_days": -1}, "act.cool_days=-1 must not be negative."),
        ({"follow_up_days": 0}, "act.follow_up_days=0 must be at least 1."),
        ({"margin": 0.0}, "act.margin=0.0 is a share of revenue"),
        ({"margin": 30.0}, "act.margin=30.0 is a share of revenue"),
        ({"campaign": "../spring"}, "act.campaign='../spring' cannot name a file"),
        ({"campaign": ""}, "act.campaign='' cannot name a file"),
        ({"campaign": "=1+1"}, "act.campaign='=1+1' cannot name a file"),
        ({"campaign": "spring\n"}, "cannot name a file"),
    ],
)
def test_what_means_nothing_is_a_sentence(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(said)):
        ActSettings(**wrong)


def test_the_ends_of_each_range_are_allowed() -> None:
    found = ActSettings(campaign="Spring 2026.v1_a", budget=0.01, count=1, cool_days=0, follow_up_days=1, margin=1.0)
    assert found.limits == Limits(0.01, 1)


def test_a_read_back_refuses_such_names_too() -> None:
    with pytest.raises(InputError, match=re.escape("readback.campaign='a/b' cannot name a file")):
        ReadbackSettings(campaign="a/b")


def test_conf_says_what_the_code_says() -> None:
    found = compose()
    assert (found.act, found.readback) == (ActSettings(), ReadbackSettings())
