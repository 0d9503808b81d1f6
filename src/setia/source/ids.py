"""Identifiers: one spelling for one customer, whatever type a file gave the column."""

from __future__ import annotations

from typing import Final

from setia.source.text import literal, stripped

#: What writers of files put for "nobody". Spelled as they spell it: "Nan" and "Na" are names of people.
NOBODY: Final = (
    "nan", "NaN", "NAN", "null", "NULL", "none", "None", "NONE", "NA", "N/A", "n/a", "#N/A", "<NA>", "NaT", "\\N",
)  # fmt: skip

#: The same for the other columns, where NA may be North America and None a category.
NOTHING: Final = ("nan", "NaN", "null", "NULL", "<NA>", "#N/A", "\\N")

FLOATS: Final = ("DOUBLE", "FLOAT")


def text_sql(column: str, dtype: str) -> str:
    """SQL of any column as text without blanks around it; null when blank.

    Whole floating-point numbers lose their ".0": pandas makes an integer column a floating one as soon as
    one value is missing.
    """
    if dtype == "VARCHAR":
        return stripped(column)
    if dtype in FLOATS:
        return (
            f"case when isfinite({column}) then case when {column} = floor({column}) and abs({column}) < 9e15 "
            f"then cast(cast({column} as bigint) as varchar) else cast({column} as varchar) end end"
        )
    return f"cast({column} as varchar)"


def is_whole(dtype: str) -> bool:
    """Say whether a column holds whole numbers, which are written one way only."""
    return dtype.endswith("INT") or dtype in ("INTEGER", "UINTEGER")


def id_sql(text: str, nobody: tuple[str, ...] = NOTHING) -> str:
    """SQL of an identifier from its stripped text: "17850.0" is "17850", "00123" stays, null for nobody."""
    # a list of IN would become a join; only short texts are worth a look
    listed, longest = "|" + "|".join(nobody) + "|", max(map(len, nobody))
    return (
        f"case when strlen({text}) <= {longest} and contains({literal(listed)}, '|' || {text} || '|') then null "
        f"when ends_with({text}, '.0') or ends_with({text}, '.00') "
        f"then regexp_replace({text}, '^(-?\\d+)\\.0+$', '\\1') else {text} end"
    )
