"""The features in DuckDB SQL written by hand: purchase days crossed with the cutoffs, one GROUP BY, arithmetic.

A peer of Setia's own feature engine, as a competent analyst writes it: windows run over the purchase days before
they meet the cutoffs, and `age` is cutoff - day. It needs all of COLUMNS in the table `log`; `refund_of_day` is
the day on which a line that a refund cancels was bought, else null. `order_id` is never null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from features_sql_derived import DERIVED, SCALARS
from numpy.typing import NDArray

if TYPE_CHECKING:
    import duckdb

COLUMNS = ("customer_id", "day", "amount", "order_id", "product_id", "category", "quantity", "refund_of_day")

#: One row per customer, category and day bought: how many days so far, and when it was bought next.
CATEGORIES = """
create or replace temp table category_days as
select customer_id, category, day,
       row_number() over w as category_rank,
       lead(day) over w as next_day
from (select distinct customer_id, category, day from log where amount > 0 and category is not null)
window w as (partition by customer_id, category order by day)"""

#: One row per customer and day.
DAYS = """
create or replace temp table days as
with sums as (
    select customer_id, day,
           count_if(amount > 0) as lines,
           round(coalesce(sum(amount), 0), 9) as value,
           sum(if(amount > 0, amount, 0)) as gross,
           -sum(if(amount < 0, amount, 0)) as refunds,
           -sum(if(amount < 0 and refund_of_day is not null, amount, 0)) as matched_refunds,
           count_if(amount < 0 and refund_of_day is not null) as returned_lines,
           sum(if(amount < 0, day - refund_of_day, 0)) as return_days,
           sum(if(amount > 0, quantity, 0)) as quantity,
           count(distinct order_id) filter (amount > 0) as orders,
           count(distinct product_id) filter (amount > 0) as products
    from log group by customer_id, day
), firsts as (
    select customer_id, product_id, min(day) as day
    from log where amount > 0 and product_id is not null group by customer_id, product_id
), new_products as (
    select customer_id, day, count(*) as new_products from firsts group by customer_id, day
), breadth as (
    select customer_id, day, count(*) as categories, count_if(category_rank = 1) as new_categories,
           max(category_rank) as category_rank,
           sum(category_rank * ln(category_rank)
               - (category_rank - 1) * ln(greatest(category_rank - 1, 1))) as category_step
    from category_days group by customer_id, day
), dated as (
    select s.*, lines > 0 as is_purchase, case when lines > 0 then value end as purchase_value,
           coalesce(new_products, 0) as new_products, coalesce(categories, 0) as categories,
           coalesce(new_categories, 0) as new_categories, coalesce(category_rank, 0) as category_rank,
           coalesce(category_step, 0) as category_step,
           date '1970-01-01' + day as date, isodow(date) as weekday, dayofmonth(date) as day_of_month,
           date_diff('day', make_date(case when month(date) < 3 then year(date) - 1 else year(date) end, 3, 1), date)
               as days_from_march
    from sums s left join new_products using (customer_id, day) left join breadth using (customer_id, day)
), numbered as (
    select *, lag(day) over w as previous, lead(day) over w as next_day, lead(day, 3) over w as third_next_day,
           row_number() over w as purchase_number,
           row_number() over (partition by customer_id, is_purchase, weekday order by day) as weekday_rank
    from dated window w as (partition by customer_id, is_purchase order by day)
)
select * exclude (date, previous),
       case when is_purchase then day - previous end as gap,
       ln(gap) as log_gap,
       case when purchase_value > 0 then ln(purchase_value) end as log_value,
       case when is_purchase then weekday_rank * ln(weekday_rank)
            - (weekday_rank - 1) * ln(greatest(weekday_rank - 1, 1)) else 0 end as weekday_step
