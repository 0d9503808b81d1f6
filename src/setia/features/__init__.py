"""Features: declared once, one file a family, computed on any engine from a `History` alone."""

from setia.features.build import as_lists, as_matrix, build, matrices, matrix_in, named, select, switched_off, table
from setia.features.feature import FAMILIES, Feature
from setia.features.settings import FeatureSettings

__all__ = [
    "FAMILIES",
    "Feature",
    "FeatureSettings",
    "as_lists",
    "as_matrix",
    "build",
    "matrices",
    "matrix_in",
    "named",
    "select",
    "switched_off",
    "table",
]
