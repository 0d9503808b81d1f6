"""Exclusions: lists in any plain form, the cool-down to the day, and nobody counted twice."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import parquet

from setia.campaign import apply_exclusions, read_do_not_contact
from setia.errors import InputError


@pytest.mark.parametrize(
    "text",
    [
        "customer_id,since\na,1\n17850,2\n",
        "since;customer_id\n1;a\n2;17850.0\n",
        "since\tcustomer_id\n1\ta\n2\t17850\n\n",
        "\ufeffcustomer_id\r\na\r\n 17850 \r\na\r\n",
        "a\n17850",
        '"customer_id"\n"a"\n"17850"\n',
        'since, customer_id\n1,"a"\n2,17850\n3\n4,\n',
    ],
)
def test_lists_are_read_in_any_plain_form(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.txt"
    path.write_bytes(text.encode())
    assert read_do_not_contact(path) == {"a", "17850"}
    assert read_do_not_contact(str(path)) == {"a", "17850"}


def test_an_empty_list_is_a_list(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    for text in ("", "\n", "customer_id\n", "customer_id,since\n"):
        path.write_text(text)
        assert read_do_not_contact(path) == set()


def test_parquet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "list.parquet"
    for values, found in [
        (["a", " b ", None], {"a", "b"}),
        ([1, 2, None], {"1", "2"}),
        ([1.0, 2.5, float("nan")], {"1", "2.5"}),
    ]:
        parquet.write_table(pa.table({"since": [1, 2, 3], "customer_id": values}), path)
        assert read_do_not_contact(path) == found


def test_mistakes_are_said(tmp_path: Path) -> None:
    path, table = tmp_path / "list.csv", tmp_path / "list.parquet"
    with pytest.raises(InputError, match=r"list\.csv, does not exist"):
        read_do_not_contact(path)
    path.write_text("id,since\na,1\n")
    with pytest.raises(InputError, match="no column customer_id; it has id, since"):
        read_do_not_contact(path)
    path.write_text("a\nb,c\n")
    with pytest.raises(InputError, match="no column customer_id"):
        read_do_not_contact(path)
    path.write_bytes(b"\xff\xfe\x00a")
    with pytest.raises(InputError, match="save it as UTF-8"):
        read_do_not_contact(path)
    path.write_bytes(b"a\x00b\n")
    with pytest.raises(InputError, match="no text"):
        read_do_not_contact(path)
    parquet.write_table(pa.table({"id": ["a"]}), table)
    with pytest.raises(InputError, match="no column customer_id; it has id"):
        read_do_not_contact(table)
    table.write_text("customer_id\na\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_do_not_contact(table)


def test_the_cool_down_ends_on_its_day() -> None:
    found = apply_exclusions(["a", "b", "c", "d"], set(), {"a": 71, "b": 70, "c": 100}, 100, 30)
    assert found.keep.tolist() == [False, True, False, True]
    assert found.counts == {"do_not_contact": 0, "cooling": 2, "compared": 0}
    assert apply_exclusions(["a"], set(), {"a": 100}, 100, 0).keep.all()


def test_who_is_on_the_list_is_not_counted_as_cooling() -> None:
    found = apply_exclusions(["a", "b", "c"], {"a", "x"}, {"a": 99, "b": 99}, 100, 30)
    assert found.keep.tolist() == [False, False, True]
    assert (found.counts, found.listed) == ({"do_not_contact": 1, "cooling": 1, "compared": 0}, 2)


@given(
    st.lists(st.sampled_from("abcdefgh"), unique=True),
    st.sets(st.sampled_from("abcdxyz")),
    st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 100)),
    st.integers(0, 60),
)
def test_nobody_is_counted_twice(ids: list[str], listed: set[str], last: dict[str, int], cool: int) -> None:
    found = apply_exclusions(ids, listed, last, 100, cool)
    assert sum(found.counts.values()) == (~found.keep).sum()
    assert found.do_not_contact == len(set(ids) & listed)
    assert found.listed == len(listed)
    for one, kept in zip(ids, found.keep, strict=True):
        assert kept == (one not in listed and not (one in last and 100 - last[one] < cool))


def test_who_is_left_alone_to_compare_with_stays_so_and_is_counted_once() -> None:
    found = apply_exclusions(["a", "b", "c", "d"], {"a"}, {"b": 95}, 100, 30, frozenset({"a", "b", "c"}))
    assert found.keep.tolist() == [False, False, False, True]
    assert found.counts == {"do_not_contact": 1, "cooling": 1, "compared": 1}
