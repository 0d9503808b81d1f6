"""Files as they come: separators, encodings, gzip, globs, folders, and all the ways they are broken."""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from setia.engine import Engine
from setia.errors import InputError
from setia.source import ColumnMap, SourceSettings, read

from .conftest import lines_of, read_rows, write_csv

HEAD = ("customer_id", "date", "amount")
ROWS = [HEAD, ("a", "2020-01-05", "1.50"), ("b", "2020-01-06", "2.50")]
WANTED = [("a", 1.5), ("b", 2.5)]


@pytest.mark.parametrize("sep", [",", ";", "\t", "|"])
@pytest.mark.parametrize("name", ["log.csv", "log.csv.gz", "log.dat"])
def test_separators_and_gzip_are_found(tmp_path: Path, engine: Engine, sep: str, name: str) -> None:
    assert lines_of(read_rows(write_csv(tmp_path / name, ROWS, sep), engine), engine, "customer_id", "amount") == WANTED


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_encodings_are_found_and_told(tmp_path: Path, engine: Engine, encoding: str) -> None:
    path = write_csv(tmp_path / "log.csv", [HEAD, ("Müller", "2020-01-05", "1")], encoding=encoding)
    log = read_rows(path, engine)
    assert lines_of(log, engine, "customer_id") == [("Müller",)]
    assert any("cp1252" in note for note in log.notes) == (encoding == "cp1252")


def test_a_declared_encoding_is_used_or_refused(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "log.csv", [HEAD, ("Łódź", "2020-01-05", "1")], encoding="cp1250")
    assert lines_of(read_rows(path, engine, encoding="cp1250"), engine, "customer_id") == [("Łódź",)]
    with pytest.raises(InputError, match=r"is not written in source.encoding=utf-8"):
        read_rows(path, engine, encoding="utf-8")
    with pytest.raises(InputError, match=r"source\.encoding=klingon is unknown"):
        read_rows(path, engine, encoding="klingon")


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_other_ends_of_lines_quotes_and_blank_lines(tmp_path: Path, engine: Engine, end: str) -> None:
    text = end.join(['"customer_id";date;amount', '"a;""x""";2020-01-05;1', "", '"two\nlines";2020-01-05;2', ""])
    (tmp_path / "log.csv").write_bytes(text.encode())
    assert [row[0] for row in lines_of(read_rows(tmp_path / "log.csv", engine), engine, "customer_id")] == [
        'a;"x"',
        "two\nlines",
    ]


def test_a_glob_and_a_folder_with_files_of_several_kinds(tmp_path: Path, engine: Engine) -> None:
    write_csv(tmp_path / "one.csv", ROWS, ";")
    write_csv(tmp_path / "two.tsv.gz", [("amount", "date", "customer_id", "more"), ("7", "2020-02-01", "c", "x")], "\t")
    (tmp_path / "sub").mkdir()
    pq.write_table(
        pa.table({"customer_id": ["d"], "date": ["2020-03-01"], "amount": [9.0]}), tmp_path / "sub" / "p.parquet"
    )
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / "readme.md").write_text("hello")
    assert lines_of(read_rows(tmp_path, engine), engine, "customer_id", "amount") == [*WANTED, ("c", 7.0), ("d", 9.0)]
    assert read_rows(f"{tmp_path}/*.csv", engine).n_lines == 2
    assert read_rows(f"{tmp_path}/**/*.parquet", engine).n_lines == 1


def refused(match: str, path: Path | str, engine: Engine, **settings: object) -> None:
    with pytest.raises(InputError, match=match):
        read_rows(path, engine, **settings)


def test_empty_and_header_only(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "empty.csv").write_text("")
    refused("is empty", tmp_path / "empty.csv", engine)
    refused("header but no lines", write_csv(tmp_path / "head.csv", [HEAD]), engine)
    (tmp_path / "empty.parquet").write_bytes(b"")
    refused("is empty", tmp_path / "empty.parquet", engine)


def test_a_path_that_does_not_exist_names_the_nearest(tmp_path: Path, engine: Engine) -> None:
    write_csv(tmp_path / "sales_2020.csv", ROWS)
    refused(r"does not exist. Did you mean .*sales_2020\.csv\?", tmp_path / "sale_2020.csv", engine)
    refused("there is no folder", tmp_path / "no" / "x.csv", engine)
    refused("No file matches", f"{tmp_path}/*.parquet", engine)
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.xlsx").write_text("")
    refused(r"holds no file that ends in .*; it holds a\.xlsx", tmp_path / "sub", engine)
    with pytest.raises(InputError, match=r"needs source\.path"):
        read(SourceSettings(), engine)


def test_a_file_that_may_not_be_read(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "log.csv", ROWS)
    path.chmod(0)
    before = os.geteuid()
    if before == 0:
        os.seteuid(65534)
    try:
        refused("may not be read", path, engine)
    finally:
        os.seteuid(before)


