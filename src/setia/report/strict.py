"""What strict JSON can hold: no NaN, no number of NumPy's."""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def finite(node: Any) -> Any:
    """Return content that strict JSON can hold: null for NaN, plain numbers for NumPy's."""
    if isinstance(node, dict):
        return {key: finite(value) for key, value in node.items()}
    if isinstance(node, list | tuple):
        return [finite(value) for value in node]
    if isinstance(node, np.generic):
        node = node.item()
    return None if isinstance(node, float) and not math.isfinite(node) else node
