"""A large made-up log, written as Parquet by DuckDB: what the benchmarks of speed run on.

    python benchmarks/big_log.py LINES PATH [--customers N] [--days 730]

Customers differ: gamma rates of purchase and of leaving, first purchases spread over the first two thirds of
the log, half of the products from a favourite category, one line in forty refunded. The same arguments
give the same lines; their order in the file is that of a shop's database, day by day.
"""

from __future__ import annotations

import argparse
from pathlib import Path

LINES_PER_CUSTOMER = 40
#: Above this many lines others buy just what the first ones did: drawing them all anew would take most of an hour.
BLOCK = 20_000_000
LINES_PER_ORDER = 2.5
FIRST_DAY = "2022-01-01"


def write_log(path: Path, lines: int, customers: int | None = None, days: int = 730, memory: str | None = None) -> int:
    """Write about so many lines and return how many they are."""
    import duckdb

    connection = duckdb.connect(config={"memory_limit": memory} if memory else {})
    connection.execute(f"set temp_directory = '{path.parent / 'spill'}'")
    connection.execute("set preserve_insertion_order = false")
    copies = -(-lines // BLOCK)
    customers = customers or max(lines // LINES_PER_CUSTOMER, 1)
    block = _query(customers // copies, days, lines / customers / LINES_PER_ORDER)
    path.mkdir(parents=True, exist_ok=True)
    first = path / "log-0.parquet"
    connection.execute(f"copy ({block} order by day, n) to '{first}' (format parquet, compression zstd)")
    for copy in range(1, copies):
        names = f"'{copy}' || customer_id as customer_id, '{copy}' || order_id as order_id"
        others = f"select * replace ({names}) from read_parquet('{first}')"
        target = path / f"log-{copy}.parquet"
        connection.execute(f"copy ({others}) to '{target}' (format parquet, compression lz4)")
    row = connection.execute(f"select count(*) from '{path}/*.parquet'").fetchone()
    assert row is not None
    return int(row[0])


def _uniform(*keys: str) -> str:
    """Return SQL for a number in (0, 1) that depends on keys alone."""
    return f"((hash({', '.join(keys)}) >> 12) + 0.5) / {2**52}.0"


def _query(customers: int, days: int, orders: float) -> str:
    """Return SQL for the lines: customers, their orders in exponential gaps until they leave, their lines."""
    # an exponential rate (shape 1) by inversion; few customers leave, so that most of the log is repeat trade
    mean_gap = days * 0.8 / orders
    return f"""
    with people as (
        select i, {_uniform("i", "1")} * {days * 0.66} as born,
               -ln({_uniform("i", "2")}) + 0.15 as pace,
               born - ln({_uniform("i", "3")}) * {days * 1.2} as gone,
               15 + 60 * {_uniform("i", "4")} as spend
        from range({customers}) as r(i)
    ), visits as (
        select i, spend, n,
               cast(born + {mean_gap} / pace * (n - 1 + {_uniform("i", "n", "5")}) as integer) as day, gone
        from people, unnest(range(1, 2 + cast(least(gone - born, {days} - born) * pace / {mean_gap} as bigint))) as u(n)
    ), bought as (
        select i, spend, n, day, k from visits, unnest(range(1 + cast(-ln({_uniform("i", "n", "6")}) * 1.5 as bigint)))
            as u(k)
        where day < {days} and day <= gone
    ), lines as (
        select i, n, k, day, {_uniform("i", "n", "k", "7")} as u, {_uniform("i", "n", "k", "8")} as v, spend from bought
    )
    select 'C' || lpad(cast(i as varchar), 8, '0') as customer_id,
           cast(day as integer) as day,
           timestamp '{FIRST_DAY}' + to_days(cast(day as integer)) as timestamp,
           'O' || i || '-' || n as order_id,
           'P' || cast(4000 * u * u as integer) as product_id,
           'K' || case when v < 0.5 then i % 30 else cast(floor(30 * v * u) as integer) end as category,
           1 + cast(3 * u * v as integer) as quantity,
           round(spend / {LINES_PER_ORDER} * (0.3 + 1.4 * v), 2) * case when u < 0.025 then -1 else 1 end as amount
    from lines"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lines", type=int)
    parser.add_argument("path", type=Path, help="a folder")
    parser.add_argument("--customers", type=int)
    parser.add_argument("--days", type=int, default=730)
    parser.add_argument("--memory-limit", help="of DuckDB, such as 4GB")
    a = parser.parse_args()
    print(f"{write_log(a.path, a.lines, a.customers, a.days, a.memory_limit):,} lines in {a.path}")
