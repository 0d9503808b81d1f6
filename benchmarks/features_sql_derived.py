"""The arithmetic of the SQL peer: from `summed` to the scalars of the base, and to the rest of the features."""

from __future__ import annotations


def spread(kind: str, n: str, total: str, squares: str) -> str:
    """Return SQL for the moments of a quantity within and between customers (one-way random effects)."""
    return f"""
    sum({n}) as {kind}_n, count_if({n} > 0) as {kind}_groups, sum({total} * {total} / nullif({n}, 0))
        as {kind}_between,
    {kind}_n > {kind}_groups and {kind}_groups >= 2 as {kind}_known,
    case when {kind}_known then greatest((sum({squares}) - {kind}_between) / ({kind}_n - {kind}_groups), 0) end
        as {kind}_within,
    ({kind}_between - sum({total}) * sum({total}) / {kind}_n - ({kind}_groups - 1) * {kind}_within)
        / ({kind}_n - sum({n} * {n}) / {kind}_n) as {kind}_excess,
    case when {kind}_known then least(greatest({kind}_within / greatest({kind}_excess, 1e-6), 0.25), 20) else 1 end
        as {kind}_weight"""


#: One row per cutoff: what all customers together teach about one of them.
SCALARS = f"""
create or replace temp table scalars as
select cutoff, history_days, gaps_4, base_trend_28d, base_season_28d, base_season_91d,
    avg((T_days - days_since_last) / nullif(x, 0)) as gap_prior,
    avg(log_gap_sum / nullif(x, 0)) as log_gap_prior,
    avg(value_mean) as value_prior,
    avg(log_value_sum / nullif(priced, 0)) as log_value_prior,
    {spread("gap", "x", "log_gap_sum", "log_gap_squares")},
    {spread("value", "priced", "log_value_sum", "log_value_squares")},
    sum(x) / sum(T_days) as rate,
    (sum(x * x) - 2 * rate * sum(x * T_days) + rate * rate * sum(T_days * T_days) - rate * sum(T_days))
        / sum(T_days * T_days) as rate_variance,
    coalesce(sum(x) > 0 and sum(T_days) > 0, false) as repeated,
    case when not repeated then 1
         when rate_variance > 0 then least(greatest(rate * rate / rate_variance, 0.1), 20) else 20 end as shape,
    case when repeated then shape / rate else history_days end as scale
from (select *, (purchases_total - 1)::double as x from summed) join cutoffs using (cutoff)
group by cutoff, history_days, gaps_4, base_trend_28d, base_season_28d, base_season_91d"""

