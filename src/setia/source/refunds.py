"""Cancellations: which earlier line of the log a refund takes back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from setia.source.text import ident

if TYPE_CHECKING:
    import duckdb


def match_refunds(connection: duckdb.DuckDBPyConnection, table: str, *, by_product: bool) -> None:
    """Add `refund_of_day` to the lines: the day of the line that a refund cancels, null where there is none.

    Among lines of one customer (and product) for the same money, the k-th refund cancels the k-th sale if that
    sale is not later. Counting in the order of days, neither rank nor match can be changed by a later line, so
    the column says at every cutoff what was known then.
    """
    product = "coalesce(product_id, '')" if by_product else "''"
    key = f"customer_id, {product} as product, round(abs(amount), 2) as money"
    rank = "row_number() over (partition by customer_id, product, money order by day, line) as k"
    name = ident(table)
    connection.execute(f"alter table {name} add column refund_of_day integer")
    connection.execute(
        f"with refunds as (select rowid as line, day, {key} from {name} where amount < 0), "
        f"sales as (select * from (select rowid as line, day, {key} from {name} where amount > 0) "
        f"semi join refunds using (customer_id, product, money)), "
        f"pairs as (select r.line, s.day from (select *, {rank} from refunds) r join (select *, {rank} from sales) s "
        f"using (customer_id, product, money, k) where s.day <= r.day) "
        f"update {name} set refund_of_day = pairs.day from pairs where {name}.rowid = pairs.line"
    )
