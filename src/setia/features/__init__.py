"""Features: declared once, one file a family, computed on any engine from a `History` alone."""

from setia.features.build import build, by_row, matrices, named, select, switched_off
from setia.features.feature import FAMILIES, Feature
from setia.features.settings import FeatureSettings

__all__ = ["FAMILIES", "Feature", "FeatureSettings", "build", "by_row", "matrices", "named", "select", "switched_off"]
