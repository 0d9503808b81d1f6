"""Grow: the profit of a contact by hand, with categories and without, and what is said of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
from small_bakers import START, bakers

from setia.engine import DuckEngine, EngineSettings, open_duckdb
from setia.errors import InputError
from setia.history import Prepared, prepare
from setia.policy.ground import LAPSED, Ground
from setia.policy.grow import NO_CATEGORY, Grow, Growth, grow
from setia.policy.offer import Offer
from setia.policy.stakes import Stakes
from setia.source import Log, Quarantine

HORIZON, AS_OF = 50, START + 299
SETTINGS = Grow(Offer(cost=0.4, contact_cost=0.05, take_rate=0.5), adopt_lift=1.5, fill_chance=0.1)


@pytest.fixture(scope="module")
def engine() -> Iterator[DuckEngine]:
    opened = open_duckdb(EngineSettings(threads=1))
    yield opened
    opened.close()


def stakes_of(customer_id: list[str]) -> Stakes:
    ones = np.ones(len(customer_id))
    words = np.array(["active"] * len(ones), dtype=object)
    given = {"customer_id": np.array(customer_id, dtype=object), "status": words, "segment": words}
    given |= {"p_none": 0.3 * ones, "p_alive": 0.8 * ones}
    return Stakes(**{field.name: given.get(field.name, ones) for field in fields(Stakes)})


def opened(engine: DuckEngine, made: pa.Table) -> tuple[Log, Prepared]:
    columns = tuple(name for name in made.column_names if name not in ("customer_id", "day"))
    lines = engine.adopt(made)
    log = Log(lines, columns, START, AS_OF, len(made), 1, "made", "EUR", "UTC", "0" * 16, Quarantine())
    return log, prepare(lines, engine)


def grown(engine: DuckEngine, made: pa.Table, stakes: Stakes) -> Growth:
    log, prepared = opened(engine, made)
    found = grow(SETTINGS, log, prepared, engine, stakes, HORIZON, 0.3)
    prepared.close()
    return found


def test_the_profit_of_a_next_category(engine: DuckEngine) -> None:
    stakes = stakes_of(["c0100", "c0007", "stranger", "c0002"])
    found = grown(engine, bakers(400), stakes)
    p, value = found.p_category, found.value_category
    kept = np.minimum(1.5 * p, 1) - p
    assert found.profit == pytest.approx(kept * value * 0.3 - 0.05 - 0.4 * (kept + 0.5 * p))
    assert found.cost == pytest.approx(0.05 + 0.4 * (kept + 0.5 * p))
    assert found.profit == pytest.approx(found.expected.saved - found.cost)
    # whom the log does not know gets nothing, and costs the contact
    assert (found.category[2], p[2], found.headroom[2], found.profit[2]) == (None, 0, 0, -0.05)
    assert found.category[1] is not None
    assert f"Buys no '{found.category[1]}'" in found.sentences(np.array([1]))[0]
    assert f"in {100 * p[1]:.0f} % of cases, worth EUR {value[1]:.2f}" in found.sentences(np.array([1]))[0]


def test_customers_come_in_the_order_of_the_stakes(engine: DuckEngine) -> None:
    made, names = bakers(120), [f"c{number:04d}" for number in range(120)]
    one, other = grown(engine, made, stakes_of(names)), grown(engine, made, stakes_of(names[::-1]))
    assert one.profit == pytest.approx(other.profit[::-1])
    assert one.headroom == pytest.approx(other.headroom[::-1])
    assert one.category.tolist() == other.category[::-1].tolist()


def test_without_categories_headroom_is_filled(engine: DuckEngine) -> None:
    stakes = stakes_of([f"c{number:04d}" for number in range(400)])
    found = grown(engine, bakers(400).drop_columns("category"), stakes)
    assert set(found.category) == {None}
    assert (found.headroom > 0).any()
    kept = 0.1 * 0.8 * (found.headroom > 0)
    assert found.profit == pytest.approx(kept * found.headroom * 0.3 - 0.05 - 0.4 * (kept + 0.5 * 0.7))
    said = found.sentences(np.argsort(-found.headroom)[:1])
    assert said[0].startswith("Peers who come as often spend EUR ")


def test_without_amounts_a_category_is_worth_purchases(engine: DuckEngine) -> None:
    stakes = stakes_of([f"c{number:04d}" for number in range(400)])
    found = grown(engine, bakers(400).drop_columns("amount"), stakes)
    assert (found.headroom == 0).all()
    assert found.value_category.max() > 1
    assert "purchases" in found.sentences(np.flatnonzero(found.p_category > 0)[:1])[0]


def test_the_lapsed_are_left_alone(engine: DuckEngine) -> None:
    stakes = stakes_of([f"c{number:04d}" for number in range(400)])
    stakes.status[::4] = LAPSED
    for made, notes in ((bakers(400), ()), (bakers(400).drop_columns("category"), (NO_CATEGORY,))):
        log, prepared = opened(engine, made)
        found = SETTINGS.appraise(Ground(stakes, log, partial(lambda made: made, prepared), engine, HORIZON, 0.3))
        prepared.close()
        assert found.places.tolist() == [at for at in range(400) if at % 4]
        assert found.notes == notes
        assert found.said is not None
        assert len(found.said) == len(found.expected.profit) == 300


def test_settings_that_cannot_be() -> None:
    for wrong in ({"peers_quantile": 1.0}, {"adopt_lift": 0.9}, {"fill_chance": 1.5}):
        with pytest.raises(InputError, match=next(iter(wrong))):
            Grow(**wrong)
