"""The log made ready once, and cut at a day: what was known (History, Known) and what came after (Future).

No module outside this package compares a date with a cutoff.
"""

from setia.history.base import Base
from setia.history.chunk import CATEGORY_COLUMNS, DAY_COLUMNS, Chunk
from setia.history.cut import Future, History, future_of, history_of
from setia.history.days import LineProfit
from setia.history.known import Entries, Known
from setia.history.preparation import Prepared, prepare
from setia.history.runs import sorting
from setia.history.shelf import CategoryDays, Shelf, Stock, bought_next, category_days, every_nth, shelf_of, stock_at
from setia.history.visits import Visits, joined, visits_of

__all__ = [
    "CATEGORY_COLUMNS",
    "DAY_COLUMNS",
    "Base",
    "CategoryDays",
    "Chunk",
    "Entries",
    "Future",
    "History",
    "Known",
    "LineProfit",
    "Prepared",
    "Shelf",
    "Stock",
    "Visits",
    "bought_next",
    "category_days",
    "every_nth",
    "future_of",
    "history_of",
    "joined",
    "prepare",
    "shelf_of",
    "sorting",
    "stock_at",
    "visits_of",
]