from numbered"""

#: One row per cutoff: what is common to all customers and must be known before the windows are.
CUTOFFS = """
create or replace temp table cutoffs as
select cutoff, cutoff - first_day + 1 as history_days, median(gap) as median_gap,
       coalesce(median_gap, history_days) as width,
       greatest(1, floor(width + 0.5)) as gaps_1, greatest(1, floor(2 * width + 0.5)) as gaps_2,
       greatest(1, floor(4 * width + 0.5)) as gaps_4, greatest(1, floor(8 * width + 0.5)) as gaps_8,
       count_if(cutoff - day < 28) as last_28,
       count_if(cutoff - day >= 28 and cutoff - day < 56) as before_28,
       count_if(cutoff - day >= 336 and cutoff - day < 364) as after_28,
       count_if(cutoff - day >= 364 and cutoff - day < 392) as until_28,
       count_if(cutoff - day >= 273 and cutoff - day < 364) as after_91,
       count_if(cutoff - day >= 364 and cutoff - day < 455) as until_91,
       case when history_days >= 56 and before_28 > 0 then last_28 / before_28 end as base_trend_28d,
       case when history_days >= 392 and until_28 > 0 then after_28 / until_28 end as base_season_28d,
       case when history_days >= 455 and until_91 > 0 then after_91 / until_91 end as base_season_91d
from (select unnest({cutoffs}) as cutoff, (select min(day) from days) as first_day)
     join days on day <= cutoff and is_purchase
group by cutoff, first_day"""

#: The windows: name, condition on the age.
WINDOWS = {f"{n}d": f"age < {n}" for n in (7, 14, 30, 60, 90, 180, 365)} | {
    "1gap": "age < gaps_1",
    "2gaps": "age < gaps_2",
    "4gaps": "age < gaps_4",
    "8gaps": "age < gaps_8",
}


def windowed() -> Iterator[str]:
    """Yield the sums over windows of age."""
    for name, inside in WINDOWS.items():
        yield f"count_if(is_purchase and {inside}) as purchases_{name}"
        if name not in ("7d", "14d"):
            yield f"sum(if({inside}, value, 0)) as spend_{name}"
    for name, half in (("30d", "30"), ("120d", "120"), ("4gaps", "gaps_4")):
        yield f"sum(if(is_purchase, exp(age * -ln(2) / {half}), 0)) as purchases_decayed_{name}"
        yield f"sum(value * exp(age * -ln(2) / {half})) as spend_decayed_{name}"
    for n in (28, 91):
        inside = f"age >= {364 - n} and age < 364"
        yield f"count_if(is_purchase and {inside}) as purchases_year_{n}"
        yield f"sum(if({inside}, value, 0)) as spend_year_{n}"


#: One row per customer and cutoff: every sum, mean, extreme and quantile.
SUMMED = """
select customer_id, cutoff,
    min(if(is_purchase, age, null)) as days_since_last,
    max(if(is_purchase, age, null)) as T_days,
    count_if(is_purchase) as purchases_total,
    sum(purchase_value) as purchase_value_sum,
    sum(if(is_first, purchase_value, 0)) as value_first,
    sum(if(is_last, purchase_value, 0)) as value_last,
    avg(if(is_recent, purchase_value, null)) as value_recent,
    avg(gap) as gap_mean_days, stddev_samp(gap) as gap_sd_days, max(gap) as gap_max_days, min(gap) as gap_min_days,
    quantile_cont(gap, [0.25, 0.5, 0.9]) as gap_quantiles,
    max(if(is_last, gap, null)) as gap_last_days, avg(if(is_recent, gap, null)) as gap_recent_days,
    coalesce(sum(log_gap), 0) as log_gap_sum, coalesce(sum(log_gap * log_gap), 0) as log_gap_squares,
    stddev_samp(log_gap) as log_gap_sd,
    coalesce(sum(purchase_number * gap), 0) as numbered_gap_sum,
    sum(value) as spend_total,
    avg(purchase_value) as value_mean, stddev_samp(purchase_value) as value_sd, median(purchase_value) as value_median,
    max(purchase_value) as value_max, min(purchase_value) as value_min,
    count(log_value) as priced, coalesce(sum(log_value), 0) as log_value_sum,
    coalesce(sum(log_value * log_value), 0) as log_value_squares, stddev_samp(log_value) as value_log_sd,
    sum(gross) as gross_sum, sum(refunds) as refunds_sum,
    sum(if(age < 90, refunds, 0)) as refunded_90d,
    count_if(refunds > 0) as refund_days, min(if(refunds > 0, age, null)) as days_since_refund,
    sum(matched_refunds) as matched_sum, sum(returned_lines) as returned_sum, sum(return_days) as return_days_sum,
    sum(if(is_purchase, age, 0)) as age_sum,
    sum(if(purchase_value > 0, purchase_value, 0)) as positive_sum,
    sum(if(purchase_value > 0, purchase_value * age, 0)) as value_age_sum,
    avg(if(is_purchase, orders, null)) as orders_mean,
    sum(lines) as lines_sum, sum(if(is_first, lines, 0)) as lines_first,
    avg(if(is_recent, lines, null)) as lines_recent,
    sum(quantity) as quantity_sum, avg(if(is_purchase, quantity, null)) as quantity_mean,
    sum(if(is_first, quantity, 0)) as quantity_first, sum(if(is_last, quantity, 0)) as quantity_last,
    sum(new_products) as products_total, sum(products) as products_sum,
    sum(if(is_first, products, 0)) as products_first,
    sum(if(age < 90, products, 0)) as products_90d, sum(if(age < 90, new_products, 0)) as new_products_90d,
    sum(new_categories) as categories_total, sum(categories) as categories_sum,
    sum(if(is_first, categories, 0)) as categories_first,
    sum(category_step) as category_steps, max(category_rank) as category_top,
    sum(weekday_step) as weekday_steps, max(if(is_purchase, weekday_rank, null)) as weekday_top,
    avg(if(is_purchase, (weekday >= 6)::integer, null)) as weekend_share,
    avg(if(is_purchase, (age % 7 = 0)::integer, null)) as same_weekday_share,
    avg(if(is_purchase, (day_of_month <= 10)::integer, null)) as month_start_share,
    avg(if(is_purchase, (day_of_month > 20)::integer, null)) as month_end_share,
    max(if(is_first, (weekday >= 6)::integer, null)) as first_weekend,
    sum(if(is_first, days_from_march, 0)) as first_from_march,
    {windowed}
