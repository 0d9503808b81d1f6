"""A read-back in sentences, for those who decide on the next campaign."""

from __future__ import annotations

from collections.abc import Callable

from setia.campaign.effect import Effect, ReadBack
from setia.campaign.figure import Figure


def sentences(found: ReadBack, currency: str = "") -> tuple[str, ...]:
    """Say what the campaign brought: retention, money, and each segment with the caution it needs."""
    told = [_retention(found.overall), _money(found.overall, currency)]
    if found.segments:
        level = next((f.level for e in found.segments for f in (e.retention, e.profit) if f is not None), None)
        if level is not None:
            each = f", each at {100 * level:.4g} % so that all of them hold together" if len(found.segments) > 1 else ""
            told.append(f"By segment{each}:")
        for part in found.segments:
            told += [f"{part.segment}: {_retention(part)}", f"{part.segment}: {_money(part, currency)}"]
    return tuple(told)


def verdict(found: ReadBack) -> str:
    """Say in one sentence whether the campaign has been shown to pay."""
    if found.overall.profit is None:
        return "Whether the campaign pays cannot be told: too few members, or nobody bought."
    if found.evidence:
        return "There is evidence that the campaign pays: it brings more than it costs."
    if found.harm:
        return "There is evidence of harm: the campaign costs more than it brings."
    return "There is no evidence that the campaign pays, nor that it harms: the difference may be chance."


def money(amount: float, currency: str = "", sign: bool = False) -> str:
    """Write an amount, in whole units from 100 on."""
    figure = f"{abs(amount):,.0f}" if abs(amount) >= 100 else f"{abs(amount):,.2f}"
    mark = "-" if amount < 0 else "+" if sign else ""
    return f"{currency} {mark}{figure}" if currency else f"{mark}{figure}"


def _retention(effect: Effect) -> str:
    figure = effect.retention
    if figure is None:
        return f"Retention: cannot be told from {_arms(effect)}."
    return (
        f"Retention: {100 * figure.estimate:+z.1f} points ({_range(figure, lambda x: f'{100 * x:+z.1f}')}), from "
        f"{100 * figure.without:.1f} % without contact, by {_arms(effect)}: "
        + _word(figure, "contact keeps customers", "contact drives customers away", "contact keeps customers")
    )


def _money(effect: Effect, currency: str) -> str:
    figure, total = effect.profit, effect.total
    if figure is None or total is None:
        return f"Profit: cannot be told from {_arms(effect)}."
    return (
        f"Profit net of costs: {money(figure.estimate, currency, True)} per contacted customer "
        f"({_range(figure, lambda x: money(x, sign=True))}), {money(total.estimate, currency, True)} in all "
        f"({money(total.lo, sign=True)} to {money(total.hi, sign=True)}): "
        + _word(figure, "it pays", "it costs more than it brings", "it pays")
    )


def _range(figure: Figure, write: Callable[[float], str]) -> str:
    return f"{100 * figure.level:.4g} % interval {write(figure.lo)} to {write(figure.hi)}"


def _word(figure: Figure, gain: str, harm: str, open_: str) -> str:
    if figure.evidence:
        return f"evidence that {gain}."
    return f"evidence of harm: {harm}." if figure.harm else f"no evidence that {open_}."


def _arms(effect: Effect) -> str:
    return f"{effect.contacted:,} contacted beside {effect.control:,} left alone"
