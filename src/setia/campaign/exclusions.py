"""Whom a campaign leaves out: who asked not to be contacted, and who was contacted a short while ago."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.errors import InputError

COLUMN: Final = "customer_id"
PARQUET: Final = (".parquet", ".pq")
SEPARATORS: Final = ",;\t|"


@dataclass(frozen=True)
class Exclusions:
    """Who may be contacted: `keep` of shape (customers,), and why others may not.

    `do_not_contact` counts customers on the list, of whom the list has `listed` in all (the rest are unknown);
    `cooling` counts those contacted a short while ago who are not on the list, `compared` those left alone to compare
    with by a campaign that is not over, and who are neither: nobody is counted twice.
    """

    keep: NDArray[np.bool_]
    do_not_contact: int
    cooling: int
    listed: int
    compared: int = 0

    @property
    def counts(self) -> dict[str, int]:
        """Return how many are left out for each reason."""
        return {"do_not_contact": self.do_not_contact, "cooling": self.cooling, "compared": self.compared}


def apply_exclusions(
    ids: Sequence[str] | NDArray[np.str_],
    do_not_contact: AbstractSet[str],
    last_contact: Mapping[str, int],
    as_of: int,
    cool_days: int,
    left_alone: AbstractSet[str] = frozenset(),
) -> Exclusions:
    """Say who may be contacted on `as_of`: not on the list, last contacted `cool_days` or more before, and not
    `left_alone` by a campaign that is not over, whose read-back a contact would spoil.

    `ids` has shape (customers,); `last_contact` holds days counted from 1970-01-01.
    """
    names = [str(one) for one in ids]
    listed = np.fromiter((one in do_not_contact for one in names), np.bool_, len(names))
    warm = (one in last_contact and as_of - last_contact[one] < cool_days for one in names)
    cooling = np.fromiter(warm, np.bool_, len(names)) & ~listed
    compared = np.fromiter((one in left_alone for one in names), np.bool_, len(names)) & ~listed & ~cooling
    keep = ~(listed | cooling | compared)
    return Exclusions(keep, int(listed.sum()), int(cooling.sum()), len(do_not_contact), int(compared.sum()))


def read_do_not_contact(path: str | Path) -> frozenset[str]:
    """Return the ids in a file: Parquet or delimited text with a column customer_id, or text with one id per line.

    Raises:
        InputError: the file is missing or cannot be read, or has several columns and none is customer_id.
    """
    place = Path(path).expanduser()
    if not place.is_file():
        raise InputError(f"The list of whom not to contact, {place}, does not exist; check its path.")
    try:
        values = _of_parquet(place) if place.suffix.lower() in PARQUET else _of_text(place)
        return frozenset(one for value in values if (one := _id(value)))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(
            f"The list of whom not to contact, {place}, cannot be read ({error}); "
            f"save it as UTF-8 text with one id per line, or as Parquet with a column {COLUMN}."
        ) from error


def _of_parquet(place: Path) -> Iterable[object]:
    import pyarrow as pa
    from pyarrow import parquet

    try:
        names = parquet.read_schema(place).names
        if COLUMN not in names:
            raise _no_column(place, names)
        return list(parquet.read_table(place, columns=[COLUMN])[COLUMN].to_pylist())
    except pa.ArrowInvalid as error:
        raise OSError(str(error).splitlines()[0]) from error


def _of_text(place: Path) -> Iterable[object]:
    text = place.read_text(encoding="utf-8-sig")
    if "\0" in text:
        raise OSError("it is no text")
    lines = [line for line in text.splitlines() if line.strip()]
    first = lines[0] if lines else ""
    separator = max(SEPARATORS, key=first.count)
    if separator not in first:
        alone = [next(csv.reader([line])) for line in lines]
        if any(len(row) > 1 for row in alone):
            raise _no_column(place, [first])
        ids = [row[0] for row in alone]
        return ids[1:] if ids and ids[0].strip() == COLUMN else ids
    rows = list(csv.reader(lines, delimiter=separator))
    names = [name.strip() for name in rows[0]]
    if COLUMN not in names:
        raise _no_column(place, names)
    at = names.index(COLUMN)
    return [row[at] for row in rows[1:] if len(row) > at]


def _no_column(place: Path, names: Sequence[str]) -> InputError:
    return InputError(
        f"The list of whom not to contact, {place}, has no column {COLUMN}; it has {', '.join(names)}. "
        f"Name the column of ids {COLUMN}, or write one id per line."
    )


def _id(value: object) -> str:
    """Write an id as the log does: without blanks around it, a whole number without its decimals."""
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.0f}" if value.is_integer() else str(value)
    return "" if value is None else re.sub(r"^(-?\d+)\.0+$", r"\1", str(value).strip())
