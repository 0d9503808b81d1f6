"""Pieces of whole customers: how they are cut, kept, spilled and worked on, and that none of it changes a feature."""

from __future__ import annotations

import math
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_logs import duckdb_frame, features_at, random_log

from setia.engine import EngineSettings, open_duckdb
from setia.engine.chunks import whole_customers
from setia.engine.local import LocalChunks, ordered
from setia.engine.memory import shares
from setia.errors import InputError
from setia.history import prepare


class Kept(LocalChunks):
    def frame(self) -> Any:
        raise NotImplementedError


def keys(table: pa.Table) -> list[int]:
    return list(table["customer_id"].to_pylist())


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    counts=st.lists(st.integers(1, 40), max_size=12),
    batch=st.integers(1, 30),
    rows=st.integers(1, 60),
    named=st.booleans(),
)
def test_pieces_hold_whole_customers_and_every_row_in_its_order(
    counts: list[int], batch: int, rows: int, named: bool
) -> None:
    ids = [f"c{i:03d}" if named else i for i, count in enumerate(counts) for _ in range(count)]
    table = pa.table({"customer_id": ids, "place": list(range(len(ids)))})
    pieces = list(whole_customers(table.to_batches(max_chunksize=batch), rows))
    assert [place for piece in pieces for place in piece["place"].to_pylist()] == list(range(len(ids)))
    owners = [set(keys(piece)) for piece in pieces]
    assert sum(map(len, owners)) == len(counts)
    # a piece is closed as soon as it is large enough and another customer has begun
    assert all(piece.num_rows <= rows + batch + max(counts) for piece in pieces)


def pieces_of(sizes: list[int]) -> list[pa.Table]:
    return [pa.table({"customer_id": [place] * size}) for place, size in enumerate(sizes)]


def test_what_does_not_fit_goes_to_files_and_comes_back_in_order(tmp_path: Path) -> None:
    made = pieces_of([10, 20, 30, 5])
    chunks = Kept(2, made[0].nbytes + 8, tmp_path / "spill", "days")
    chunks.fill(made, lambda piece: piece, made[0].slice(0, 0))
    tables, files = chunks.lying()
    assert (len(tables), len(files), chunks.pieces) == (1, 3, 4)
    assert [keys(piece) for piece in chunks.map(lambda piece: piece)] == [keys(piece) for piece in made]
    assert chunks.empty().num_rows == 0
    chunks.close()
    assert not list((tmp_path / "spill").iterdir())


def test_no_piece_at_all_is_an_empty_one(tmp_path: Path) -> None:
    chunks = Kept(2, 1000, tmp_path, "days")
    chunks.fill([], lambda piece: piece.append_column("n", piece["customer_id"]), pieces_of([1])[0].slice(0, 0))
    [only] = chunks.map(lambda piece: piece)
    assert (only.num_rows, only.column_names) == (0, ["customer_id", "n"])


@pytest.mark.parametrize("threads", [1, 3])
def test_results_come_in_order_and_few_are_held(threads: int) -> None:
    begun: list[int] = []

    def items() -> Any:
        for item in range(20):
            begun.append(item)
            yield item

    found = []
    for result in ordered(lambda item: item * item, items(), threads):
        found.append(result)
        assert len(begun) - len(found) <= threads + 1
    assert found == [item * item for item in range(20)]


def test_an_error_in_a_piece_is_raised_where_it_is_asked_for() -> None:
    with pytest.raises(ZeroDivisionError):
        list(ordered(lambda item: 1 / item, [2, 1, 0, 1], 2))
    assert threading.active_count() < 20


@pytest.mark.parametrize(
    ("limit", "whole"),
    [("4GB", 4e9), ("900MB", 9e8), (" 1.5 gib", 1.5 * 2**30), ("250000K", 2.5e8), ("200000000", 2e8)],
)
def test_a_limit_is_shared_out_with_room_left(limit: str, whole: float) -> None:
    share = shares(limit)
    assert share.engine == int(whole * 0.55)
    assert share.engine + share.pieces < 0.7 * whole


@pytest.mark.parametrize("limit", ["plenty", "-4GB", "4 bananas", "50MB", ""])
def test_a_limit_that_means_nothing_is_a_sentence(limit: str) -> None:
    with pytest.raises(InputError, match=r"engine\.memory_limit"):
        shares(limit)


def features(rows: list[Any], cutoffs: tuple[int, ...], **wanted: Any) -> Any:
    engine = open_duckdb(EngineSettings(**wanted))
    try:
        prepared = prepare(duckdb_frame(engine, rows), engine)
        return features_at(prepared, *cutoffs), prepared.bases(cutoffs), prepared.chunks.pieces
    finally:
        engine.close()


def test_pieces_threads_and_spilling_change_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    rows = random_log(31, 60, 200)
    cutoffs = (min(row["day"] for row in rows) + 90, max(row["day"] for row in rows))
    whole, bases, pieces = features(rows, cutoffs, threads=1)
    assert pieces == 1
    monkeypatch.setattr("setia.engine.duck.PIECE_ROWS", 64)
    monkeypatch.setattr("setia.engine.duck.shares", lambda _: shares("200MB").__class__(10**8, 20_000))
    found, other, pieces = features(rows, cutoffs, threads=3, temp_directory=str(tmp_path))
    assert pieces > 5
    for cutoff in cutoffs:
        left, right = vars(bases[cutoff]), vars(other[cutoff])
        assert all(left[n] == right[n] or math.isclose(left[n], right[n], rel_tol=1e-12) for n in left)
    for one, two in zip(whole, found, strict=True):
        assert one.keys() == two.keys()
        for customer, values in one.items():
            for name, value in values.items():
                again = two[customer][name]
                assert value == again or math.isclose(value or 0, again or 0, rel_tol=1e-11, abs_tol=1e-11), name
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
