"""What it means to defect: one file per definition, and the horizon that the log suggests."""

from setia.defection.any_of import AnyOf
from setia.defection.category import Category
from setia.defection.definition import Definition
from setia.defection.expectation import expected
from setia.defection.horizon import HorizonCurve, choose_horizon
from setia.defection.known import DEFINITIONS, as_dict, definition_of
from setia.defection.partial import Partial
from setia.defection.rhythm import Rhythm
from setia.defection.silence import Silence
from setia.defection.words import words_in

__all__ = [
    "DEFINITIONS",
    "AnyOf",
    "Category",
    "Definition",
    "HorizonCurve",
    "Partial",
    "Rhythm",
    "Silence",
    "as_dict",
    "choose_horizon",
    "definition_of",
    "expected",
    "words_in",
]
