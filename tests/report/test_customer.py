"""One customer beside the base: places are shares of customers, the unusual comes first."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from setia.report.customer import beside_the_base


def test_places_and_points_are_of_the_customers_who_have_the_feature() -> None:
    table = pd.DataFrame(
        {"x": [1.0, 2.0, 3.0, 4.0, 5.0], "y": [7.0, 7.0, 7.0, 7.0, np.nan], "z": [np.nan] * 4 + [1.0]},
        index=list("abcde"),
    )
    found = beside_the_base(table, "d", {"x": "the x", "y": "the y", "z": "the z"})
    assert list(found.index) == ["x", "y"]  # z is not known of d; x is more unusual than y
    assert found.loc["x", ["value", "typical", "place"]].tolist() == [4.0, 3.0, 0.7]
    assert found.loc["y", "place"] == 0.5
    assert found.loc["x", "meaning"] == "the x"


@settings(max_examples=15, deadline=None)
@given(st.lists(st.one_of(st.integers(-3, 3), st.none()), min_size=1, max_size=6))
def test_the_places_of_all_customers_average_one_half(values: list[int | None]) -> None:
    table = pd.DataFrame({"x": pd.array(values, dtype="Float64").astype("float64")}, index=range(len(values)))
    places = [
        place for customer in table.index for place in beside_the_base(table, customer, {"x": "x"})["place"].tolist()
    ]
    assert not places or abs(np.mean(places) - 0.5) < 1e-9
    assert all(0 < place < 1 for place in places)
