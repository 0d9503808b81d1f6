"""Campaigns from the scores of a day: whom to contact and whom to leave alone by lot, and what it brought."""

from setia.act.divesting import Divesting, divest, note_divested
from setia.act.readback import Reading, keep, readback
from setia.act.run import Acting, act, found, name_of, note
from setia.act.segments import Segments, SegmentSettings, segments
from setia.act.settings import ActSettings, ReadbackSettings

__all__ = [
    "ActSettings",
    "Acting",
    "Divesting",
    "ReadbackSettings",
    "Reading",
    "SegmentSettings",
    "Segments",
    "act",
    "divest",
    "found",
    "keep",
    "name_of",
    "note",
    "note_divested",
    "readback",
    "segments",
]
