"""The figure of a customer: how likely they were to be one still, what they bought, and what is to come."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from setia.card import Card
from setia.report import style
from setia.report.card_facts import Say

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: What is to come has a colour and a dash of its own.
AHEAD: Final = style.RULES[0]
_LEFT: Final = 0.095


def figure(card: Card) -> Figure:
    """Draw the chance of being a customer still, day by day, above the purchases, and beyond both the horizon."""
    drawn, below = style.blank(_plain(_title(card)), _plain(_about(card)), "", _plain(_worth(card)))
    below.set_position((_LEFT, 0.09, 0.955 - _LEFT, 0.38))
    above = drawn.add_axes((_LEFT, 0.53, 0.955 - _LEFT, 0.32), sharex=below)
    _like(above, below)
    _chances(card, above)
    _purchases(card, below)
    _horizon(card, above, below)
    return drawn


def _title(card: Card) -> str:
    say, who = Say(card), Say(card)("customer", who=Say(card).who)
    if card.ahead.even_day is not None and card.ahead.even_day <= card.as_of + card.horizon_days:
        return say("title_even", who=who, day=say.day(card.ahead.even_day))
    chance = say.chance(card.ahead.within(card.horizon_days))
    return say("title_never", who=who, days=card.horizon_days, chance=chance)


def _about(card: Card) -> str:
    say = Say(card)
    money = "" if card.money is None else say("in_all", money=say.money(card.money))
    bought = say("bought", n=say.number(card.purchases))
    since, today = say.day(card.first_day), say.day(card.as_of)
    return say("about", bought=bought, since=since, day=since, money=money, log=say.log, today=today)


def _worth(card: Card) -> str:
    if card.days.value is None:
        return Say(card)("bought_axis")
    return Say(card)("value_axis") + (f" ({card.currency})" if card.currency else "")


def _plain(text: str) -> str:
    """Return text in which a dollar sign is one and begins no formula."""
    return text.replace("$", r"\$")


def _dates(days: Any) -> Any:
    return np.asarray(days).astype("datetime64[D]")


def _like(axes: Axes, other: Axes) -> None:
    """Give axes the look of those of `style.blank`."""
    axes.tick_params(colors=style.FAINT, labelsize=10, length=0, pad=6, labelbottom=False)
    axes.grid(color=style.GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color(other.spines["bottom"].get_edgecolor())


def _chances(card: Card, axes: Axes) -> None:
    say = Say(card)
    ahead = card.ahead.chance[: card.horizon_days + 1]
    axes.fill_between(_dates(card.alive.day), card.alive.p, color=style.OURS_LIGHT, alpha=0.5, linewidth=0)
    axes.plot(
        _dates(card.as_of + np.arange(len(ahead))),
        ahead,
        color=AHEAD,
        linewidth=1.8,
        linestyle=style.DASHES[0],
        label=say("by_day"),
    )
    axes.plot(_dates(card.alive.day), card.alive.p, **style.line(0), label=say("alive_axis"))
    axes.set_ylim(0, 1.04)
    axes.set_ylabel(say("chance_axis"), fontsize=11, color=style.INK, labelpad=7)
    style.per_cent(axes, "y")
    style.legend(axes, "lower left")


def _purchases(card: Card, axes: Axes) -> None:
    days = card.days
    value = np.where(days.is_purchase, 1.0, 0.0) if days.value is None else days.value
    axes.vlines(_dates(days.day), 0, value, color=style.OURS, linewidth=1.4)
    axes.plot(_dates(days.bought), value[days.is_purchase], "o", color=style.OURS, markersize=4)
    if not days.is_purchase.all():
        axes.plot(_dates(days.day[~days.is_purchase]), value[~days.is_purchase], "v", color=style.FAINT, markersize=4)
    low, high = min(float(value.min()), 0.0), max(float(value.max()), 1e-9)
    axes.set_ylim(1.1 * low, 1.3 * high)
    axes.axhline(0, color=style.FAINT, linewidth=0.8)
    style.thousands(axes)


def _horizon(card: Card, above: Axes, below: Axes) -> None:
    """Shade the days ahead and say what is expected of them."""
    from matplotlib.dates import AutoDateLocator
    from matplotlib.ticker import FuncFormatter

    say, score = Say(card), card.score
    end = card.as_of + card.horizon_days
    for axes in (above, below):
        axes.axvspan(*_dates([card.as_of, end]), color=AHEAD, alpha=0.1, linewidth=0)
    value = say.worth(score.expected_value)
    if score.expected_value_lo is not None and score.expected_value_hi is not None:
        value = f"{value} ({say('interval')}: {say.bounds(score.expected_value_lo, score.expected_value_hi)})"
    below.text(
        _dates(end),
        0.97,
        _plain(say("expected", days=card.horizon_days, value=value)),
        transform=below.get_xaxis_transform(),
        ha="right",
        va="top",
        fontsize=10.5,
        color=style.INK,
    )
    room = max(1, (end - card.first_day) // 60)
    below.set_xlim(*_dates([card.first_day - room, end + room]))
    below.xaxis.set_major_locator(AutoDateLocator(minticks=3, maxticks=9))  # type: ignore[no-untyped-call]
    below.xaxis.set_major_formatter(FuncFormatter(lambda at, _: say.tick(int(at))))
