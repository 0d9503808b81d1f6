"""The log made ready once, and cut at a day: what was known (History) and what came after (Future).

No module outside this package compares a date with a cutoff.
"""

from setia.history.base import Base
from setia.history.cut import Future, History, future, history
from setia.history.preparation import DAY_COLUMNS, Prepared, prepare

__all__ = ["DAY_COLUMNS", "Base", "Future", "History", "Prepared", "future", "history", "prepare"]
