"""The sentences say evidence, no evidence and harm plainly, with the right sign and unit."""

from __future__ import annotations

import pytest

from setia.campaign import Effect, Figure, ReadBack, sentences, verdict
from setia.campaign.telling import money

GAIN = Figure(0.031, 0.004, 0.058, 0.02, 0.781, 0.95)
OPEN = Figure(0.8, -1.5, 3.1, 0.49, 12.0, 0.95)
HARM = Figure(-2.5, -4.0, -1.0, 0.001, 12.0, 0.95)


def told(retention: Figure | None, profit: Figure | None) -> tuple[str, ...]:
    return sentences(ReadBack(Effect(None, 1600, 400, retention, profit), ()), "EUR")


def test_retention_and_money_are_told() -> None:
    assert told(GAIN, OPEN) == (
        "Retention: +3.1 points (95 % interval +0.4 to +5.8), from 78.1 % without contact, by 1,600 contacted beside "
        "400 left alone: evidence that contact keeps customers.",
        "Profit net of costs: EUR +0.80 per contacted customer (95 % interval -1.50 to +3.10), EUR +1,280 in all "
        "(-2,400 to +4,960): no evidence that it pays.",
    )


def test_harm_is_told() -> None:
    first, second = told(Figure(-0.02, -0.03, -0.01, 0.001, 0.5, 0.95), HARM)
    assert first.endswith("evidence of harm: contact drives customers away.")
    assert second.endswith("evidence of harm: it costs more than it brings.")
    assert "EUR -4,000 in all (-6,400 to -1,600)" in second


def test_what_cannot_be_told_is_said() -> None:
    assert told(None, None) == (
        "Retention: cannot be told from 1,600 contacted beside 400 left alone.",
        "Profit: cannot be told from 1,600 contacted beside 400 left alone.",
    )


@pytest.mark.parametrize(
    ("profit", "said"),
    [
        (None, "cannot be told"),
        (OPEN, "no evidence that the campaign pays, nor that it harms"),
        (HARM, "evidence of harm"),
        (Figure(2.5, 1.0, 4.0, 0.001, 12.0, 0.95), "There is evidence that the campaign pays"),
    ],
)
def test_the_verdict_is_of_money(profit: Figure | None, said: str) -> None:
    assert said in verdict(ReadBack(Effect(None, 1600, 400, GAIN, profit), ()))


def test_segments_come_with_their_level() -> None:
    part = Effect("save", 100, 50, Figure(0.1, 0.0, 0.2, 0.05, 0.5, 0.975), None)
    lines = sentences(ReadBack(Effect(None, 1600, 400, GAIN, OPEN), (part, part)))
    assert lines[2] == "By segment, each at 97.5 % so that all of them hold together:"
    assert lines[3].startswith("save: Retention: +10.0 points (97.5 % interval")
    assert lines[4] == "save: Profit: cannot be told from 100 contacted beside 50 left alone."


def test_next_to_nothing_has_no_minus() -> None:
    assert told(Figure(-0.0001, -0.02, 0.02, 0.99, 0.5, 0.95), None)[0].startswith("Retention: +0.0 points")


def test_money_is_written_with_its_sign() -> None:
    assert [money(x, sign=True) for x in (0.5, -0.5, 1234.5, -99.994)] == ["+0.50", "-0.50", "+1,234", "-99.99"]
    assert money(3, "EUR") == "EUR 3.00"
