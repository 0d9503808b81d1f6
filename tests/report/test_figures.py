import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from small_training import small_training

from setia.features.dictionary import offered
from setia.report import figures
from setia.report.outcome import outcomes

NAMES = [
    "calibration",
    "gain_defection",
    "gain_value",
    "lift_defection",
    "lift_value",
    "deciles_defection",
    "deciles_value",
    "importance",
]


def test_every_figure_is_a_png_of_one_size(tmp_path: Path) -> None:
    from matplotlib.image import imread

    training = small_training()
    pyplot = sys.modules.pop("matplotlib.pyplot", None)  # another test of this process may have used it
    try:
        paths = figures.save(training, tmp_path / "new" / "figures")
        assert "matplotlib.pyplot" not in sys.modules, "drawing must not touch pyplot's global state"
    finally:
        if pyplot is not None:
            sys.modules["matplotlib.pyplot"] = pyplot
    assert [path.stem for path in paths] == NAMES
    for path in paths:
        pixels = imread(path)
        assert pixels.shape[:2] == (600, 900)
        assert pixels[..., :3].std() > 0.05, f"{path.stem} is blank"


def test_titles_say_the_finding_and_nothing_leaves_the_page() -> None:
    training = small_training()
    for name, figure in figures.draw(training):
        figure.draw_without_rendering()
        assert any(character.isdigit() for character in figure.texts[0].get_text()), name
        for text in (*figure.texts, *figure.axes[0].texts):
            assert text.get_window_extent().x1 <= 900, f"{name}: {text.get_text()}"


def test_the_longest_names_of_features_fit() -> None:
    longest = sorted(offered(), key=lambda feature: len(feature.name))[-figures.TOP :]
    shares = tuple((feature.name, 1 / figures.TOP) for feature in longest)
    figure = figures.importance(replace(small_training(), features=tuple(longest), importance=shares))
    figure.draw_without_rendering()
    [axes] = figure.axes
    assert all(label.get_window_extent().x0 >= 0 for label in axes.get_yticklabels())
    assert all(text.get_window_extent().x1 <= 900 for text in axes.texts)


def test_figures_name_all_methods_and_the_unit_of_money() -> None:
    drawn = dict(figures.draw(small_training()))
    labels = drawn["calibration"].axes[0].get_legend_handles_labels()[1]
    assert set(labels) == {"perfect", "setia", "days since last", "last horizon again"}
    assert drawn["deciles_value"].axes[0].get_ylabel() == "revenue (EUR) per customer (mean)"


@pytest.mark.parametrize("case", ["few rows", "no value", "refunds only", "one probability", "unknown defection"])
def test_strange_holdouts_are_drawn_too(case: str) -> None:
    training = small_training()
    evaluation = training.evaluation
    n = 3 if case == "few rows" else len(evaluation.value)
    methods = tuple(
        replace(
            m,
            p_defect=None if m.p_defect is None else m.p_defect[:n],
            expected_value=None if m.expected_value is None else m.expected_value[:n],
        )
        for m in evaluation.methods
    )
    defected, value = evaluation.defected[:n].copy(), evaluation.value[:n].copy()
    if case == "no value":
        value[:] = 0.0
    if case == "refunds only":
        value = -np.abs(value) - 1
    if case == "unknown defection":
        defected[::2] = np.nan
    if case == "one probability":
        methods = tuple(m if m.p_defect is None else replace(m, p_defect=np.full(n, 0.5)) for m in methods)
    strange = replace(training, evaluation=replace(evaluation, defected=defected, value=value, methods=methods))
    assert not np.isnan(outcomes(strange)[0].actual).any()
    for _, figure in figures.draw(strange):
        figure.draw_without_rendering()
        for text in figure.texts:
            assert "nan" not in text.get_text().split()
            assert text.get_window_extent().x1 <= 900
