"""Every definition against plain loops over rows, and what all of them have in common."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from definition_labels import labels, line
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from plain_base import plain_base
from small_logs import Row, random_log

from setia.defection import DEFINITIONS, AnyOf, Category, Definition, Partial, Rhythm, Silence, as_dict, definition_of
from setia.errors import InputError

START = 17_000
Said = dict[str, int | None]


def bought(rows: list[Row], first: int, last: int) -> dict[str, list[int]]:
    """Return the purchase days of each customer from first to last."""
    found: dict[str, set[int]] = {}
    for row in rows:
        if row["amount"] > 0 and first <= row["day"] <= last:
            found.setdefault(row["customer_id"], set()).add(row["day"])
    return {customer: sorted(days) for customer, days in found.items()}


def unless_over(answer: int, certain: int, over: bool) -> int | None:
    return answer if over or answer == certain else None


def plain_silence(_: Silence, rows: list[Row], cutoff: int, horizon: int, over: bool) -> Said:
    ahead = bought(rows, cutoff + 1, cutoff + horizon)
    return {customer: unless_over(int(customer not in ahead), 0, over) for customer in bought(rows, 0, cutoff)}


def plain_rhythm(asked: Rhythm, rows: list[Row], cutoff: int, horizon: int, over: bool) -> Said:
    base = plain_base(rows, cutoff)
    ahead, last = bought(rows, cutoff + 1, cutoff + horizon), max(row["day"] for row in rows)

    def chance(x: int, t_x: int, gap: int) -> float:
        scale = base["rate_scale_days"] + t_x
        return float((scale / (scale + gap)) ** (base["rate_shape"] + x))

    found: Said = {}
    for customer, days in bought(rows, 0, cutoff).items():
        if (
            len(days) < asked.min_purchases
            or chance(len(days) - 1, days[-1] - days[0], cutoff - days[-1]) < asked.surprise
        ):
            continue
        broken, own = 0, list(days)
        for day in [*ahead.get(customer, []), min(cutoff + horizon, last)]:
            if chance(len(own) - 1, own[-1] - own[0], day - own[-1]) < asked.surprise:
                broken = 1
            own.append(day)
        found[customer] = unless_over(broken, 1, over)
    return found


def plain_partial(asked: Partial, rows: list[Row], cutoff: int, horizon: int, over: bool) -> Said:
    base = plain_base(rows, cutoff)
    ahead = bought(rows, cutoff + 1, cutoff + horizon)
    found: Said = {}
    for customer, days in bought(rows, 0, cutoff).items():
        recent = [day for day in days if cutoff - day < asked.look_back_days]
        if not recent:
            continue
        T = cutoff - days[0]
        count, span = (len(recent) - 1, T) if T < asked.look_back_days else (len(recent), asked.look_back_days)
        visits = (count + base["rate_shape"]) / (span + base["rate_scale_days"]) * horizon
        if visits < asked.min_expected_visits:
            continue
        mine = [row for row in rows if row["customer_id"] == customer]
        worth = sum(row["amount"] for row in mine if row["day"] in recent) / len(recent)
        came: float = len(ahead.get(customer, []))
        if asked.measure == "spend":
            came = sum(row["amount"] for row in mine if cutoff < row["day"] <= cutoff + horizon)
        wanted = visits * (worth if asked.measure == "spend" else 1.0)
        less = int(came < asked.share * wanted)
        # a later refund can take spend back, so that none is certain before the end
        found[customer] = unless_over(less, 0, over) if asked.measure == "visits" or over else None
    return found


def plain_category(asked: Category, rows: list[Row], cutoff: int, horizon: int, over: bool) -> Said:
    ahead = bought(rows, cutoff + 1, cutoff + horizon)
    found: Said = {}
    for customer, days in bought(rows, 0, cutoff).items():
        mine = [row for row in rows if row["customer_id"] == customer and row["category"] and row["amount"] > 0]
        left: list[bool] = []
        for category in {row["category"] for row in mine}:
            of = {row["day"] for row in mine if row["category"] == category}
            past = [day for day in of if day <= cutoff]
            if len(past) < asked.min_days or cutoff - max(past) >= asked.look_back_days:
                continue
            if len(past) / (cutoff - days[0] + 1) * horizon < asked.min_expected_days:
                continue
            left.append(not any(cutoff < day <= cutoff + horizon for day in of))
        if left:
            answer = int(any(left) and customer in ahead)
            found[customer] = answer if over else (None if any(left) else 0)
    return found


def plain_any_of(asked: AnyOf, rows: list[Row], cutoff: int, horizon: int, over: bool) -> Said:
    parts = [PLAIN[each.name](each, rows, cutoff, horizon, over) for each in asked.of]
    found: Said = {}
    for customer in set().union(*parts):
        answers = [part[customer] for part in parts if customer in part]
        found[customer] = 1 if 1 in answers else None if None in answers else 0
    return found


PLAIN: dict[str, Callable[[Any, list[Row], int, int, bool], Said]] = {
    "silence": plain_silence,
    "rhythm": plain_rhythm,
    "partial": plain_partial,
    "category": plain_category,
    "any_of": plain_any_of,
}
ASKED: list[Definition] = [
    Silence(),
    Rhythm(surprise=0.2),
    Partial(min_expected_visits=1.5, look_back_days=60),
    Partial(measure="spend", share=0.7, min_expected_visits=1.0, look_back_days=45),
    Category(min_days=2, min_expected_days=0.5, look_back_days=60),
    AnyOf((Silence(), Category(min_days=2, min_expected_days=0.5, look_back_days=60))),
    AnyOf((Rhythm(), Partial(min_expected_visits=1.5))),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 500), age=st.integers(30, 119), horizon=st.integers(5, 60))
def test_they_say_what_plain_loops_say(asked: Definition, seed: int, age: int, horizon: int) -> None:
    rows = random_log(seed, 14, 150, START)
    cutoff = min(row["day"] for row in rows) + age
    over = cutoff + horizon <= max(row["day"] for row in rows)
    assert labels(asked, rows, cutoff, horizon) == PLAIN[asked.name](asked, rows, cutoff, horizon, over)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
def test_the_loops_find_both_kinds(asked: Definition) -> None:
    found = [
        label for seed in range(8) for label in labels(asked, random_log(seed, 30, 150, START), START + 90, 30).values()
    ]
    assert {0, 1} <= set(found)


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 500), horizon=st.integers(5, 40))
def test_no_day_beyond_the_horizon_tells(asked: Definition, seed: int, horizon: int) -> None:
    rows, cutoff = random_log(seed, 14, 150, START), START + 80
    last = START + 160
    rows.append(line("c00", last))  # the log goes on, whatever is cut away below
    later = [row for row in rows if row["day"] > cutoff + horizon]
    kept = [row for row in rows if row not in later] + [line("c00", last)]
    more = [*rows, *(line(f"c{n:02d}", cutoff + horizon + 1, 99.0, "k1") for n in range(14))]
    assert (
        labels(asked, rows, cutoff, horizon)
        == labels(asked, kept, cutoff, horizon)
        == labels(asked, more, cutoff, horizon)
    )


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 500))
def test_whom_it_covers_is_known_at_the_cutoff(asked: Definition, seed: int) -> None:
    rows, cutoff = random_log(seed, 14, 150, START), START + 80
    past = [row for row in rows if row["day"] <= cutoff]
    assert set(labels(asked, rows, cutoff, 30)) == set(labels(asked, past, cutoff, 30))


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
@settings(max_examples=6, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 500), age=st.integers(60, 110), seen=st.integers(0, 39))
def test_what_is_told_early_stays_true(asked: Definition, seed: int, age: int, seen: int) -> None:
    rows, horizon = random_log(seed, 14, 160, START), 40
    cutoff = START + age
    rows.append(line("c00", cutoff + horizon))
    early = [row for row in rows if row["day"] <= cutoff + seen]
    early.append(line("nobody", cutoff + seen, -1.0))  # the log reaches to this day
    whole = labels(asked, rows, cutoff, horizon)
    assert None not in whole.values()
    told = {customer: label for customer, label in labels(asked, early, cutoff, horizon).items() if label is not None}
    assert all(whole[customer] == label for customer, label in told.items())


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
@settings(max_examples=8, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(seed=st.integers(0, 500), age=st.integers(50, 110), seen=st.integers(0, 39))
def test_nobody_is_called_loyal_or_lost_whom_the_future_could_still_change(
    asked: Definition, seed: int, age: int, seen: int
) -> None:
    """A label that is given before the horizon is over is that of the two extreme futures, and else it is null."""
    rows, horizon, cutoff = random_log(seed, 14, 160, START), 40, START + age
    last = cutoff + seen
    early = [*(row for row in rows if row["day"] <= last), line("nobody", last, -1.0)]
    end = cutoff + horizon
    silence = [*early, line("nobody", end, -1.0)]
    customers, kinds = {row["customer_id"] for row in early}, ("k0", "k1", "k2", "k3")
    days = range(last + 1, end + 1)
    custom = [*silence, *(line(who, day, 99.0, kind) for who in customers for day in days for kind in kinds)]
    now, least, most = (labels(asked, each, cutoff, horizon) for each in (early, silence, custom))
    assert now.keys() == least.keys() == most.keys() - {"nobody"}
    for customer, label in now.items():
        assert label is None or label == least[customer] == most[customer]
        # whom both extremes leave loyal, or lost, need not be known yet; whom they disagree on cannot be
        if least[customer] != most[customer]:
            assert label is None


def test_spend_tells_nothing_before_the_horizon_is_over() -> None:
    """Who has spent enough can still hand it back."""
    paid = [line("a", day, 10.0) for day in range(START, START + 101, 5)]
    enough, back = [line("a", START + 105, 90.0)], [line("a", START + 125, -85.0), line("b", START + 131, 1.0)]
    asked = Partial(measure="spend", min_expected_visits=1.0)
    assert labels(asked, paid + enough, START + 100, 30) == {"a": None}
    assert labels(asked, paid + enough + back, START + 100, 30) == {"a": 1}


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
def test_it_travels_as_plain_values(asked: Definition) -> None:
    import json

    assert definition_of(json.loads(json.dumps(as_dict(asked)))) == asked
    assert asked.words
    assert DEFINITIONS[asked.name] is type(asked)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Partial(share=0.0), "defection.share=0.0"),
        (lambda: Partial(measure="clicks"), "use visits or spend"),  # type: ignore[arg-type]
        (lambda: Partial(min_expected_visits=0), "above 0"),
        (lambda: Rhythm(surprise=1.0), "between 0 and 1"),
        (lambda: Rhythm(min_purchases=1), "has no rhythm"),
        (lambda: Category(min_days=1), "at least 2"),
        (lambda: AnyOf((Silence(),)), "at least two"),
    ],
)
def test_settings_that_mean_nothing_are_refused(make: Callable[[], Definition], said: str) -> None:
    with pytest.raises(InputError, match=said):
        make()


def test_a_log_without_categories_is_told_so() -> None:
    rows = random_log(1, 10, 120, START)
    with pytest.raises(InputError, match=r"source\.columns\.category"):
        labels(Category(), rows, START + 60, 30, ("customer_id", "day", "amount"))


def test_a_family_that_eats_elsewhere_half_of_the_time() -> None:
    """Ten visits a month, then four: not gone, and yet lost by half."""
    rows = [line("half", START + day) for day in range(0, 180, 3)]
    rows += [line("half", START + 180 + day) for day in (5, 12, 20, 27)]
    rows += [line("loyal", START + day) for day in range(0, 213, 3)]
    rows += [line(f"other{n}", START + n + day) for n in range(20) for day in range(0, 190, 10 + n)]
    found = labels(Partial(), rows, START + 180, 29)
    assert (found["half"], found["loyal"]) == (1, 0)
    assert labels(Silence(), rows, START + 180, 29)["half"] == 0


def test_a_rhythm_is_broken_when_the_silence_is_too_long_for_this_customer() -> None:
    weekly = [line("weekly", START + day) for day in range(0, 140, 7)]
    monthly = [line("monthly", START + day) for day in range(0, 141, 28)]
    rest = [line(f"other{n}", START + n + day) for n in range(20) for day in range(0, 190, 10 + n)]
    found = labels(Rhythm(), [*weekly, *monthly, *rest], START + 140, 40)
    assert found["weekly"] == 1
    assert found["monthly"] == 0


def test_somebody_who_buys_meat_elsewhere_has_left_the_butcher() -> None:
    rows = [line("c", START + day, 5.0, "meat") for day in range(0, 100, 5)]
    rows += [line("c", START + day, 5.0, "milk") for day in range(0, 140, 5)]
    rows += [line("gone", START + day, 5.0, "meat") for day in range(0, 100, 5)]
    found = labels(Category(), rows, START + 100, 30)
    assert found == {"c": 1, "gone": 0}
