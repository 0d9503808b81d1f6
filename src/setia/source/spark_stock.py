"""What was refused on Spark: counted there, with some of the rows brought here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from setia.engine.spark import quoted
from setia.output import written
from setia.source.contract import ANONYMOUS
from setia.source.quarantine import Example, Quarantine
from setia.source.spark_lines import LINE
from setia.source.text import literal

if TYPE_CHECKING:
    from setia.source.columns import Roles
    from setia.source.spark_origin import SparkOrigin

#: Refused rows that are written; a log of billions may have millions of them.
MOST_WRITTEN: Final = 100_000


def take_stock(rows: Any, roles: Roles, origin: SparkOrigin, path: str | None, late: str) -> Quarantine:
    """Count what was refused among judged lines (a DataFrame), and write up to MOST_WRITTEN of it to `path`.

    Args:
        rows: as `spark_lines.judged` makes them.
        roles: the user's columns.
        origin: the source.
        path: of a Parquet file; null writes none.
        late: SQL of the lines after the end of the reading, which are not refused.
    """
    names = dict(roles.names)
    value = " ".join(f"when {literal(role)} then setia_raw.{quoted(name)}" for role, name in names.items())
    seen = rows.where(f"not {late}")
    found = (
        seen.selectExpr("setia_reason", "setia_role", f"coalesce({LINE}, case setia_role {value} end) as value")
        .groupBy("setia_reason", "setia_role")
        .agg({"value": "min", "*": "count"})
        .collect()
    )
    counts = {row["setia_reason"]: row["count(1)"] for row in found if row["setia_reason"] is not None}
    examples = [
        Example(row["setia_reason"], origin.where, names.get(row["setia_role"], ""), str(row["min(value)"] or "")[:200])
        for row in found
        if row["setia_reason"] is not None
    ]
    if path is not None:
        _write(seen, roles, origin, Path(path))
    return Quarantine(
        counts=tuple(sorted(counts.items(), key=lambda item: (-item[1], item[0]))),
        rows=sum(row["count(1)"] for row in found),
        anonymous=counts.get(ANONYMOUS, 0),
        examples=tuple(sorted(examples, key=lambda one: one.reason)),
        path=path,
    )


def _write(seen: Any, roles: Roles, origin: SparkOrigin, path: Path) -> None:
    from pyarrow import parquet

    raw = [f"setia_raw.{quoted(name)} as {quoted(name)}" for name in roles.used()]
    refused = seen.where("setia_reason is not null").selectExpr(
        "setia_reason as refused_reason", f"{literal(origin.where)} as refused_in", *raw, f"{LINE} as refused_line"
    )
    with written(path) as part:
        parquet.write_table(refused.limit(MOST_WRITTEN).toArrow(), part)
