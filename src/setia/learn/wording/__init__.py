"""The words of the reasons: one table per language, of the same keys, and how numbers are put into them."""

from setia.learn.wording.say import WORDS, worded
from setia.learn.wording.table import Table

__all__ = ["WORDS", "Table", "worded"]