from (
    select *, cutoff - day as age, is_purchase and purchase_number = 1 as is_first,
           is_purchase and (next_day is null or next_day > cutoff) as is_last,
           is_purchase and (third_next_day is null or third_next_day > cutoff) as is_recent
    from days join cutoffs on day <= cutoff
)
group by customer_id, cutoff having purchases_total > 0"""

#: One row per customer and cutoff: the categories by when they were bought last, at the cutoff.
OWNED = """
select customer_id, cutoff, count_if(age < gaps_4) as categories_4gaps,
       count_if(age < gaps_8) as categories_8gaps, count_if(age < 90) as categories_90d,
       count_if(category_rank >= 3) as habits, count_if(category_rank >= 3 and age < gaps_8) as kept
from (select *, cutoff - day as age from category_days join cutoffs
      on day <= cutoff and (next_day is null or next_day > cutoff))
group by customer_id, cutoff"""


def features(
    connection: duckdb.DuckDBPyConnection, cutoffs: Sequence[int], names: Sequence[str], kind: str = "float"
) -> duckdb.DuckDBPyRelation:
    """Return customer_id, cutoff and the named features of the table `log`, in no order."""
    connection.execute(CATEGORIES)
    connection.execute(DAYS)
    connection.execute(CUTOFFS.format(cutoffs=list(cutoffs)))
    connection.execute("create or replace temp table summed as " + SUMMED.format(windowed=", ".join(windowed())))
    connection.execute("create or replace temp table owned as " + OWNED)
    connection.execute(SCALARS)
    wanted = ", ".join(f"{name}::{kind} as {name}" for name in names)
    return connection.sql(f"select customer_id, cutoff, {wanted} from ({DERIVED})")


def blocks(
    connection: duckdb.DuckDBPyConnection, cutoffs: Sequence[int], names: Sequence[str]
) -> Iterator[NDArray[np.float32]]:
    """Yield the features in blocks of shape (rows, features), NaN for null."""
    for batch in features(connection, cutoffs, names).to_arrow_reader(100_000):
        block = np.empty((batch.num_rows, len(names)), dtype=np.float32)
        for j, name in enumerate(names):
            block[:, j] = batch.column(name).to_numpy(zero_copy_only=False)
        yield block
