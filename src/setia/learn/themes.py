"""Which features tell the same story: reasons are given by theme, so that three of them are three things."""

from __future__ import annotations

import re
from typing import Final

#: Theme and the names of its features, the first match counts. What matches nothing is never a reason.
_PATTERNS: Final = (
    ("returns", r"refund|return"),
    ("discounts", r"discount"),
    ("season", r"^base_|last_year|^first_from_|anniversary|^first_weekend"),
    ("habits", r"weekday|weekend|^month_"),
    ("silence", r"days_since_last|overdue|silence|recency_share|p_alive|p_none"),
    ("spend_change", r"^spend_(trend|centroid|recent)|^value_(recent|last|drift)"),
    ("visit_change", r"^purchases_(trend|centroid)|^rate_change|^gap_(recent|last|slope)"),
    ("regularity", r"^gap_(cv|sd|log_sd|max|min|q25|q90)|^own_gap_90"),
    ("breadth", r"categor|product"),
    ("basket", r"^(lines|quantity|orders|price)"),
    ("spend", r"spend|value|monetary|margin|profit|cost|btyd_amount"),
    ("tenure", r"T_days|tenure|recency_days"),
    ("visits", r"purchase|frequency|rate|gap"),
)

THEMES: Final = tuple(theme for theme, _ in _PATTERNS)

#: What puts a customer at risk, short enough for the axis of a chart; where a theme may speak both ways, what it is.
_TITLES: Final = {
    "en": {
        "silence": "silent for longer than usual",
        "visits": "few purchases so far",
        "visit_change": "comes less often",
        "spend": "how much they spend",
        "spend_change": "spends less",
        "regularity": "comes irregularly",
        "breadth": "buys fewer categories",
        "basket": "what a basket holds",
        "habits": "on which days they buy",
        "discounts": "how they use discounts",
        "returns": "gives goods back",
        "season": "a quiet season",
        "tenure": "how long they have been customers",
    },
    "id": {
        "silence": "tidak berbelanja lebih lama dari biasanya",
        "visits": "baru sedikit berbelanja",
        "visit_change": "lebih jarang berbelanja",
        "spend": "besarnya nilai belanja",
        "spend_change": "nilai belanja berkurang",
        "regularity": "berbelanja tidak teratur",
        "breadth": "kategori yang dibeli lebih sedikit",
        "basket": "isi keranjang belanja",
        "habits": "hari-hari berbelanja",
        "discounts": "pemakaian diskon",
        "returns": "mengembalikan barang",
        "season": "musim yang sepi",
        "tenure": "lamanya menjadi pelanggan",
    },
}


def title(theme: str, language: str) -> str:
    """Return what a theme means where it speaks for defection; `language` is a code of `setia.languages`."""
    return _TITLES[language][theme]


def theme_of(feature: str) -> str | None:
    """Return the theme of a feature, or None where it has none."""
    return next((theme for theme, pattern in _PATTERNS if re.search(pattern, feature)), None)
