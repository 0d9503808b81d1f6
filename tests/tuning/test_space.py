"""Every name of a space is a number that training has and that a trial may vary."""

from __future__ import annotations

import functools

import makers
import pytest
from small_tuning import SPACE

from setia.config import compose
from setia.config.recipe import recipe_of
from setia.errors import InputError
from setia.tuning import Range, Recipe
from setia.tuning.space import check_space, overrides, spelled


@functools.cache
def recipe() -> Recipe:
    return recipe_of(compose([*makers.QUICK, f"horizon_days={makers.HORIZON}"]))


def test_the_space_in_conf_fits_the_defaults_in_conf() -> None:
    config = compose()
    assert len(config.tune.ranges) >= 8
    check_space(config.tune.ranges, recipe_of(config).numbers)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("classifier.estimator.num_leafs", "no number among the settings. The nearest is classifier.estimator.num_l"),
        ("combine.value_prior_row", "The nearest is combine.value_prior_rows."),
        ("classifier.estimator.objective", "is no number"),
        ("horizon_days", "features and outcomes are built once"),
        ("panel.max_rows", "built once for all trials: .* The nearest is panel.max_fit_rows"),
    ],
)
def test_an_unknown_or_unfit_name_is_refused_with_the_nearest(name: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        check_space([Range((name,), "float", 1.0, 1e9)], recipe().numbers)


def test_a_default_outside_of_its_range_is_refused() -> None:
    with pytest.raises(InputError, match=r"combine.value_prior_rows=1500 as it stands lies outside .*, 1 to 2; widen"):
        check_space([Range(("combine.value_prior_rows",), "float", 1.0, 2.0)], recipe().numbers)


def test_a_name_stands_once_and_names_that_share_a_value_agree() -> None:
    rows = Range(("combine.value_prior_rows",), "float", 1.0, 1e6)
    with pytest.raises(InputError, match=r"names combine\.value_prior_rows twice"):
        check_space([rows, rows], recipe().numbers)
    with pytest.raises(InputError, match="they differ as they stand"):
        check_space([Range(("combine.value_prior_rows", "combine.bend_gain"), "float", 0.0, 1e6)], recipe().numbers)
    with pytest.raises(InputError, match="nothing to search"):
        check_space([], recipe().numbers)


def test_names_that_share_a_range_get_its_value() -> None:
    values = {SPACE["leaves"].name: 7, SPACE["share"].name: 0.5}
    assert overrides(spelled(tuple(SPACE.values()), values)) == (
        "classifier.estimator.num_leaves=7",
        "regressor.estimator.num_leaves=7",
        "combine.forest_share=0.5",
    )


def test_a_recipe_makes_settings_that_differ_in_what_is_asked_only() -> None:
    made, stand = recipe().make({"combine.forest_share": 0.25, "cutoffs.count": 1}), recipe().make({})
    assert (made.combine.forest_share, made.cutoffs.count) == (0.25, 1)
    assert stand.cutoffs.count == 2  # as the command line said
    assert made.horizon_days == stand.horizon_days == 30
    assert made.classifier.estimator().get_params() == stand.classifier.estimator().get_params()
