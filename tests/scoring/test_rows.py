"""Status and rows of the score table, against plain loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.conftest import LAST, SCORED_AT
from setia.bundle import Bundle
from setia.engine import Engine
from setia.features import build, named
from setia.history import prepare
from setia.languages import LANGUAGES
from setia.scoring.rows import COVERED, READ, Context, schema, score_rows
from setia.scoring.status import STATUSES, status_name, status_of
from setia.source import Log

CUSTOMER = st.tuples(
    st.integers(0, 100),
    st.integers(0, 100),
    st.one_of(st.just(float("nan")), st.floats(0.5, 100)),
)


@given(st.lists(CUSTOMER, min_size=1, max_size=20), st.one_of(st.none(), st.floats(1, 90)), st.integers(1, 90))
def test_status_is_the_first_that_applies(customers: list[tuple], p99: float | None, horizon: int) -> None:
    def plain(silent: int, extra: int, own: float) -> str:
        if silent + extra < horizon:
            return "new"
        if p99 is not None and silent > p99:
            return "lapsed"
        return "overdue" if silent > own else "active"

    silent, extra, own = (np.array([c[k] for c in customers], dtype=float) for k in range(3))
    found = status_of(silent, silent + extra, own, p99, horizon)
    assert [STATUSES[place] for place in found] == [plain(*customer) for customer in customers]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_status_has_a_name_of_its_own(language: str) -> None:
    assert len({status_name(status, language) for status in STATUSES}) == len(STATUSES)


@pytest.fixture
def features(bundle: Bundle, log: Log, engine: Engine) -> pa.Table:
    more = [name for name in READ if name not in bundle.feature_names]
    allowed = named(tuple(name for name in more if set(named((name,))[0].needs) <= set(log.columns)))
    table = pa.concat_tables(build(prepare(log.lines, engine), [log.last_day], (*bundle.features, *allowed)))
    return table.append_column(COVERED, pa.array([None if k % 3 == 0 else 1.0 for k in range(table.num_rows)]))


def context(bundle: Bundle) -> Context:
    return Context(bundle, LAST, "EUR", 60.0, True, "1", SCORED_AT)


def test_who_is_not_covered_has_a_value_but_no_p_defect(bundle: Bundle, features: pa.Table) -> None:
    rows = score_rows(features, context(bundle))
    uncovered = [place for place in range(features.num_rows) if place % 3 == 0]
    table = rows.table.to_pandas()
    assert list(table.index[table.p_defect.isna()]) == uncovered
    everybody = features.set_column(features.num_columns - 1, COVERED, pa.array([1.0] * features.num_rows))
    whole = score_rows(everybody, context(bundle)).table.to_pandas()
    for name in ("status", "expected_value", "clv", "p_alive"):
        assert table[name].equals(whole[name])  # a definition says nothing of them
    assert table.value_at_risk[uncovered].isna().all()
    assert table.reason_1[uncovered].isna().all()
    assert table.expected_value.notna().all()
    assert rows.covered == features.num_rows - len(uncovered)
    assert rows.p_defect_sum == pytest.approx(table.p_defect.sum())


def test_every_batch_has_the_same_schema(bundle: Bundle, features: pa.Table) -> None:
    silent = replace(context(bundle), explained=False, currency="")
    for some in (features.slice(0, 1), features.slice(5, 9)):
        assert score_rows(some, silent).table.schema == schema()
