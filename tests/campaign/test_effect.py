"""The read-back: net of costs, intent to treat, segments judged together, and nothing said that cannot be told."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import numpy as np
import pytest

from setia.campaign import Followed, read_back
from setia.campaign.difference import difference
from setia.campaign.rare import rare_difference
from setia.errors import InputError
from tests.campaign.makers import small


def test_the_profit_is_net_of_what_contacts_cost() -> None:
    one = small()
    free = read_back(one).overall.profit
    dear = read_back(replace(one, cost=2.5)).overall.profit
    assert free is not None
    assert dear is not None
    assert dear.estimate == pytest.approx(free.estimate - 2.5)
    assert dear.hi - dear.lo == pytest.approx(free.hi - free.lo)
    assert dear.without == pytest.approx(free.without)


def test_a_cost_of_controls_is_not_counted() -> None:
    one = small()
    cost = np.random.default_rng(1).random(240)
    found = read_back(replace(one, cost=cost))
    assert found == read_back(replace(one, cost=np.where(one.contacted, cost, 99.0)))
    assert found.overall.profit != read_back(replace(one, cost=float(cost[one.contacted].mean()))).overall.profit


def test_the_total_is_that_of_all_contacted() -> None:
    one = small()
    overall = read_back(one).overall
    assert overall.profit is not None
    assert overall.total is not None
    assert overall.contacted == one.contacted.sum()
    assert overall.control == (~one.contacted).sum()
    assert overall.total.hi == pytest.approx(overall.profit.hi * overall.contacted)
    assert overall.total.p == overall.profit.p


def test_each_figure_is_the_difference_of_its_outcome() -> None:
    one = small()
    overall = read_back(one, level=0.9).overall
    x = one.covariates
    assert x is not None
    assert overall.retention == difference(one.kept.astype(float), one.contacted, one.stratum, x, 0.9)
    assert overall.profit == difference(one.profit, one.contacted, one.stratum, x, 0.9)


def test_segments_are_judged_together() -> None:
    one = small()
    found = read_back(one)
    assert [part.segment for part in found.segments] == ["keep", "save"]
    assert found.overall.profit is not None
    assert found.overall.profit.level == 0.95
    part = found.segments[1]
    assert part.profit is not None
    assert part.profit.level == pytest.approx(0.975)
    assert one.segment is not None
    rows = one.segment == "save"
    assert part == replace(read_back(replace(one.of(rows)), level=0.975).overall, segment="save")
    assert sum(each.contacted for each in found.segments) == found.overall.contacted


def test_rare_outcomes_take_the_interval_for_them() -> None:
    one = small()
    few = replace(one, kept=np.arange(240) < 6)
    assert read_back(few).overall.retention == rare_difference(few.kept, few.contacted, 0.95)


def test_evidence_is_of_money() -> None:
    one = small(lift=1.0)
    pays = read_back(replace(one, profit=one.profit + 9 * one.contacted))
    assert pays.evidence
    assert not pays.harm
    costs = read_back(replace(one, cost=50.0))
    assert costs.harm
    assert not costs.evidence
    assert costs.overall.retention is not None
    assert costs.overall.retention.evidence
    open_ = read_back(replace(small(), cost=1.0))
    assert not open_.evidence
    assert not open_.harm


def test_what_cannot_be_told_is_null() -> None:
    one = small()
    nobody = read_back(replace(one, profit=np.zeros(240), kept=np.zeros(240, dtype=bool)))
    assert nobody.overall.profit is None
    assert nobody.overall.total is None
    assert nobody.overall.retention is not None  # nobody kept in either arm still bounds the difference
    assert not nobody.evidence
    assert not nobody.harm
    lone = np.where(np.arange(240) == np.flatnonzero(one.contacted)[0], "lone", "all")
    part = read_back(replace(one, segment=lone)).segments[1]
    assert (part.segment, part.contacted, part.control, part.retention, part.profit) == ("lone", 1, 0, None, None)


def test_mistakes_are_said() -> None:
    one = small()
    with pytest.raises(InputError, match="nobody left alone"):
        read_back(replace(one, contacted=np.ones(240, dtype=bool)))
    with pytest.raises(InputError, match="nobody to contact"):
        read_back(replace(one, contacted=np.zeros(240, dtype=bool)))
    with pytest.raises(InputError, match="kept has 3 rows for 240 members"):
        replace(one, kept=np.ones(3, dtype=bool))
    with pytest.raises(InputError, match="must be true or false"):
        replace(one, kept=np.ones(240))
    with pytest.raises(InputError, match="one number or one per member"):
        replace(one, cost=np.ones(3))
    with pytest.raises(InputError, match="not a number"):
        replace(one, profit=np.full(240, np.nan))
    with pytest.raises(InputError, match="not a number"):
        replace(one, cost=float("inf"))


def test_it_can_be_written_as_json() -> None:
    found = read_back(replace(small(), kept=np.arange(240) < 6))
    text = json.loads(json.dumps(asdict(found)))
    assert text["overall"]["profit"]["estimate"] == found.overall.profit.estimate  # type: ignore[union-attr]


def test_the_order_of_the_members_does_not_matter() -> None:
    one, order = small(), np.random.default_rng(2).permutation(240)
    assert one.covariates is not None
    assert one.segment is not None
    other = Followed(
        one.contacted[order],
        one.stratum[order],
        one.kept[order],
        one.profit[order],
        1.0,
        one.covariates[order],
        one.segment[order],
    )
    first, second = read_back(replace(one, cost=1.0)), read_back(other)
    for a, b in zip([first.overall, *first.segments], [second.overall, *second.segments], strict=True):
        assert a.profit is not None
        assert b.profit is not None
        assert (a.segment, a.profit.lo, a.profit.p) == (
            b.segment,
            pytest.approx(b.profit.lo),
            pytest.approx(b.profit.p),
        )
