"""The report: one HTML file that a retention manager reads from top to bottom."""

from setia.report.page.gather import gather
from setia.report.page.making import Report, page, write
from setia.report.page.settings import ReportSettings
from setia.report.page.story import Stages, Story

__all__ = ["Report", "ReportSettings", "Stages", "Story", "gather", "page", "write"]
