"""What is bought: size of the basket, breadth of products and categories, discounts, margin."""

from __future__ import annotations

import narwhals as nw

from setia.features.feature import aggregate, derived, measure
from setia.features.formula import Expr, entropy, only, positive, ratio, where
from setia.features.window import GAPS, QUARTER

HABIT_DAYS = 3  # from so many purchase days on, a category is a habit


@aggregate("mean", unit="orders")
def orders_mean(orders: Expr) -> Expr:
    """Orders per purchase day."""
    return positive(orders)


@measure("sum")
def lines_sum(lines: Expr) -> Expr:
    """Lines bought."""
    return lines


@derived(unit="lines")
def lines_mean(lines_sum: Expr, purchases_total: Expr) -> Expr:
    """Lines per purchase."""
    return lines_sum / purchases_total


@aggregate("sum", unit="lines")
def lines_first(is_first: Expr, lines: Expr) -> Expr:
    """Lines of the first purchase."""
    return where(is_first, lines)


@aggregate("mean", unit="lines", of="recent")
def lines_recent(lines: Expr) -> Expr:
    """Mean lines of the last three purchases."""
    return lines


@derived(unit="ratio")
def lines_recent_ratio(lines_recent: Expr, lines_mean: Expr) -> Expr:
    """lines_recent over lines_mean: below 1, baskets shrink."""
    return ratio(lines_recent, lines_mean)


@aggregate("mean", unit="units")
def quantity_mean(is_purchase: Expr, quantity: Expr) -> Expr:
    """Units per purchase."""
    return only(is_purchase, quantity)


@aggregate("sum", unit="units")
def quantity_first(is_first: Expr, quantity: Expr) -> Expr:
    """Units of the first purchase."""
    return where(is_first, quantity)


@aggregate("sum", unit="units", of="last")
def quantity_last(quantity: Expr) -> Expr:
    """Units of the last purchase."""
    return quantity


@measure("sum")
def quantity_sum(quantity: Expr) -> Expr:
    """Units bought."""
    return quantity


@derived(unit="money per unit")
def price_mean(gross_sum: Expr, quantity_sum: Expr) -> Expr:
    """Money paid per unit. Null unless units are counted."""
    return ratio(gross_sum, quantity_sum)


@aggregate("sum", unit="products")
def products_total(new_products: Expr) -> Expr:
    """Different products bought so far."""
    return new_products


@measure("sum")
def products_sum(products: Expr) -> Expr:
    """Different products of each day, summed over days."""
    return products


@derived(unit="products")
def products_mean(products_sum: Expr, purchases_total: Expr) -> Expr:
    """Different products per purchase."""
    return products_sum / purchases_total


@aggregate("sum", unit="products")
def products_first(is_first: Expr, products: Expr) -> Expr:
    """Different products of the first purchase."""
    return where(is_first, products)


@derived(unit="share")
def new_product_share(products_total: Expr, products_sum: Expr) -> Expr:
    """Share of products that were bought for the first time: 1 without any repetition."""
    return ratio(products_total, products_sum)


@measure("sum", windows=(QUARTER,))
def products_in(products: Expr) -> Expr:
    """Different products of each day in the {window}."""
    return products


@measure("sum", windows=(QUARTER,))
def new_products_in(new_products: Expr) -> Expr:
    """Products first bought in the {window}."""
    return new_products


@derived(unit="share")
def new_product_share_90d(new_products_in_90d: Expr, products_in_90d: Expr) -> Expr:
    """Share of products of the last 90 days that were new to the customer. Null without any."""
    return ratio(new_products_in_90d, products_in_90d)


@aggregate("sum", unit="categories")
def categories_total(new_categories: Expr) -> Expr:
    """Different categories bought so far."""
    return new_categories


@measure("sum")
def categories_sum(categories: Expr) -> Expr:
    """Different categories of each day, summed over days."""
    return categories


