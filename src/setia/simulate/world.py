"""The settings of a made-up world."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields

from setia.errors import InputError

EPOCH = dt.date(1970, 1, 1)

_SHARES = (
    "halving_share",
    "weekly_amplitude",
    "yearly_amplitude",
    "discount_share",
    "discount_depth",
    "refund_share",
    "unit_cost_share",
    "favourite_share",
    "contact_uplift",
    "offer_take_rate",
    "wake_share",
)
_POSITIVE = (
    "customers",
    "days",
    "acquisition_days",
    "purchases_per_year",
    "rate_shape",
    "dropout_shape",
    "regularity",
    "spend_mean",
    "order_spread",
    "lines_per_order",
    "departments",
    "products",
    "contact_concentration",
)
_NOT_NEGATIVE = ("dropout_per_year", "spend_spread", "seed")


@dataclass(frozen=True)
class World:
    """What the buyers of a world are like.

    Time: the log runs over `days` from `start`; first purchases are spread evenly over the first
    `acquisition_days` of it.
    Purchases: rates are Gamma(`rate_shape`) with mean `purchases_per_year`, dropout rates Gamma(`dropout_shape`)
    with mean `dropout_per_year`: with `regularity` 1 a Pareto/NBD world. `regularity` k > 1 makes gaps Erlang-k.
    `halving_share` of customers halve their rate on a random day. The whole base's rate swings by
    `weekly_amplitude` over the week (most on Saturdays) and by `yearly_amplitude` over the year (most on
    `yearly_peak_day` of it).
    Money: the mean amount of a customer's orders is log-normal with mean `spend_mean` and log-sd `spend_spread`,
    correlated with the rate by `rate_spend_correlation` (of normal scores); one order's amount is Gamma around
    it with coefficient of variation `order_spread`. `discount_share` of orders are sold at `discount_depth`
    below list, `refund_share` get one line refunded, goods cost `unit_cost_share` of list.
    Baskets: `lines_per_order` on average, of `products` in `departments`; `favourite_share` of lines come from
    the customer's favourite department.
    Contact: a customer about to leave is kept by a contact with an own chance, Beta with mean `contact_uplift`; one
    who has left already comes back with `wake_share` of it; a stayer takes the offer with an own chance, Beta with mean
    `offer_take_rate`; both Betas have a + b = `contact_concentration`, so that less means more heterogeneous.

    Raises:
        InputError: a value that no world can have.
    """

    customers: int = 20_000
    start: str = "2022-01-01"
    days: int = 730
    seed: int = 0
    acquisition_days: int = 550
    purchases_per_year: float = 8.0
    rate_shape: float = 1.0
    dropout_per_year: float = 1.0
    dropout_shape: float = 0.8
    regularity: int = 1
    halving_share: float = 0.1
    weekly_amplitude: float = 0.3
    yearly_amplitude: float = 0.3
    yearly_peak_day: int = 345
    spend_mean: float = 40.0
    spend_spread: float = 0.6
    order_spread: float = 0.6
    rate_spend_correlation: float = 0.0
    discount_share: float = 0.2
    discount_depth: float = 0.15
    refund_share: float = 0.03
    unit_cost_share: float = 0.6
    lines_per_order: float = 2.5
    departments: int = 6
    products: int = 600
    favourite_share: float = 0.6
    contact_uplift: float = 0.2
    offer_take_rate: float = 0.5
    contact_concentration: float = 4.0
    wake_share: float = 0.25

    def __post_init__(self) -> None:
        for item in fields(self):
            name, value = item.name, getattr(self, item.name)
            wrong = (
                (name in _SHARES and not 0 <= value <= 1 and "between 0 and 1")
                or (name in _POSITIVE and not value > 0 and "above 0")
                or (name in _NOT_NEGATIVE and not value >= 0 and "0 or more")
            )
            if wrong:
                raise InputError(f"The simulated world's {name} is {value}; it must be {wrong}.")
        if self.discount_depth >= 1 or self.lines_per_order < 1 or self.products < self.departments:
            raise InputError(
                "The simulated world needs discount_depth below 1, lines_per_order of 1 or more, and at least as "
                f"many products as departments; they are {self.discount_depth}, {self.lines_per_order}, "
                f"{self.products} and {self.departments}."
            )
        if not -1 < self.rate_spend_correlation < 1:
            raise InputError(
                f"The simulated world's rate_spend_correlation is {self.rate_spend_correlation}; "
                "it must be between -1 and 1."
            )
        if self.acquisition_days > self.days:
            raise InputError(
                f"The simulated world gains customers over {self.acquisition_days} days but lasts only {self.days}; "
                "lower acquisition_days or raise days."
            )
        _ = self.first_day

    @property
    def first_day(self) -> int:
        """The first day of the log, in days since 1970-01-01."""
        try:
            return (dt.date.fromisoformat(self.start) - EPOCH).days
        except ValueError as error:
            raise InputError(
                f"The simulated world starts on {self.start!r}; write the date as YYYY-MM-DD, such as 2022-01-01."
            ) from error

    @property
    def last_day(self) -> int:
        """The last day of the log."""
        return self.first_day + self.days - 1
