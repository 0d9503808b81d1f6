"""The ledger of campaigns: what goes in comes out, all or nothing, by two at once; another database is left alone."""

from __future__ import annotations

import multiprocessing
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import pytest

from setia.campaign import Campaign, CampaignLedger, Members
from setia.errors import InputError

SPRING = Campaign(
    name="spring",
    policy="retain",
    as_of=100,
    ends=190,
    made_at="2026-11-01T08:00:00+00:00",
    model_version="7",
    value_basis="margin",
    currency="EUR",
    offer="voucher",
    contact_cost=0.5,
    settings={"budget": 500, "limits": [1, 2.5]},
    seed=3,
    fingerprint="abc",
)


def of(*ids: str, control: int = 1) -> Members:
    n = len(ids)
    values = np.arange(n) / 4
    return Members(
        customer_id=np.array(ids),
        control=np.arange(n) < control,
        stratum=np.arange(n) // 2,
        chance=np.full(n, 0.25),
        segment=np.array(["save", "keep"] * n)[:n],
        p_defect=np.where(np.arange(n) == 1, np.nan, values),
        value_saved=values + 1,
        expected_profit=values - 1,
        expected_value=values * 3,
    )


def same(one: Members, other: Members) -> bool:
    def equal(name: str) -> bool:
        a, b = getattr(one, name), getattr(other, name)
        return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") and a.dtype.kind == b.dtype.kind)

    return all(equal(field.name) for field in fields(Members))


def test_what_goes_in_comes_out(tmp_path: Path) -> None:
    ledger = CampaignLedger(tmp_path / "new" / "campaigns.db", "shop")
    assert (ledger.find("spring"), ledger.campaigns(), len(ledger.members("spring"))) == (None, (), 0)
    ledger.add(SPRING, of("a", "b", "c"))
    later = replace(SPRING, name="autumn", as_of=300, ends=390)
    ledger.add(later, of("b", "d"))
    assert ledger.find("spring") == SPRING
    assert ledger.campaigns() == (SPRING, later)
    assert same(ledger.members("spring"), of("a", "b", "c"))
    assert same(ledger.members("autumn"), of("b", "d"))


def test_members_come_in_the_order_of_their_ids(tmp_path: Path) -> None:
    ledger, members = CampaignLedger(tmp_path / "campaigns.db", "shop"), of("c", "a", "b")
    ledger.add(SPRING, members)
    found = ledger.members("spring")
    assert found.customer_id.tolist() == ["a", "b", "c"]
    assert found.control.tolist() == [False, False, True]
    assert found.value_saved.tolist() == [1.25, 1.5, 1.0]


def test_a_name_is_given_once_and_the_first_stays(tmp_path: Path) -> None:
    ledger = CampaignLedger(tmp_path / "campaigns.db", "shop")
    ledger.add(SPRING, of("a", "b"))
    with pytest.raises(InputError, match=r"named 'spring' of shop is in .* already; give the new one another name"):
        ledger.add(replace(SPRING, seed=9), of("c", "d"))
    assert ledger.find("spring") == SPRING
    assert same(ledger.members("spring"), of("a", "b"))


def test_a_campaign_is_written_as_a_whole_or_not_at_all(tmp_path: Path) -> None:
    ledger = CampaignLedger(tmp_path / "campaigns.db", "shop")
    with pytest.raises(InputError, match="holds a customer twice"):
        ledger.add(SPRING, of("a", "b", "a"))
    with pytest.raises(InputError, match=r"cannot be written as JSON"):
        ledger.add(replace(SPRING, settings={"x": float("nan")}), of("a", "b"))
    assert ledger.campaigns() == ()
    assert len(ledger.members("spring")) == 0
    ledger.add(SPRING, of("a", "b"))
    assert len(ledger.members("spring")) == 2


def test_who_was_contacted_and_when_last(tmp_path: Path) -> None:
    ledger = CampaignLedger(tmp_path / "campaigns.db", "shop")
    ledger.add(SPRING, of("a", "b", "c"))
    ledger.add(replace(SPRING, name="autumn", as_of=300), of("d", "b"))
    assert ledger.contacted_since(0) == {"b": 300, "c": 100}  # a and d were left alone
    assert ledger.contacted_since(100) == {"b": 300, "c": 100}
    assert ledger.contacted_since(101) == {"b": 300}
    assert ledger.contacted_since(301) == {}


def test_who_is_left_alone_stays_so_until_the_follow_up_is_over(tmp_path: Path) -> None:
    ledger = CampaignLedger(tmp_path / "campaigns.db", "shop")
    ledger.add(SPRING, of("a", "b", "c", control=2))
    ledger.add(replace(SPRING, name="summer", as_of=150, ends=240), of("c", "d"))
    assert ledger.left_alone(99) == frozenset()
    assert ledger.left_alone(100) == {"a", "b"}  # another campaign of the same day spares them too
    assert ledger.left_alone(189) == {"a", "b", "c"}
    assert ledger.left_alone(190) == {"c"}
    assert ledger.left_alone(240) == frozenset()
    assert CampaignLedger(tmp_path / "campaigns.db", "web").left_alone(150) == frozenset()


