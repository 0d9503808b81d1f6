"""How every figure looks: size, colours that the colour-blind can tell apart, titles that say the finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: Width and height in inches; with DPI they make 900 x 600 pixels.
SIZE: Final = (9.0, 6.0)
DPI: Final = 100

#: Okabe & Ito (2008). Ours comes first; the rules differ from it, and from each other, in line as well.
OURS: Final = "#0072B2"
OURS_LIGHT: Final = "#A9D1EA"
RULES: Final = ("#D55E00", "#009E73", "#CC79A7", "#E69F00")
DASHES: Final = ((0, (6, 2)), (0, (2, 1.5)), (0, (8, 2, 2, 2)), (0, (1, 1)))
MARKERS: Final = ("s", "^", "D", "v")
INK: Final = "#1F2933"
FAINT: Final = "#616E7C"
GRID: Final = "#E4E7EB"


def blank(title: str, about: str, x: str, y: str, left: float = 0.095) -> tuple[Figure, Axes]:
    """Return an empty figure with a title (the finding), a line about its data, and the axes' names."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE, dpi=DPI, facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((left, 0.115, 0.955 - left, 0.735))
    figure.text(0.03, 0.945, title, fontsize=15, fontweight="bold", color=INK, va="center")
    figure.text(0.03, 0.893, about, fontsize=10.5, color=FAINT, va="center")
    axes.set_xlabel(x, fontsize=11, color=INK, labelpad=7)
    axes.set_ylabel(y, fontsize=11, color=INK, labelpad=7)
    axes.tick_params(colors=FAINT, labelsize=10, length=0, pad=6)
    axes.grid(color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for name, spine in axes.spines.items():
        spine.set_visible(name == "bottom")
        spine.set_color("#9AA5B1")
    return figure, axes


def per_cent(axes: Axes, which: str, decimals: int = 0) -> None:
    """Write the ticks of an axis (x or y) of shares as per cent."""
    from matplotlib.ticker import PercentFormatter

    axis = axes.xaxis if which == "x" else axes.yaxis
    axis.set_major_formatter(PercentFormatter(1.0, decimals=decimals, symbol=" %"))


def thousands(axes: Axes) -> None:
    """Write the y ticks with a mark between thousands."""
    from matplotlib.ticker import FuncFormatter

    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.10g}"))


def legend(axes: Axes, where: Literal["upper left", "upper right", "lower left", "lower right"]) -> None:
    """Name what is drawn, last drawn first: it lies on top."""
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles[::-1],
        labels[::-1],
        loc=where,
        fontsize=10.5,
        framealpha=0.9,
        edgecolor="none",
        labelcolor=INK,
        handlelength=2.8,
    )


def line(k: int) -> dict[str, Any]:
    """Return how the curve of the k-th method looks; 0 is ours."""
    if k == 0:
        return {"color": OURS, "linewidth": 2.6, "linestyle": "-"}
    k = (k - 1) % len(RULES)
    return {"color": RULES[k], "linewidth": 1.6, "linestyle": DASHES[k]}


def points(k: int) -> dict[str, Any]:
    """Return how the points and error bars of the k-th method look; 0 is ours."""
    if k == 0:
        return {**line(0), "fmt": "o", "markersize": 7, "capsize": 3, "elinewidth": 1.3}
    return {**line(k), "fmt": MARKERS[(k - 1) % len(MARKERS)], "markersize": 5, "capsize": 2, "elinewidth": 0.9}
