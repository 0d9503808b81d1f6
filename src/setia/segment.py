"""Segments by value and risk: what to do with each customer, in one word."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.bundle import Forecast
from setia.learn.divide import Divide

SEGMENTS: Final = ("new", "let_go", "win_back", "reprice", "save", "keep", "grow")
#: What each calls for.
MEANINGS: Final = {
    "save": "valuable and about to leave: contact them now",
    "keep": "valuable and loyal: serve them well, no discount",
    "grow": "loyal, of less value so far: room for more",
    "win_back": "lapsed, but worth winning back",
    "reprice": "costs more than they bring: change prices, minimum order or service",
    "let_go": "of little value and leaving, or served at a loss: spend little",
    "new": "too new to tell: make the second purchase easy",
}
_MEANINGS: Final = {
    "en": MEANINGS,
    "id": {
        "save": "bernilai dan hampir pergi: hubungi sekarang",
        "keep": "bernilai dan setia: layani dengan baik, tanpa diskon",
        "grow": "setia, nilainya belum besar: masih bisa ditingkatkan",
        "win_back": "sudah pergi, tetapi layak direbut kembali",
        "reprice": "biayanya melebihi hasilnya: ubah harga, pembelian minimum, atau layanan",
        "let_go": "bernilai kecil dan akan pergi, atau dilayani dengan rugi: cukup biaya kecil",
        "new": "masih terlalu baru untuk dinilai: permudah pembelian kedua",
    },
}
_NAMES: Final = {
    "en": {name: name.replace("_", " ") for name in SEGMENTS},
    "id": {
        "save": "selamatkan",
        "keep": "pertahankan",
        "grow": "kembangkan",
        "win_back": "rebut kembali",
        "reprice": "sesuaikan harga",
        "let_go": "lepaskan",
        "new": "baru",
    },
}
#: Who is of less value is let go when leaving is likelier than not.
LIKELY: Final = 0.5
_TINY = 1e-9


def meaning(segment: str, language: str) -> str:
    """Return what a segment calls for; `language` is a code of `setia.languages`."""
    return _MEANINGS[language][segment]


def name(segment: str, language: str) -> str:
    """Return what people call a segment; `language` is a code of `setia.languages`."""
    return _NAMES[language][segment]


def segment_of(
    new: NDArray[np.bool_],
    lapsed: NDArray[np.bool_],
    overdue: NDArray[np.bool_],
    covered: NDArray[np.bool_],
    forecast: Forecast,
    divide: Divide,
) -> NDArray[np.int64]:
    """Return the place in SEGMENTS of each customer, shape (rows,); the first that applies, in this order.

    New: by status. Let go: even the upper bound of clv is below zero (only where value is profit can it be), or lapsed
    and, were they still there, not one of the valuable. Win back: lapsed and valuable if they were there. Reprice: clv
    is below zero. Save, keep: valuable, at risk or not. Let go: of less value, and likelier to leave than not. Grow:
    the rest. At risk is who reaches the probability of defection; whom the definition does not cover (`covered`),
    who is overdue.
    """
    gone = 1.0 - forecast.p_alive
    were_there = np.where(gone > _TINY, forecast.value_gone / np.maximum(gone, _TINY), forecast.clv)
    risky = np.where(covered, forecast.p_defect >= divide.risky, overdue)
    leaving = np.where(covered, forecast.p_defect >= max(divide.risky, LIKELY), overdue)
    valuable = forecast.clv >= divide.valuable
    rules = (
        ("new", new),
        ("let_go", forecast.clv_hi < 0),
        ("win_back", lapsed & (were_there >= divide.valuable)),
        ("let_go", lapsed),
        ("reprice", forecast.clv < 0),
        ("save", valuable & risky),
        ("keep", valuable),
        ("let_go", leaving),
    )
    places = [SEGMENTS.index(name) for name, _ in rules]
    return np.asarray(np.select([rule for _, rule in rules], places, default=SEGMENTS.index("grow")), dtype=np.int64)
