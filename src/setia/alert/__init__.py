"""When a customer's pattern changes for the worse: told in time, at a wanted rate of false alarms, and judged."""

from setia.alert.ledger import Alert
from setia.alert.replay import Quality
from setia.alert.run import Alerting, alert, keep
from setia.alert.settings import AlertSettings
from setia.alert.watching import OURS, Replay, Watched

__all__ = ["OURS", "Alert", "AlertSettings", "Alerting", "Quality", "Replay", "Watched", "alert", "keep"]
