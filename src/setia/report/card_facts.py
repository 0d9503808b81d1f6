"""What a customer's card says, in words and numbers of its language: the same for terminal, page and notebook."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from setia.card import Card
from setia.card.advice import BY_SEGMENT
from setia.languages import day_of_month, money, number
from setia.report.card_words import WORDS
from setia.scoring.status import status_name
from setia.segment import meaning, name
from setia.timeline import date_of

#: Below this chance of a purchase within a year nobody is told to wait for one.
FAINT: Final = 0.05
#: A chance of a purchase further than this above that of being a customer still needs a word.
AGREED: Final = 0.02
_YEAR: Final = 365
_LONG: Final = 40


@dataclass(frozen=True)
class Fact:
    """Something about the customer: a key, its label, the bare value (null: not known), and what is shown of it."""

    key: str
    label: str
    value: object
    said: str


class Say:
    """The words of a card."""

    def __init__(self, card: Card) -> None:
        self.card, self.language = card, card.language

    def __call__(self, key: str, **gaps: object) -> str:
        """Return a text with its gaps filled."""
        return WORDS[self.language][key].format(**gaps)

    @property
    def who(self) -> str:
        """The customer's id, printable and not too long."""
        return printable(self.card.customer_id, _LONG)

    @property
    def log(self) -> str:
        """The log's name, printable."""
        return printable(self.card.log, _LONG)

    def day(self, day: int) -> str:
        """Write a day with its year."""
        date = date_of(day)
        return f"{day_of_month(date, self.language)} {date.year}"

    def short_day(self, day: int) -> str:
        """Write a day with its year, the month in three letters."""
        date = date_of(day)
        return f"{date.day} {self.month(date)} {date.year}"

    def month(self, date: dt.date) -> str:
        """Write a month in three letters."""
        return day_of_month(date, self.language).split()[1][:3]

    def tick(self, day: int) -> str:
        """Write a day of an axis: a year by its first day, a month by its, any other in full."""
        date = date_of(day)
        if date.day != 1:
            return f"{date.day} {self.month(date)}"
        return str(date.year) if date.month == 1 else self.month(date)

    def number(self, value: float) -> str:
        """Write a count: large ones whole, small ones with a decimal."""
        return number(value, 0 if value == round(value) or abs(value) >= 100 else 1, self.language)

    def money(self, value: float) -> str:
        """Write an amount."""
        return money(value, printable(self.card.currency, 8), self.language)

    def worth(self, value: float) -> str:
        """Write value as the model counts it: money, or purchases."""
        return self("bought", n=self.number(value)) if self.card.basis == "purchases" else self.money(value)

    def bounds(self, lo: float, hi: float) -> str:
        """Write an interval of value, without its unit."""
        bare = [
            self.number(each) if self.card.basis == "purchases" else money(each, "", self.language) for each in (lo, hi)
        ]
        return self("range", lo=bare[0], hi=bare[1])

    def chance(self, p: float) -> str:
        """Write a forecast chance: none is certain."""
        if p < 0.01:
            return self("under")
        return self("over") if p > 0.99 else self.share(p)

    def share(self, share: float) -> str:
        """Write a share that is known."""
        return f"{number(100 * share, 0, self.language)} %"

    def years(self, days: int) -> str:
        """Write the days over which clv is counted."""
        if days % _YEAR:
            return self("clv_days", n=number(days, 0, self.language))
        return self("year") if days == _YEAR else self("years", n=days // _YEAR)


def printable(text: str, most: int) -> str:
    """Return text of a user's without control signs, cut after so many letters."""
    clean = "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
    return clean if len(clean) <= most else f"{clean[:most]}..."


def so_far(card: Card) -> list[Fact]:
    """Return what has been."""
    say = Say(card)
    silence = card.score.days_since_last
    ago = say("today") if silence == 0 else say("day_ago") if silence == 1 else say("days_ago", n=say.number(silence))
    found: list[tuple[str, object, str]] = [
        ("since", card.first_day, say.day(card.first_day)),
        ("purchases", card.purchases, say.number(card.purchases)),
        ("last", silence, ago),
    ]
    if card.money is not None:
        found.append(("money", card.money, say.money(card.money)))
    if card.yearly is not None:
        found.append(("yearly", card.yearly, say.money(card.yearly)))
    found.append(("status", card.score.status, status_name(card.score.status, card.language)))
    return [Fact(key, say(key), value, said) for key, value, said in found]


def to_come(card: Card) -> list[Fact]:
    """Return what is expected."""
    say, score = Say(card), card.score
    by = say.short_day(card.as_of + card.horizon_days)
    defect = say("uncovered") if score.p_defect is None else say.chance(score.p_defect)
    value = "profit" if card.basis == "profit" else "value"
    facts = [
        Fact("alive", say("alive"), score.p_alive, say.chance(score.p_alive)),
        Fact("defect", say("defect", day=by), score.p_defect, defect),
        Fact("count", say("count"), score.expected_purchases, say.number(score.expected_purchases)),
    ]
    if card.basis != "purchases":
        facts.append(Fact("value", say(value), score.expected_value, say.money(score.expected_value)))
    facts.append(_interval(say, "value_interval", score.expected_value_lo, score.expected_value_hi))
    years = say("clv", years=say.years(card.clv_horizon_days))
    facts.append(Fact("clv", years, score.clv, say.worth(score.clv)))
    facts.append(_interval(say, "clv_interval", score.clv_lo, score.clv_hi))
    risk = score.value_at_risk
    facts.append(Fact("risk", say("risk"), risk, say("uncovered") if risk is None else say.worth(risk)))
    return facts


def _interval(say: Say, key: str, lo: float | None, hi: float | None) -> Fact:
    said = say("unknown") if lo is None or hi is None else say.bounds(lo, hi)
    return Fact(key, say("interval"), None if lo is None or hi is None else (lo, hi), said)


def segment(card: Card) -> tuple[str, str]:
    """Return what the customer's segment is called, and what it means."""
    return name(card.score.segment, card.language), meaning(card.score.segment, card.language)


def next_purchase(card: Card) -> str:
    """Say when the next purchase is to be expected, if it is; beyond the horizon with a reservation."""
    say, days, even = Say(card), card.horizon_days, card.ahead.even_day
    chance, year = card.ahead.within(days), card.ahead.within(_YEAR)
    if even is not None:
        key = "even" if even <= card.as_of + days else "later"
        return say(key, day=say.day(even), chance=say.chance(chance), days=days)
    return say("faint" if year < FAINT else "never", chance=say.chance(chance), year=say.chance(year), days=days)


def doubt(card: Card) -> str:
    """Say that the purchase days alone would have given the customer up; empty where they agree with the forecast."""
    if 1.0 - card.score.p_none <= card.score.p_alive + AGREED:  # nobody buys who has left
        return ""
    return Say(card)("differ", alive=Say(card).chance(card.score.p_alive))


def reasons(card: Card) -> tuple[tuple[str, ...], str]:
    """Return the reasons, and why there is none (empty where there are some)."""
    say, score = Say(card), card.score
    if not score.covered:
        return (), say("no_cover", definition=card.definition)
    return score.reasons, "" if score.reasons else say("no_reasons")


def what_to_do(card: Card) -> tuple[str, tuple[str, ...]]:
    """Return what is recommended in a few words, and the sentences behind it."""
    say, advice = Say(card), card.advice
    contact = advice.contact
    if contact is None:
        return say(advice.action), (say("no_money"),)
    if contact.profit > 0:
        weighed = say("gains", profit=say.money(contact.profit), pays=say.chance(contact.pays))
    else:
        weighed = say("costs", profit=say.money(contact.profit))
    margin = "" if contact.margin is None else say("margin", margin=say.share(contact.margin))
    terms = say(
        f"terms_{contact.policy}",
        contact=say.money(contact.contact_cost),
        offer=say.money(contact.offer_cost),
        keep=say.share(contact.keep_chance),
        margin=margin,
    )
    against = advice.action == "contact" and BY_SEGMENT[card.score.segment] != "contact"
    more = (say("against", segment=segment(card)[0]),) if against else ()
    return say(advice.action), (weighed, *more, terms)


def notes(card: Card) -> tuple[str, ...]:
    """Return what whoever reads the card should know."""
    say = Say(card)
    back = (say("looking_back", day=say.day(card.trained_to)),) if card.as_of < card.trained_to else ()
    return (*back, *card.notes)
