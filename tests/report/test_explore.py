"""The figures of a log: what they say is what the log holds, on logs of every odd kind."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure

from setia.defection import HorizonCurve
from setia.report import explore


def table(*rows: tuple[str, str, float]) -> pd.DataFrame:
    """Customer-days; a value of 0 or less is no purchase."""
    frame = pd.DataFrame(rows, columns=["customer_id", "date", "value"])
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.assign(is_purchase=frame["value"] > 0)


LOG = table(
    ("a", "2022-01-01", 10.0),
    ("a", "2022-01-05", 20.0),
    ("a", "2022-01-06", -5.0),
    ("a", "2022-02-04", 30.0),
    ("b", "2022-01-03", 45.0),
    ("c", "2022-01-02", -1.0),
    ("c", "2022-03-01", 0.0),
)
LAST = pd.Timestamp("2022-03-01")


def said(figure: Figure) -> str:
    return figure.texts[0].get_text()


def test_gaps_run_from_purchase_to_purchase_of_one_customer() -> None:
    assert explore.gap_days(LOG).tolist() == [4.0, 30.0]
    shuffled = LOG.sample(frac=1.0, random_state=1)
    assert sorted(explore.gap_days(shuffled)) == [4.0, 30.0]


def test_titles_say_what_the_log_holds() -> None:
    assert said(explore.over_time(LOG)).startswith("50 % of all purchases")  # two of four come after a first one
    assert said(explore.gaps(LOG)) == "Half of all gaps are at most 17 days, nine tenths at most 27 days"
    # c never bought; a brought 55, b 45
    assert said(explore.buyers(LOG)) == "One-time buyers: 50 % of the customers, 45 % of all revenue"
    assert "22 % of all revenue" in said(explore.concentration(LOG))
    assert said(explore.timeline(LOG[LOG["customer_id"] == "a"], LAST)) == (
        "No purchase for 25 days; half of the gaps before were at most 17 days"
    )


def test_bars_over_time_add_up_to_all_purchases() -> None:
    axes = explore.over_time(LOG).axes[0]
    days = (LAST - pd.Timestamp("2022-01-01")).days + 1
    spans = [min(7, days - start) for start in range(0, days, 7)]
    assert len(axes.patches) == 2 * len(spans)
    drawn = sum(bar.get_height() * span for bar, span in zip(axes.patches, spans + spans, strict=True))
    assert drawn == pytest.approx(4)


def test_groups_of_buyers_hold_everybody_once() -> None:
    days = pd.concat(
        table(*((f"c{number}", str(date)[:10], 1.0) for date in pd.date_range("2022-01-01", periods=number)))
        for number in (1, 2, 3, 5, 6, 10, 11, 20, 21, 50, 51, 99)
    )
    customers = [bar.get_height() for bar in explore.buyers(days).axes[0].patches[: len(explore.GROUPS)]]
    assert np.multiply(customers, 12) == pytest.approx([1, 1, 2, 2, 2, 2, 2])


@pytest.mark.parametrize("name", explore.FIGURES)
@pytest.mark.parametrize(
    "days",
    [
        LOG,
        LOG.drop(columns="value"),
        table(("a", "2022-01-01", 1.0)),
        table(("a", "2022-01-01", 1.0), ("a", "2022-01-02", -9.0), ("b", "2022-01-01", 2.0)),
    ],
    ids=["usual", "no amounts", "one line", "more refunds than sales"],
)
@pytest.mark.filterwarnings("error")
def test_every_figure_of_every_log_is_drawn(name: str, days: pd.DataFrame) -> None:
    figure = explore.FIGURES[name](days)
    figure.canvas.draw()
    assert "nan" not in said(figure).lower()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    ("curve", "start"),
    [
        (HorizonCurve((1, 2, 3), (0.5, 0.8, 0.95), 7, 0.9, 3, True), "Within 7 days"),
        (HorizonCurve((1, 2, 3), (0.1, 0.2, 0.3), 3, 0.9, 3, False), "90 % of the customers who return need longer"),
        (HorizonCurve((), (), 3, 0.9, 3, False), "Nobody"),
    ],
)
def test_the_horizon_is_told_also_where_it_was_not_reached(curve: HorizonCurve, start: str) -> None:
    figure = explore.returning(curve)
    figure.canvas.draw()
    assert said(figure).startswith(start)


def test_a_customer_who_bought_today_is_not_called_silent() -> None:
    one = table(("a", "2022-01-01", 1.0))
    figure = explore.timeline(one, pd.Timestamp("2022-01-01"))
    figure.canvas.draw()
    assert said(figure) == "Last purchase on the log's last day"
