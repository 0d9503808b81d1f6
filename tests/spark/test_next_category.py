"""Next categories on Spark are those of DuckDB."""

from __future__ import annotations

import makers
import pyarrow as pa
import pytest
from small_bakers import START, bakers

from setia.engine.spark import SparkEngine
from setia.policy.next_category import NextCategory, next_category

pytestmark = pytest.mark.spark


def test_next_categories_agree(spark: SparkEngine) -> None:
    made, duck = bakers(300), makers.engine()
    left = next_category(duck.adopt(made), duck, START + 299, 80)
    right = next_category(spark.materialise(spark.adopt(made), "bakers"), spark, START + 299, 80)
    assert rows(left) == pytest.approx(rows(right))
    assert {name for name in left.category if name} == {"yeast"}


def rows(found: NextCategory) -> dict[str, object]:
    """Return the figures of each customer, as one flat mapping."""
    table = pa.table({"id": found.customer_id, "chance": found.chance, "value": found.value}).to_pylist()
    return {f"{row['id']} {name}": row[name] for row in table for name in ("chance", "value")}
