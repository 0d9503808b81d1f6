"""Charts as Vega-Lite describes them: data, marks and words; colours are the page's, so that they follow its theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

Row = Mapping[str, Any]
Spec = dict[str, Any]

SCHEMA: Final = "https://vega.github.io/schema/vega-lite/v6.json"
#: The version of Vega-Lite that the bundle in the page holds, as `vl_convert` names it.
VERSION: Final = "6.4"
HEIGHT: Final = 260
#: What a row of a chart with names on its side takes, and what its axis, legend and titles do.
STEP, FRAME = 30, 60
#: Points that nobody sees: a line without points of its own still answers to the pointer near it.
HIDDEN: Final[Spec] = {"type": "point", "filled": True, "size": 120, "opacity": 0}
#: Custom properties of the style sheet; in the light and in the dark the colour-blind can tell them apart.
COLOURS: Final = ("var(--c1)", "var(--c2)", "var(--c3)", "var(--c4)", "var(--c5)")
SOFT, INK, FAINT, GRID = "var(--c1-soft)", "var(--ink)", "var(--faint)", "var(--grid)"
#: Lines differ in their strokes as well: in grey print they stay apart.
STROKES: Final = ([1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [1, 3])
PER_CENT, PLAIN, DECIMAL, MONTH = ".0%", ",.0f", ",.2~f", "%b %Y"


@dataclass(frozen=True)
class Axis:
    """What an axis shows: the `field` of the rows, its `title`, how numbers are written, and where it begins."""

    field: str
    title: str
    format: str | None = None
    kind: str = "quantitative"
    domain: tuple[float, float] | None = None
    zero: bool = True
    ticks: int | None = None
    angle: int | None = None

    def encoding(self) -> Spec:
        """Return the channel of this axis."""
        axis: Spec = {"title": self.title or None}
        if self.format:
            axis["format"] = self.format
        if self.ticks:
            axis["tickCount"] = self.ticks
        if self.angle is not None:
            axis["labelAngle"] = self.angle
        found: Spec = {"field": self.field, "type": self.kind, "axis": axis}
        if self.kind == "quantitative":
            found["scale"] = {"zero": self.zero, **({"domain": list(self.domain)} if self.domain else {}), "nice": True}
        if self.kind in ("nominal", "ordinal"):
            found["sort"] = None
            axis["labelLimit"] = 250
        return found


@dataclass(frozen=True)
class Tip:
    """One line of a tooltip."""

    field: str
    title: str
    format: str | None = None
    kind: str = "quantitative"

    def encoding(self) -> Spec:
        """Return it as Vega-Lite takes it."""
        found: Spec = {"field": self.field, "title": self.title, "type": self.kind}
        return {**found, "format": self.format} if self.format else found


def chart(rows: Sequence[Row], layers: Sequence[Spec], height: int = HEIGHT) -> Spec:
    """Return a chart as wide as its place on the page, of layers over the same rows."""
    return {
        "$schema": SCHEMA,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit", "contains": "padding"},
        "data": {"values": [dict(row) for row in rows]},
        "layer": list(layers),
        "config": _config(),
    }


def rowed(rows: int, step: int = STEP) -> int:
    """Return the height of a chart with so many rows of names on its side."""
    return step * rows + FRAME


def _config() -> Spec:
    text = {"labelColor": FAINT, "titleColor": INK, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": 500}
    return {
        "background": "transparent",
        "font": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
        "view": {"stroke": None},
        "axis": {**text, "gridColor": GRID, "domain": False, "ticks": False, "labelPadding": 6, "titlePadding": 10},
        "axisQuantitative": {"tickCount": 6},
        "axisX": {"grid": False, "domain": True, "domainColor": GRID, "labelFlush": False},
        "legend": {**text, "orient": "top", "title": None, "symbolStrokeWidth": 2.5, "labelLimit": 260, "columns": 3},
        "text": {"fill": INK, "fontSize": 12},
    }


def lines(
    x: Axis, y: Axis, series: str, names: Sequence[str], tips: Sequence[Tip], *, points: bool = True
) -> list[Spec]:
    """Draw a line for each series, `names` in the order of their colours, and a point for each row."""
    places: Spec = {"x": x.encoding(), "y": y.encoding()}
    told = [tip.encoding() for tip in tips]
    legend = {"symbolType": "stroke", "symbolSize": 300}
    colour: Spec = {"field": series, "type": "nominal", "scale": _scale(names, COLOURS), "legend": legend}
    stroke = {"field": series, "type": "nominal", "scale": _scale(names, STROKES)}
    line: Spec = {
        "mark": {"type": "line", "strokeWidth": 2.5},
        "encoding": {
            **places,
            "color": colour,
            "strokeDash": stroke,
            "tooltip": told,
        },
    }
    mark = {"type": "point", "filled": True, "size": 45, "opacity": 1} if points else HIDDEN
    dots: Spec = {"mark": mark, "encoding": {**places, "color": colour, "tooltip": told}}
    return [line, dots]


def _scale(names: Sequence[str], values: Sequence[Any]) -> Spec:
    return {"domain": list(names), "range": [values[k % len(values)] for k in range(len(names))]}


def bars(x: Axis, y: Axis, tips: Sequence[Tip], colour: str = COLOURS[0], **mark: Any) -> Spec:
    """Draw bars of one colour."""
    return {
        "mark": {"type": "bar", "color": colour, "cornerRadiusEnd": 2, **mark},
        "encoding": {"x": x.encoding(), "y": y.encoding(), "tooltip": [tip.encoding() for tip in tips]},
    }


def upright(value: Any, axis: str, words: str | None = None, *, before: bool = False) -> list[Spec]:
    """Draw a thin line at a value of an axis (x or y), with words behind it, or before it where the chart ends."""
    found: list[Spec] = [
        {
            "data": {"values": [{}]},
            "mark": {"type": "rule", "color": FAINT, "strokeDash": [4, 3]},
            "encoding": {axis: {"datum": value}},
        }
    ]
    if words:
        mark = {
            "type": "text",
            "align": "right" if before else "left",
            "dx": -5 if before else 5,
            "dy": 0,
            "baseline": "bottom",
            "color": INK,
            "text": words,
        }
        found.append(
            {
                "data": {"values": [{}]},
                "mark": mark,
                "encoding": {axis: {"datum": value}, "y": {"value": {"expr": "height - 6"}}},
            }
        )
    return found
