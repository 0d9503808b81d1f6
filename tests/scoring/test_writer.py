"""Texts that a spreadsheet would run, and numbers that it must not lose."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setia.scoring.writer import table_writer

SCHEMA = pa.schema([("text", pa.string()), ("number", pa.float64())])


def written(path: Path, texts: list[str | None], numbers: list[float | None]) -> list[list[str]]:
    with table_writer(path, ".csv", SCHEMA) as append:
        append(pa.table([texts, numbers], schema=SCHEMA))
    return list(csv.reader(io.StringIO(path.read_bytes().decode("utf-8"), newline="")))


@pytest.mark.parametrize(
    "text", ["=1+1", "+62", "-5", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1", "＋1", "－1", "＠x", '="a"', "-"]
)
def test_a_formula_becomes_text(tmp_path: Path, text: str) -> None:
    assert written(tmp_path / "t.csv", [text], [1.0])[1] == ["'" + text, "1"]


@pytest.mark.parametrize("text", ["17850", "a=b", "ann@x.id", "1-2", "", "'quoted'", 'say "hi"', "a,b;c", "ñandú 木"])
def test_other_text_stays(tmp_path: Path, text: str) -> None:
    assert written(tmp_path / "t.csv", [text], [1.0])[1][0] == text


def test_numbers_stay_numbers_and_null_is_no_text(tmp_path: Path) -> None:
    assert written(tmp_path / "t.csv", [None, ""], [-0.5, None])[1:] == [["", "-0.5"], ["", ""]]
    assert (tmp_path / "t.csv").read_bytes() == b'"text","number"\n,-0.5\n"",\n'


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1))
def test_every_text_survives_behind_its_apostrophe(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    rows = written(tmp_path_factory.mktemp("csv") / "t.csv", list(texts), [None] * len(texts))[1:]
    for text, (cell, _) in zip(texts, rows, strict=True):
        assert cell in (text, "'" + text)
        assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "\n"))
