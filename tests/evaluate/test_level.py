"""The level of a cutoff: means of what was said and of what came, the unknown left out."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from makers import made_up_panel

from setia.evaluate.level import level


def test_it_compares_means_over_those_who_are_known() -> None:
    panel = made_up_panel(60, (100,))
    unknown = np.arange(60) % 2 == 0
    panel = replace(panel, defected=np.where(unknown, np.nan, np.arange(60) % 4 == 1))
    p = np.where(unknown, 0.9, 0.25)
    found = level(panel, 100, "holdout", p, np.full(60, 2 * panel.value.mean()))
    assert (found.cutoff, found.role, found.customers) == (100, "holdout", 60)
    assert (found.defected, found.p_defect) == (0.5, 0.25)
    assert found.bias == pytest.approx(1)
    assert found.expected_value == pytest.approx(2 * found.value)


def test_where_nobody_is_known_it_has_nothing_to_say_of_defection() -> None:
    panel = made_up_panel(20, (100,))
    found = level(replace(panel, defected=np.full(20, np.nan)), 100, "validation", np.full(20, 0.5), panel.value)
    assert np.isnan([found.defected, found.p_defect]).all()
    assert found.bias == pytest.approx(0)
