"""The report: one HTML file that a retention manager reads from top to bottom."""

from setia.report.page.settings import ReportSettings

__all__ = ["ReportSettings"]