def test_readings_are_kept_in_their_order(tmp_path: Path) -> None:
    ledger = CampaignLedger(tmp_path / "campaigns.db", "shop")
    with pytest.raises(InputError, match=r"no campaign 'spring' of shop.*it holds none"):
        ledger.add_readback("spring", 200, {})
    ledger.add(SPRING, of("a", "b"))
    ledger.add_readback("spring", 200, {"profit": 1.5, "segments": [None]})
    ledger.add_readback("spring", 190, {"profit": 2.5})
    found = ledger.readbacks("spring")
    assert [(one.as_of, one.result) for one in found] == [
        (200, {"profit": 1.5, "segments": [None]}),
        (190, {"profit": 2.5}),
    ]
    assert found[0].read_at.endswith("+00:00")
    with pytest.raises(InputError, match="it holds spring"):
        ledger.add_readback("sprung", 200, {})


def test_the_run_before_tells_whom_it_found(tmp_path: Path) -> None:
    ledger = CampaignLedger(tmp_path / "campaigns.db", "shop")
    assert ledger.divest_before(999) == {}
    ledger.note_divest(100, ["a", "b"], np.array([-1.0, -2.0]))
    ledger.note_divest(200, np.array(["b", "c"]), np.array([-3.0, -4.0]))
    assert ledger.divest_before(100) == {}
    assert ledger.divest_before(101) == ledger.divest_before(200) == {"a": -1.0, "b": -2.0}
    assert ledger.divest_before(201) == {"b": -3.0, "c": -4.0}
    ledger.note_divest(200, ["c"], np.array([-5.0]))  # the same day again
    assert ledger.divest_before(201) == {"c": -5.0}
    ledger.note_divest(300, [], np.array([]))  # a run that found nobody is the last run
    assert ledger.divest_before(301) == {}


def test_logs_do_not_mix(tmp_path: Path) -> None:
    shop, web = (CampaignLedger(tmp_path / "campaigns.db", name) for name in ("shop", "web"))
    shop.add(SPRING, of("a", "b"))
    shop.note_divest(100, ["a"], np.array([-1.0]))
    shop.add_readback("spring", 200, {"x": 1})
    assert (web.campaigns(), web.contacted_since(0), web.divest_before(999), web.readbacks("spring")) == (
        (),
        {},
        {},
        (),
    )
    web.add(SPRING, of("c", "d"))
    assert web.contacted_since(0) == {"d": 100}
    assert shop.contacted_since(0) == {"b": 100}


def test_columns_of_members_agree_in_length() -> None:
    with pytest.raises(InputError, match="differ in length: customer_id 2, control 1"):
        replace(of("a", "b"), control=np.array([True]))


def test_another_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as base:
        base.execute("create table customers (name text)")
        base.commit()
    before = path.read_bytes()
    with pytest.raises(InputError, match="another database"):
        CampaignLedger(path, "shop").campaigns()
    assert path.read_bytes() == before


def test_a_file_of_another_version_or_kind_is_refused(tmp_path: Path) -> None:
    later, text, folder = tmp_path / "later.db", tmp_path / "list.csv", tmp_path / "folder"
    with closing(sqlite3.connect(later)) as base:
        base.execute("pragma user_version = 9")
    text.write_text("customer_id,day\n" * 99)
    folder.mkdir()
    for path in (later, text, folder):
        with pytest.raises(InputError, match=r"cannot be used as the ledger of campaigns.*act\.ledger"):
            CampaignLedger(path, "shop").campaigns()


def write(path: Path, start: str, count: int) -> None:
    """Write campaigns of one writer, and try the name that both want."""
    ledger = CampaignLedger(path, "shop")
    for number in range(count):
        ledger.add(replace(SPRING, name=f"{start} {number}"), of("a", "b", "c"))
        with suppress(InputError):
            ledger.add(replace(SPRING, name=f"wanted {number}"), of("a", "b", "c"))


def test_two_writers_at_once_lose_nothing(tmp_path: Path) -> None:
    path = tmp_path / "campaigns.db"
    context = multiprocessing.get_context("fork")
    writers = [context.Process(target=write, args=(path, name, 15)) for name in ("one", "two")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    ledger = CampaignLedger(path, "shop")
    assert len(ledger.campaigns()) == 45
    assert all(len(ledger.members(one.name)) == 3 for one in ledger.campaigns())


def test_a_writer_waits_for_another(tmp_path: Path) -> None:
    path = tmp_path / "campaigns.db"
    ledger = CampaignLedger(path, "shop")
    ledger.note_divest(1, ["a"], np.array([-1.0]))
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")
        other.execute("delete from divest_runs")
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(ledger.add, SPRING, of("a", "b"))
            time.sleep(0.3)
            assert not waiting.done()
            other.execute("commit")
            waiting.result(10)
    assert len(ledger.members("spring")) == 2


def test_a_hundred_thousand_members_take_seconds(tmp_path: Path) -> None:
    ledger = CampaignLedger(tmp_path / "campaigns.db", "shop")
    members = of(*(f"c{i:06d}" for i in range(100_000)), control=20_000)
    start = time.process_time()
    ledger.add(SPRING, members)
    assert time.process_time() - start < 5
    assert same(ledger.members("spring"), members)
    assert len(ledger.contacted_since(0)) == 80_000
