"""The words of the reasons in English."""

from __future__ import annotations

from typing import Final

from setia.learn.wording.table import Table

ENGLISH: Final = Table(
    phrases={
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
    },
    typical="; typical: {typical}",
    numbers={
        "days": ("0 days", "1 day", "{n} days"),
        "every": ("day", "day", "{n} days"),
        "ago": ("on the last day", "1 day ago", "{n} days ago"),
        "purchases": ("no purchase", "1 purchase", "{n} purchases"),
        "categories": ("no category", "1 category", "{n} categories"),
        "products": ("no product", "1 product", "{n} products"),
        "count": ("none", "1", "{n}"),
    },
    lines=("{n} lines", "1 line"),
    shares=("under 1 %", "{n} %", "{n} times"),
)
