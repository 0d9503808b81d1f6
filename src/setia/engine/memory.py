"""How the memory that a run may use is shared out."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Final

from setia.errors import InputError

UNITS: Final = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12, "KI": 2**10, "MI": 2**20, "GI": 2**30}
#: DuckDB's own default.
MOST: Final = 0.8


@dataclass(frozen=True)
class Shares:
    """Bytes for the engine's own work, and for pieces that are kept in memory rather than in files.

    The rest is for what kernels, models and the Python process itself take.
    """

    engine: int
    pieces: int


def shares(limit: str | None) -> Shares:
    """Share out a limit such as "4GB" (null: the machine, of which DuckDB takes its default).

    Raises:
        InputError: the limit cannot be read, or is less than 100 MB.
    """
    if limit is None:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else 8 * 10**9
        return Shares(int(machine * MOST), int(machine * 0.15))
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT]?I?)B?\s*", limit.upper())
    if found is None or found[2] not in UNITS:
        raise InputError(f'engine.memory_limit={limit} cannot be read; write it as "4GB" or "900MB".')
    whole = float(found[1]) * UNITS[found[2]]
    if whole < 1e8:
        raise InputError(f"engine.memory_limit={limit} is too little to work with; allow at least 100MB.")
    return Shares(int(whole * 0.55), int(whole * 0.1))
