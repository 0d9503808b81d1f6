"""The CDNOW sample as the published papers use it: weeks, purchases by day, 39 weeks to learn from."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, files

import numpy as np
import pytest

CUTOFF = dt.date(1997, 9, 30).toordinal()


@dataclass(frozen=True)
class Cdnow:
    frequency: np.ndarray
    recency: np.ndarray
    T: np.ndarray
    monetary_value: np.ndarray
    future: np.ndarray


def read(name: str = "CDNOW_sample.txt") -> Cdnow:
    """Read through the package's file list, for importing the package would run its code."""
    try:
        path = next(f for f in files("Lifetimes") or [] if f.name == name).locate()
    except (PackageNotFoundError, StopIteration):
        pytest.skip("the package that carries the CDNOW log is not installed")
    master = "master" in name
    table = np.loadtxt(path, skiprows=int(master))
    customer, text, amount = table[:, 0 if master else 1], table[:, 1 if master else 2].astype(int), table[:, -1]
    day = np.array([dt.date(d // 10000, d // 100 % 100, d % 100).toordinal() for d in text])
    return summarise(customer.astype(int), day, amount)


def summarise(customer: np.ndarray, day: np.ndarray, amount: np.ndarray) -> Cdnow:
    rows = []
    order = np.lexsort((day, customer))
    customer, day, amount = customer[order], day[order], amount[order]
    for part in np.split(np.arange(len(customer)), np.flatnonzero(np.diff(customer)) + 1):
        days, where = np.unique(day[part], return_inverse=True)
        spent = np.bincount(where, amount[part])
        past = days <= CUTOFF
        known, n = days[past], int(past.sum())
        future = int(((days > CUTOFF) & (days <= CUTOFF + 39 * 7)).sum())
        mean = spent[past][1:].mean() if n > 1 else 0.0
        rows.append((n - 1, (known[-1] - known[0]) / 7, (CUTOFF - known[0]) / 7, mean, future))
    return Cdnow(*np.array(rows, dtype=float).T)
