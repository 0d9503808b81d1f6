"""Campaigns from the scores of a day: whom to contact and whom to leave alone by lot, and what it brought."""

from setia.act.divesting import Divesting, divest, note_divested
from setia.act.ground import COLUMNS, Scored, scored_of, scored_table
from setia.act.readback import Reading, keep, readback
from setia.act.run import Acting, act, decide, found, name_of, note
from setia.act.segments import Segments, SegmentSettings, divided, segments
from setia.act.settings import ActSettings, ReadbackSettings

__all__ = [
    "COLUMNS",
    "ActSettings",
    "Acting",
    "Divesting",
    "ReadbackSettings",
    "Reading",
    "Scored",
    "SegmentSettings",
    "Segments",
    "act",
    "decide",
    "divest",
    "divided",
    "found",
    "keep",
    "name_of",
    "note",
    "note_divested",
    "readback",
    "scored_of",
    "scored_table",
    "segments",
]
