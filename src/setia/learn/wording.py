"""The words of the reasons and how numbers are put into them; another language is another table of the same keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from setia.learn.predictor import Array

#: Sentences by key; their gaps are filled with numbers that carry their own words.
ENGLISH: Final = {
    "late": "no purchase for {silence}; usually every {usual}",
    "late_third": "no purchase for {silence}; the first two were {usual} apart",
    "in_time": "last purchase {ago}; usually every {usual}",
    "last_purchase": "last purchase {ago}",
    "one_purchase": "only one purchase so far",
    "purchases_90d": "{level} in the last 90 days",
    "purchases_ever": "{purchases} in {tenure}",
    "visits_30d": "{now} in the last 30 days, {before} in the 30 before",
    "visits_90d": "{now} in the last 90 days, {before} in the 90 before",
    "gap_change": "the last purchases came every {now}; on average every {before}",
    "spend_none_30d": "spent nothing in the last 30 days; {before} in the 30 before",
    "spend_none_90d": "spent nothing in the last 90 days; {before} in the 90 before",
    "spend_less_30d": "spent {change} less in the last 30 days than in the 30 before",
    "spend_less_90d": "spent {change} less in the last 90 days than in the 90 before",
    "spend_more_30d": "spent {change} more in the last 30 days than in the 30 before",
    "spend_more_90d": "spent {change} more in the last 90 days than in the 90 before",
    "spend_times_30d": "spent {change} as much in the last 30 days as in the 30 before",
    "spend_times_90d": "spent {change} as much in the last 90 days as in the 90 before",
    "value_change": "{now} per purchase lately; {before} overall",
    "first_value": "first purchase of {level}",
    "mean_value": "{level} per purchase",
    "gap_range": "purchases {least} to {most} apart",
    "gap_same": "always {gap} between purchases",
    "categories_lost": "{share} of the usual categories no longer bought",
    "breadth": "{level} bought so far",
    "lines": "{level} per purchase",
    "discounted": "{level} of purchases at a discount",
    "undiscounted": "never bought at a discount",
    "refunded": "{level} of the money was given back",
    "unreturned": "nothing returned so far",
    "season_some": "{purchases} a year ago in the four weeks that come now",
    "season_none": "no purchase a year ago in the four weeks that come now",
    "base_less": "all customers together buy {change} less than four weeks ago",
    "base_more": "all customers together buy {change} more than four weeks ago",
    "weekday": "{level} of purchases on the same weekday",
    "tenure": "customer for {level}",
}

#: What follows a phrase that is set beside the base's median.
ENGLISH_TYPICAL: Final = "; typical: {typical}"

#: Whole numbers with their words: none, one, several.
ENGLISH_NUMBERS: Final = {
    "days": ("0 days", "1 day", "{n} days"),
    "every": ("day", "day", "{n} days"),
    "ago": ("on the last day", "1 day ago", "{n} days ago"),
    "purchases": ("no purchase", "1 purchase", "{n} purchases"),
    "categories": ("no category", "1 category", "{n} categories"),
    "products": ("no product", "1 product", "{n} products"),
    "count": ("none", "1", "{n}"),
}

#: Lines of a basket: several, one. They are means, so they may have a decimal.
ENGLISH_LINES: Final = ("{n} lines", "1 line")

#: Shares below one half of a percent, other shares, multiples.
ENGLISH_SHARES: Final = ("under 1 %", "{n} %", "{n} times")


def worded(
    key: str, fields: tuple[tuple[str, str], ...], numbers: tuple[Array, ...], rows: int, currency: str
) -> list[str]:
    """Return one phrase per row: `fields` names each gap and its unit, `numbers` fill them, shape (rows,) each."""
    text = ENGLISH[key.removesuffix("_typical")] + (ENGLISH_TYPICAL if key.endswith("_typical") else "")
    if not fields:
        return [text] * rows
    gaps = [name for name, _ in fields]
    filled = [_worded(unit, array, currency) for (_, unit), array in zip(fields, numbers, strict=True)]
    return [text.format(**dict(zip(gaps, row, strict=True))) for row in zip(*filled, strict=True)]


def _worded(unit: str, numbers: Array, currency: str) -> list[str]:
    special: dict[str, Callable[[float], str]] = {
        "money": lambda number: _money(number, currency),
        "share": _share,
        "times": lambda number: ENGLISH_SHARES[2].format(n=_one_decimal(number)),
        "lines": lambda number: ENGLISH_LINES[_one_decimal(number) == "1"].format(n=_one_decimal(number)),
    }
    # An engine may add up in another order each time: the last bits of a sum must not decide how a half is rounded.
    # (+ 0.0: and a zero has no sign.)
    distinct, place = np.unique(np.round(numbers, 9) + 0.0, return_inverse=True)
    if unit in special:
        texts = [special[unit](number) for number in distinct.tolist()]
    else:
        none, one, several = ENGLISH_NUMBERS[unit]
        whole = np.rint(distinct).astype(np.int64).tolist()
        texts = [none if n == 0 else one if n == 1 else several.format(n=f"{n:,}") for n in whole]
    said: list[str] = np.array(texts, dtype=object)[place].tolist()
    return said


def _share(share: float) -> str:
    percent = round(100 * share)
    return ENGLISH_SHARES[1].format(n=f"{percent:,}") if percent >= 1 else ENGLISH_SHARES[0]


def _one_decimal(number: float) -> str:
    return f"{number:,.1f}".removesuffix(".0")


def _money(amount: float, currency: str) -> str:
    figure = f"{amount:,.0f}" if abs(amount) >= 100 else f"{amount:,.2f}"
    return f"{currency} {figure}" if currency else figure