def test_truncated_files(tmp_path: Path, engine: Engine) -> None:
    whole = tmp_path / "whole.parquet"
    pq.write_table(pa.table({"customer_id": [str(i) for i in range(5000)], "date": ["2020-01-01"] * 5000}), whole)
    for size in (2000, whole.stat().st_size - 9):
        (tmp_path / "cut.parquet").write_bytes(whole.read_bytes()[:size])
        refused(r"cut\.parquet begins as a Parquet file but cannot be read", tmp_path / "cut.parquet", engine)
    data = gzip.compress(("customer_id,date\n" + "".join(f"{i * 7919},2020-01-01\n" for i in range(9000))).encode())
    (tmp_path / "cut.csv.gz").write_bytes(data[: len(data) // 2])
    refused(r"cut\.csv\.gz is a gzip file that is cut off", tmp_path / "cut.csv.gz", engine)


def test_a_damaged_page_inside_a_parquet(tmp_path: Path, engine: Engine) -> None:
    path = tmp_path / "log.parquet"
    pq.write_table(pa.table({"customer_id": [str(i * 7919) for i in range(5000)], "date": ["2020-01-01"] * 5000}), path)
    data = bytearray(path.read_bytes())
    data[4:3000] = bytes(2996)
    path.write_bytes(data)
    refused(r"log\.parquet cannot be read", path, engine)


def test_what_is_no_table(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "a.csv").write_bytes(b"\x00\x01\x02" * 100)
    refused("is no text file", tmp_path / "a.csv", engine)
    (tmp_path / "b.xlsx").write_bytes(b"PK\x03\x04" + bytes(100))
    refused("is a spreadsheet or ZIP file", tmp_path / "b.xlsx", engine)
    (tmp_path / "c.parquet").write_text("customer_id,date\n")
    refused("is no Parquet file in spite of its name", tmp_path / "c.parquet", engine)
    (tmp_path / "d.csv").write_text('customer_id,date\na,2020-01-05\n"b,2020-01-05\nc,2020-01-05\n')
    refused("a quotation mark is opened and not closed", tmp_path / "d.csv", engine)
    (tmp_path / "e.csv").write_text("id,date,date\n1,2,3\n")
    refused("two columns named date", tmp_path / "e.csv", engine)


def test_both_kinds_of_line_ends_in_one_file(tmp_path: Path, engine: Engine) -> None:
    (tmp_path / "log.csv").write_bytes(b"customer_id,date,amount\r\na,2020-01-05,1.50\r\nb,2020-01-06,2.50\n")
    assert lines_of(read_rows(tmp_path / "log.csv", engine), engine, "customer_id", "amount") == WANTED


def test_a_wrong_separator_names_the_right_one(tmp_path: Path, engine: Engine) -> None:
    refused(
        r"With source.separator=';' the header .* is a single column",
        write_csv(tmp_path / "l.csv", ROWS),
        engine,
        separator=";",
    )


def test_missing_columns_list_what_is_there_and_the_nearest(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "log.csv", [("custmer", "date", "value"), ("a", "2020-01-05", "1")])
    refused(
        r"no column that looks like the customer_id; its columns are custmer, date, value. The nearest is 'custmer'",
        path,
        engine,
    )
    names = ColumnMap(customer_id="customer")
    refused(
        r"source.columns.customer_id='customer' is not a column .* custmer, date, value.*'custmer'",
        path,
        engine,
        columns=names,
    )
    log = read_rows(path, engine, columns=ColumnMap(customer_id="CUSTMER", amount="value"))
    assert log.columns == ("amount",)


def test_two_columns_for_one_role_are_asked_about(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(
        tmp_path / "log.csv", [("client", "date", "order date", "sku"), ("a", "2020-01-05", "2020-01-06", "x")]
    )
    refused(r"2 columns that could be the timestamp: date, order date", path, engine)
    log = read_rows(path, engine, columns=ColumnMap(timestamp="order date", product_id=""))
    assert log.columns == ()


def test_a_column_named_as_setia_names_it_wins(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "log.csv", [("Customer ID", "user", "Date"), ("a", "b", "2020-01-05")])
    assert lines_of(read_rows(path, engine), engine, "customer_id") == [("a",)]


def test_a_unit_price_alone_is_no_amount(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "log.csv", [("customer_id", "date", "price"), ("a", "2020-01-05", "1")])
    log = read_rows(path, engine)
    assert log.columns == ()
    assert any("looks like a unit price" in note for note in log.notes)
    refused("needs a quantity", path, engine, columns=ColumnMap(unit_price="price"))


def test_files_of_different_columns_name_file_and_column(tmp_path: Path, engine: Engine) -> None:
    write_csv(tmp_path / "a.csv", ROWS)
    write_csv(tmp_path / "b.csv", [("customer_id", "date", "amont"), ("a", "2020-01-05", "1")])
    refused(
        r"b\.csv has no column 'amount', which .*a\.csv has; its columns are .*nearest is 'amont'", tmp_path, engine
    )


def test_names_of_columns_and_files_that_look_like_sql(tmp_path: Path, engine: Engine) -> None:
    path = write_csv(tmp_path / "it's [1] *.csv", [("who is 'it'", "it's", "a;b"), ("a", "2020-01-05", "1")])
    log = read_rows(path, engine, columns=ColumnMap(customer_id="who is 'it'", timestamp="it's", amount="a;b"))
    assert lines_of(log, engine, "customer_id", "amount") == [("a", 1.0)]
    pq.write_table(pa.table({"customer_id": ["q"], "date": ["2020-01-05"]}), tmp_path / "[x]'?.parquet")
    assert read_rows(tmp_path / "[x]'?.parquet", engine).n_lines == 1
