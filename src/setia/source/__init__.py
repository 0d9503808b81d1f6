"""The door of the house: files, databases, samples and simulated worlds become one clean `Log`."""

from setia.source.door import read, until
from setia.source.log import Log
from setia.source.quarantine import Example, Quarantine
from setia.source.settings import ColumnMap, SourceSettings

__all__ = ["ColumnMap", "Example", "Log", "Quarantine", "SourceSettings", "read", "until"]
