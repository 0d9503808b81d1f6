"""The feature dictionary, rendered from the declarations.

`python -m setia.features.dictionary docs/features.md` writes the committed page anew.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path

from setia.features.feature import FAMILIES, Feature, catalogue

_HEAD = """# Features

Made from the code by `python -m setia.features.dictionary docs/features.md`; change a docstring in
`src/setia/features/`, not this page. Every feature looks back from a cutoff (the last known day, inclusive);
one row per customer with a purchase on or before it. A purchase is a customer-day with a positive amount;
its value is the net sum of that day. "The base" is all customers as known at the cutoff; its median gap is
the median number of days between successive purchases. A feature is absent where the log lacks a column
that it needs, and null where its meaning says so.
"""


def offered() -> tuple[Feature, ...]:
    """Return every feature, family by family."""
    return tuple(feature for feature in catalogue().values() if feature.unit is not None)


def render(features: Iterable[Feature] | None = None) -> str:
    """Return the dictionary of some features (all of them by default) as Markdown."""
    wanted = tuple(features) if features is not None else offered()
    parts = [_HEAD]
    for family in FAMILIES:
        rows = [feature for feature in wanted if feature.family == family]
        if not rows:
            continue
        parts.append(f"## {family}\n\n{_about(family)}\n\n| name | meaning | unit | needs |\n|---|---|---|---|")
        parts += [_line(feature) for feature in rows]
        parts.append("")
    return "\n".join(parts)


def _about(family: str) -> str:
    return (sys.modules[f"setia.features.{family}"].__doc__ or "").strip()


def _line(feature: Feature) -> str:
    needs = ", ".join(feature.needs) or "-"
    return f"| `{feature.name}` | {feature.doc} | {feature.unit} | {needs} |"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(render(), encoding="utf-8")
