"""The sections of the report, from the story to words."""

from setia.report.page.sections.alerts import alerts
from setia.report.page.sections.campaigns import campaigns
from setia.report.page.sections.cohorts import cohorts
from setia.report.page.sections.concentration import concentration
from setia.report.page.sections.customers import customers
from setia.report.page.sections.definition import definition
from setia.report.page.sections.headline import headline
from setia.report.page.sections.leaving import leaving
from setia.report.page.sections.quality import quality
from setia.report.page.sections.trust import trust

__all__ = [
    "alerts",
    "campaigns",
    "cohorts",
    "concentration",
    "customers",
    "definition",
    "headline",
    "leaving",
    "quality",
    "trust",
]
