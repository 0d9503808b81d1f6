"""Segments: each rule by example, their order, and one for everybody."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import inf, nan
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import engine, rows_of, small_log, usual_training

from setia.bundle import Forecast
from setia.languages import LANGUAGES
from setia.learn.divide import Divide
from setia.scoring import ScoreSettings, score
from setia.segment import MEANINGS, SEGMENTS, meaning, name, segment_of

DIVIDE = Divide(valuable=100.0, risky=0.3)


@dataclass(frozen=True)
class Customer:
    """One who is valuable and loyal, unless said otherwise. `worth`: what one who has left would bring if back."""

    new: bool = False
    lapsed: bool = False
    overdue: bool = False
    covered: bool = True
    p_defect: float = 0.1
    clv: float = 100.0
    clv_hi: float = 150.0
    p_alive: float = 1.0
    worth: float = 0.0


KEEP = Customer()


def segments(customers: list[Customer], divide: Divide = DIVIDE) -> list[str]:
    columns = {field.name: np.array([getattr(one, field.name) for one in customers]) for field in fields(Customer)}
    nothing = np.zeros(len(customers))
    known = {field.name: columns.get(field.name, nothing) for field in fields(Forecast)}
    known["value_gone"] = (1 - columns["p_alive"]) * columns["worth"]
    marks = (columns[name] for name in ("new", "lapsed", "overdue", "covered"))
    return [SEGMENTS[place] for place in segment_of(*marks, Forecast(**known), divide)]


def plain(one: Customer, divide: Divide) -> str:
    """Return the same in so many words."""
    were_there = one.worth if one.p_alive < 1 else one.clv
    risk = one.p_defect if one.covered else (1.0 if one.overdue else -1.0)
    if one.new:
        return "new"
    if one.clv_hi < 0:
        return "let_go"
    if one.lapsed:
        return "win_back" if were_there >= divide.valuable else "let_go"
    if one.clv < 0:
        return "reprice"
    if one.clv >= divide.valuable:
        return "save" if (risk >= divide.risky if one.covered else one.overdue) else "keep"
    leaving = risk >= max(divide.risky, 0.5) if one.covered else one.overdue
    return "let_go" if leaving else "grow"


CUSTOMERS = st.builds(
    Customer,
    **{name: st.booleans() for name in ("new", "lapsed", "overdue", "covered")},
    p_defect=st.sampled_from([0.0, 0.29, 0.3, 0.49, 0.5, 0.7, 1.0]),
    clv=st.sampled_from([-5.0, 0.0, 99.0, 100.0, 300.0]),
    clv_hi=st.sampled_from([-1.0, 0.0, 500.0]),
    p_alive=st.sampled_from([0.0, 0.5, 1.0]),
    worth=st.sampled_from([0.0, 50.0, 101.0]),
).map(lambda one: one if one.covered else replace(one, p_defect=nan))


@given(
    st.lists(CUSTOMERS, min_size=1, max_size=30), st.sampled_from([0.3, 0.6, inf]), st.sampled_from([100.0, 0.0, inf])
)
def test_it_is_what_the_rules_say(customers: list[Customer], risky: float, valuable: float) -> None:
    divide = Divide(valuable, risky)
    assert segments(customers, divide) == [plain(one, divide) for one in customers]


@pytest.mark.parametrize(
    ("customer", "segment"),
    [
        (KEEP, "keep"),
        (replace(KEEP, p_defect=0.3), "save"),
        (replace(KEEP, p_defect=0.29), "keep"),
        (replace(KEEP, clv=99.9), "grow"),
        (replace(KEEP, clv=99.9, p_defect=0.49), "grow"),
        (replace(KEEP, clv=99.9, p_defect=0.5), "let_go"),
        (replace(KEEP, clv=0.0), "grow"),
        (replace(KEEP, clv=-0.1), "reprice"),
        (replace(KEEP, clv=-0.1, clv_hi=-0.01), "let_go"),
        (replace(KEEP, clv=-0.1, clv_hi=0.0), "reprice"),
        (replace(KEEP, covered=False, p_defect=nan), "keep"),
        (replace(KEEP, covered=False, p_defect=nan, overdue=True), "save"),
        (replace(KEEP, covered=False, p_defect=nan, overdue=True, clv=9.0), "let_go"),
        (replace(KEEP, overdue=True), "keep"),  # the definition knows better
    ],
)
def test_each_rule_by_example(customer: Customer, segment: str) -> None:
    assert segments([customer]) == [segment]


@pytest.mark.parametrize(
    ("worth", "p_alive", "clv", "segment"),
    [
        (100.0, 0.1, 5.0, "win_back"),
        (99.9, 0.1, 5.0, "let_go"),
        (100.0, 0.9, 5.0, "win_back"),  # by what they would bring, not by how likely they are gone
        (0.0, 1.0, 100.0, "win_back"),  # surely there: what they bring anyhow
        (0.0, 1.0, 99.0, "let_go"),
    ],
)
def test_the_lapsed_are_won_back_by_what_they_would_bring(
    worth: float, p_alive: float, clv: float, segment: str
) -> None:
    assert segments([Customer(lapsed=True, worth=worth, p_alive=p_alive, clv=clv)]) == [segment]


def test_the_first_rule_that_applies_wins() -> None:
    everything = Customer(new=True, lapsed=True, worth=500.0, p_alive=0.5, clv=-5.0, clv_hi=-1.0, p_defect=0.9)
    assert segments([everything]) == ["new"]
    assert segments([replace(everything, new=False)]) == ["let_go"]
    assert segments([replace(everything, new=False, clv_hi=1.0)]) == ["win_back"]
    assert segments([replace(everything, new=False, clv_hi=1.0, lapsed=False)]) == ["reprice"]


def test_where_nobody_is_valuable_nobody_is_saved() -> None:
    found = segments([KEEP, replace(KEEP, p_defect=0.9), replace(KEEP, lapsed=True)], Divide(inf, inf))
    assert found == ["grow", "grow", "let_go"]


def test_every_segment_has_a_meaning() -> None:
    assert set(MEANINGS) == set(SEGMENTS)
    assert len(SEGMENTS) == len(set(SEGMENTS)) == 7
    assert [meaning(segment, "en") for segment in MEANINGS] == list(MEANINGS.values())
    assert (name("win_back", "en"), name("win_back", "id")) == ("win back", "rebut kembali")
    for language in LANGUAGES:
        assert len({name(segment, language) for segment in SEGMENTS}) == 7
        assert len({meaning(segment, language) for segment in SEGMENTS}) == 7


def test_a_score_table_has_a_segment_for_everybody(tmp_path: Path) -> None:
    where = engine()
    to = ScoreSettings(output=str(tmp_path / "scores.parquet"), history=None, reasons="none")
    summary = score(usual_training().bundle, small_log(where, rows_of()), where, to, model_version="1", live=False)
    where.close()
    table = pq.read_table(summary.path)
    assert table["segment"].null_count == 0
    assert set(table["segment"].to_pylist()) <= set(SEGMENTS)
    assert len(set(table["segment"].to_pylist())) >= 4
    assert pc.equal(table["segment"], "new").equals(pc.equal(table["status"], "new"))
    valuable = table.filter(pc.is_in(table["segment"], value_set=pa.array(["save", "keep"])))
    assert pc.min(valuable["clv"]).as_py() >= usual_training().bundle.divide.valuable
    assert set(table.filter(pc.equal(table["segment"], "win_back"))["status"].to_pylist()) <= {"lapsed"}