@derived(unit="categories")
def categories_mean(categories_sum: Expr, purchases_total: Expr) -> Expr:
    """Different categories per purchase."""
    return categories_sum / purchases_total


@aggregate("sum", unit="categories")
def categories_first(is_first: Expr, categories: Expr) -> Expr:
    """Different categories of the first purchase."""
    return where(is_first, categories)


@measure("sum")
def category_steps(category_entropy_step: Expr) -> Expr:
    """Sum over categories of n log n, n the days on which it was bought."""
    return category_entropy_step


@derived(unit="nats")
def category_entropy(category_steps: Expr, categories_sum: Expr) -> Expr:
    """Entropy of the categories bought, each counted once a day: 0 when always the same one."""
    return entropy(category_steps, categories_sum)


@measure("max")
def category_top(category_rank: Expr) -> Expr:
    """Days on which the favourite category was bought."""
    return category_rank


@derived(unit="share")
def category_top_share(category_top: Expr, purchases_total: Expr) -> Expr:
    """Share of purchases that include the favourite category."""
    return ratio(category_top, purchases_total)


@aggregate("sum", unit="categories", windows=(*GAPS[2:], QUARTER), table="categories")
def categories(owned: Expr) -> Expr:
    """Different categories bought in the {window}. Null for customers whose lines name none."""
    return owned


@measure("sum", windows=GAPS[3:], table="categories")
def habits_kept(owned: Expr, purchase_days: Expr) -> Expr:
    """Categories bought on at least three days, the last time in the {window}."""
    return where(purchase_days >= HABIT_DAYS, owned)


@measure("sum", table="categories")
def habits(owned: Expr, purchase_days: Expr) -> Expr:
    """Categories bought on at least three days."""
    return where(purchase_days >= HABIT_DAYS, owned)


@derived(unit="share")
def categories_lost_share(habits_kept_8gaps: Expr, habits: Expr) -> Expr:
    """Share of habitual categories (bought on three days or more) not bought for 8 median gaps.

    Null without a habitual category.
    """
    return ratio(habits - habits_kept_8gaps, habits)


@derived(unit="share")
def categories_kept_share(categories_8gaps: Expr, categories_total: Expr) -> Expr:
    """Share of all categories ever bought that were bought in the last 8 median gaps of the base."""
    return ratio(categories_8gaps, categories_total)


@measure("sum")
def discount_sum(discount: Expr) -> Expr:
    """Money taken off."""
    return discount


@measure("sum", windows=(QUARTER,))
def discount_in(discount: Expr) -> Expr:
    """Money taken off in the {window}."""
    return discount


@measure("sum", windows=(QUARTER,))
def gross_in(gross: Expr) -> Expr:
    """Money paid before refunds in the {window}."""
    return gross


@derived(unit="share")
def discount_share(discount_sum: Expr, gross_sum: Expr) -> Expr:
    """Discount as a share of the undiscounted price (paid plus taken off)."""
    return ratio(discount_sum, gross_sum + discount_sum)


@derived(unit="share")
def discount_share_90d(discount_in_90d: Expr, gross_in_90d: Expr) -> Expr:
    """The same over the last 90 days. Null without a purchase there."""
    return ratio(discount_in_90d, gross_in_90d + discount_in_90d)


@aggregate("mean", unit="share")
def discounted_purchase_share(is_purchase: Expr, discount: Expr) -> Expr:
    """Share of purchases with any discount."""
    return only(is_purchase, (discount > 0).cast(nw.Float64))


@measure("sum")
def cost_sum(cost: Expr) -> Expr:
    """What the goods cost, returned ones taken off."""
    return cost


@derived(unit="money")
def margin_total(spend_total: Expr, cost_sum: Expr) -> Expr:
    """Spend less the cost of the goods."""
    return spend_total - cost_sum


@derived(unit="share")
def margin_share(margin_total: Expr, spend_total: Expr) -> Expr:
    """Margin as a share of spend. Null unless spend is above zero."""
    return ratio(margin_total, spend_total)
