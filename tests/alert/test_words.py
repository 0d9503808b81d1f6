"""The sentences that go with alerts."""

from __future__ import annotations

import pytest

from setia.alert.odds import KINDS
from setia.alert.words import sentence

MARCH_3 = 19_054  # 2022-03-03


def said(kind: str, seen: int, currency: str = "", **changes: float) -> str:
    usual = {"expected": 6.4, "usual_days": 4.2, "before": 52.3, "after": 18.0} | changes
    return sentence(kind, MARCH_3 + 19, MARCH_3, MARCH_3, seen, **usual, currency=currency)


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (said("visits", 0), "No visit for 19 days; usually one every 4 days."),
        (said("visits", 0, usual_days=1.2), "No visit for 19 days; usually one every day."),
        (said("visits", 2), "2 visits since 3 March, where 6 were to be expected."),
        (said("visits", 1, expected=1234.0), "1 visit since 3 March, where 1,234 were to be expected."),
        (said("spend", 3, "EUR"), "Since 3 March a visit brings about EUR 18.00; before, EUR 52.30 (3 visits)."),
        (said("spend", 1, before=1520.4), "Since 3 March a visit brings about 18.00; before, 1,520 (1 visit)."),
        (said("breadth", 4, after=2.24), "Since 3 March a visit holds about 2.2 categories; before, 52.3 (4 visits)."),
    ],
)
def test_they_say_what_has_changed(found: str, words: str) -> None:
    assert found == words


def test_every_kind_has_one_and_none_expects_nothing() -> None:
    assert all(said(kind, 3) for kind in KINDS)
    assert "where 1 " in said("visits", 1, expected=0.3)