#: One row per customer and cutoff: arithmetic alone. A ratio is null unless its divisor is above zero.
DERIVED = """
select s.* exclude (cutoff), s.cutoff, gap_quantiles[1] as gap_q25_days, gap_quantiles[2] as gap_median_days,
    gap_quantiles[3] as gap_q90_days,
    purchases_total - 1 as frequency, T_days - days_since_last as recency_days,
    recency_days / nullif(T_days, 0) as recency_share,
    (purchase_value_sum - value_first) / nullif(frequency, 0) as monetary_value,
    purchases_total * 30.0 / (T_days + 1) as purchase_rate_30d,
    gap_sd_days / gap_mean_days as gap_cv,
    greatest(frequency - 1, 0) as degrees,
    sqrt((coalesce(log_gap_sd * log_gap_sd, 0) * degrees + gap_within * 4) / (degrees + 4)) as gap_log_sd,
    (log_gap_sum + log_gap_prior * gap_weight) / (frequency + gap_weight) as gap_log_mean,
    (recency_days + gap_prior * gap_weight) / (frequency + gap_weight) as own_gap_days,
    exp(gap_log_mean + 1.2815515655446004 * gap_log_sd) as own_gap_90_days,
    days_since_last / own_gap_days as overdue_ratio, days_since_last / own_gap_90_days as overdue_90_ratio,
    (ln(days_since_last + 1) - gap_log_mean) / nullif(gap_log_sd, 0) as silence_z,
    days_since_last / gap_max_days as silence_record_ratio,
    gap_last_days / own_gap_days as gap_last_ratio,
    (frequency + shape) / (T_days + scale) as rate_shrunken,
    exp((ln(recency_days + scale) - ln(recency_days + scale + days_since_last)) * (frequency + shape))
        as silence_probability,
    spend_total * 30.0 / (T_days + 1) as spend_rate_30d,
    case when value_mean > 0 then value_sd / value_mean end as value_cv,
    (log_value_sum + log_value_prior * value_weight) / (priced + value_weight) as value_log_mean,
    (purchase_value_sum + value_prior * value_weight) / (purchases_total + value_weight) as value_shrunken,
    rate_shrunken * value_shrunken * 30 as spend_expected_30d,
    case when value_shrunken > 0 then value_last / value_shrunken end as value_last_ratio,
    case when value_shrunken > 0 then value_recent / value_shrunken end as value_recent_ratio,
    refunds_sum / nullif(gross_sum, 0) as refund_share, matched_sum / nullif(refunds_sum, 0) as refund_matched_share,
    return_days_sum / nullif(returned_sum, 0) as days_to_return,
    case when T_days >= 60 then ln((purchases_30d + 0.5) / (purchases_60d - purchases_30d + 0.5)) end
        as purchases_trend_30d,
    case when T_days >= 180 then ln((purchases_90d + 0.5) / (purchases_180d - purchases_90d + 0.5)) end
        as purchases_trend_90d,
    case when T_days >= 2 * gaps_4 then ln((purchases_4gaps + 0.5) / (purchases_8gaps - purchases_4gaps + 0.5)) end
        as purchases_trend_4gaps,
    greatest(value_prior, 1e-9) as extra,
    case when T_days >= 180 then ln((greatest(spend_90d, 0) + extra) / (greatest(spend_180d - spend_90d, 0) + extra))
        end as spend_trend_90d,
    case when T_days >= 2 * gaps_4 then
        ln((greatest(spend_4gaps, 0) + extra) / (greatest(spend_8gaps - spend_4gaps, 0) + extra)) end
        as spend_trend_4gaps,
    ln((purchases_90d + shape) / (least(T_days + 1, 90) + scale) / rate_shrunken) as rate_change_90d,
    ln((purchases_4gaps + shape) / (least(T_days + 1, gaps_4) + scale) / rate_shrunken) as rate_change_4gaps,
    age_sum / purchases_total / nullif(T_days, 0) as purchases_centroid,
    value_age_sum / nullif(positive_sum, 0) / nullif(T_days, 0) as spend_centroid,
    purchases_centroid - spend_centroid as value_drift,
    gap_recent_days / own_gap_days as gap_recent_ratio,
    (numbered_gap_sum - (frequency + 3) / 2 * recency_days)
        / case when frequency > 1 then frequency * (frequency * frequency - 1) / 12 end / own_gap_days as gap_slope,
    case when spend_total > 0 then greatest(spend_90d, 0) / spend_total end as spend_recent_share,
    lines_sum / purchases_total as lines_mean, lines_recent / lines_mean as lines_recent_ratio,
    case when quantity_sum > 0 then gross_sum / quantity_sum end as price_mean,
    products_sum / purchases_total as products_mean, products_total / nullif(products_sum, 0) as new_product_share,
    new_products_90d / nullif(products_90d, 0) as new_product_share_90d,
    categories_sum / purchases_total as categories_mean, category_top / purchases_total as category_top_share,
    greatest(ln(nullif(categories_sum, 0)) - category_steps / categories_sum, 0) as category_entropy,
    categories_4gaps, categories_8gaps, categories_90d, (habits - kept) / nullif(habits, 0) as categories_lost_share,
    categories_8gaps / nullif(categories_total, 0) as categories_kept_share,
    greatest(ln(purchases_total) - weekday_steps / purchases_total, 0) as weekday_entropy,
    weekday_top / purchases_total as weekday_top_share,
    abs(first_from_march - 365.25 * round(first_from_march / 365.25)) as first_from_march_days,
    abs(first_from_march - 92 - 365.25 * round((first_from_march - 92) / 365.25)) as first_from_june_days,
    abs(T_days - 365.25 * round(T_days / 365.25)) as first_anniversary_days,
    case when T_days >= 364 then purchases_year_28 end as purchases_next_28d_last_year,
    case when T_days >= 364 then purchases_year_91 end as purchases_next_91d_last_year,
    case when T_days >= 364 then spend_year_28 end as spend_next_28d_last_year,
    case when T_days >= 364 then spend_year_91 end as spend_next_91d_last_year,
    (T_days + 1) / history_days as tenure_share, base_trend_28d, base_season_28d, base_season_91d
from summed s join scalars using (cutoff) left join owned using (customer_id, cutoff)"""
