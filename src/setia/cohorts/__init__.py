"""The retention rate, month by month: how many stay, and how much of the money stays with them."""

from setia.cohorts.months import month_ends
from setia.cohorts.rates import Month, Retention, RetentionSettings, retention

__all__ = ["Month", "Retention", "RetentionSettings", "month_ends", "retention"]
