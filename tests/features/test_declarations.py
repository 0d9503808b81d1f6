"""What is declared: names, meanings, families that switch themselves off, and the committed dictionary."""

from __future__ import annotations

import pytest

from setia.errors import InputError
from setia.features import FAMILIES, FeatureSettings, named, select, switched_off
from setia.features.dictionary import offered, render
from setia.features.feature import catalogue
from setia.schema import LOG_OPTIONAL, LOG_REQUIRED

#: The columns of a log, and profit, which costs make of them.
ALL = (*LOG_REQUIRED, *LOG_OPTIONAL, "profit")


def test_every_family_offers_features_and_there_are_enough() -> None:
    features = select(ALL)
    assert len(features) >= 80
    assert {feature.family for feature in features} == set(FAMILIES)
    assert len({feature.name for feature in features}) == len(features)


def test_names_that_others_rely_on_exist() -> None:
    names = {feature.name for feature in select(("customer_id", "day", "amount"))}
    assert names >= {"days_since_last", "frequency", "recency_days", "T_days", "monetary_value", "own_gap_90_days"}


def test_every_feature_says_what_it_means() -> None:
    for feature in catalogue().values():
        assert feature.doc.endswith("."), feature.name
        assert "{" not in feature.doc, feature.name


def test_few_features_are_the_same_for_everybody() -> None:
    constant = [feature.name for feature in offered() if set(feature.inputs) <= {"base"}]
    assert sorted(constant) == ["base_season_28d", "base_season_91d", "base_trend_28d"]


@pytest.mark.parametrize("column", sorted(LOG_OPTIONAL))
def test_a_missing_column_switches_off_exactly_what_needs_it(column: str) -> None:
    columns = tuple(name for name in ALL if name != column)
    kept = {feature.name for feature in select(columns)}
    lost = {feature.name for feature in select(ALL)} - kept
    assert lost == {feature.name for feature in offered() if column in feature.needs}
    off = switched_off(columns)
    assert sum(count for _, _, count in off) == len(lost)
    assert {missing for _, missing, _ in off} <= {column}


def test_families_may_be_chosen() -> None:
    assert {feature.family for feature in select(ALL, ("rfm", "trend"))} == {"rfm", "trend"}
    assert FeatureSettings(families=["rfm"]).families == ("rfm",)  # type: ignore[arg-type]
    with pytest.raises(InputError, match="season is unknown; use any of rfm"):
        select(ALL, ("season",))


def test_features_come_back_by_name_in_order() -> None:
    assert [feature.name for feature in named(("T_days", "frequency"))] == ["T_days", "frequency"]
    with pytest.raises(InputError, match="no_such is unknown"):
        named(("no_such",))
    with pytest.raises(InputError, match="lines_sum is unknown"):
        named(("lines_sum",))


def test_the_committed_dictionary_is_up_to_date(root) -> None:  # type: ignore[no-untyped-def]
    committed = (root / "docs" / "features.md").read_text(encoding="utf-8")
    assert committed == render(), "run: python -m setia.features.dictionary docs/features.md"


def test_a_dictionary_of_some_features_names_only_those() -> None:
    page = render(named(("T_days",)))
    assert "`T_days`" in page
    assert "`frequency`" not in page
