"""The sentence that goes with an alert."""

from __future__ import annotations

from typing import Final

from setia.timeline import date_of

#: Sentences by what has changed; another language is another table of the same keys.
ENGLISH: Final = {
    "silent": "No visit for {silence}; usually one every {usual}.",
    "fewer": "{visits} since {since}, where {expected} were to be expected.",
    "spend": "Since {since} a visit brings about {after}; before, {before} ({visits}).",
    "breadth": "Since {since} a visit holds about {after} categories; before, {before} ({visits}).",
}


def sentence(
    kind: str,
    day: int,
    since: int,
    last: int,
    seen: int,
    expected: float,
    usual_days: float,
    before: float,
    after: float,
    currency: str,
) -> str:
    """Say in words what has changed. Days count from 1970-01-01; `last` is the day of the last visit."""
    key = "silent" if kind == "visits" and not seen else "fewer" if kind == "visits" else kind
    money = kind == "spend"
    return ENGLISH[key].format(
        silence=_days(day - last),
        usual="day" if round(usual_days) <= 1 else _days(usual_days),
        visits=f"{seen:,} visit" + ("" if seen == 1 else "s"),
        since=f"{date_of(since).day} {date_of(since):%B}",
        expected=f"{max(expected, 1.0):,.0f}",
        before=_amount(before, currency) if money else f"{before:.1f}",
        after=_amount(after, currency) if money else f"{after:.1f}",
    )


def _days(days: float) -> str:
    whole = round(days)
    return "1 day" if whole == 1 else f"{whole:,} days"


def _amount(amount: float, currency: str) -> str:
    figure = f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:,.2f}"
    return f"{currency} {figure}" if currency else figure
