"""The page that convinces a sceptic: the backtest in the terminal, as Markdown, and as JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from setia.evaluate.comparison import Comparison, Verdict
from setia.evaluate.measures import CALIBRATED, MEASURES
from setia.output import locked, written
from setia.report.closing import close, step
from setia.report.layout import as_is, console, fact, table, tell
from setia.report.terminal import LABELS, OURS
from setia.timeline import date_of

if TYPE_CHECKING:
    from rich.table import Table

    from setia.backtest import Backtest, CutoffResult
    from setia.progress import Progress
    from setia.source import Log

#: A terminal or a log of this many columns shows every table whole.
WIDTH: Final = 100
NAMES: Final = {
    **LABELS,
    "calibration_error": "calibration",
    "campaign_share": "campaign",
    "interval_score": "interval score",
    "coverage": "coverage of 80 %",
    "pit_ks": "PIT distance",
}
MONEY: Final = ("rmse", "mae", "interval_score")
HEADS: Final = ("figure", OURS, "best peer", "who", "ratio", "difference, 95 %", "verdict")
PEERS: Final = """\
The peers saw the same log up to the same day. **BG/NBD + GG** and **MBG/NBD + GG**: the purchase model with
Gamma-Gamma spend. **Pareto/NBD + mean**: with the customer's own mean spend. Their probability of defection is the
exact P(no purchase); **exp(-E)** is the cruder exp(-expected purchases) of the same model. Their interval is that of
their own posterior predictive. **LightGBM on RFM**: its defaults, on 15 columns of recency, frequency and money at one
earlier cutoff. **days since last**: as a share of the longest silence. **last 30 days beside 90 before** (where
defection is more than silence): 1 less the share of the last 30 days' visits in the sum of these and a third of those
of the 90 days before. **spend rate**: value per day of tenure, times the horizon. *(cal.)*: against peers whose
probability went through Platt's logistic curve, learnt from what came of the same peer's forecasts one horizon earlier.

The best peer is chosen after the fact, figure by figure and cutoff by cutoff: no single tool is as good. The ratio is
Setia's figure over the best peer's. The difference is Setia's less the peer's (of bias and coverage: of the distances
to 0 and to 80 %), with its 95 % interval over bootstrap samples of customers, the same samples for both. *better* and
*worse* are said only where that interval leaves out zero, *open* where it does not.

MPC (Verbeke et al. 2012) and EMPC (Verbraken et al. 2013): profit per customer of the best campaign to keep them, on
the papers' terms (a customer is worth 200). campaign: what contacting all who are expected to pay would have earned, of
what a campaign by the truth would; customers weigh what they bring in a year."""


def number(metric: str, value: float | None, *, signed: bool = False) -> str:
    """Write a figure as its metric is read."""
    if value is None or value != value:
        return "-"
    if metric in MONEY:
        decimals = 2 if abs(value) < 100 else 1 if abs(value) < 10_000 else 0
        return f"{value:{'+' if signed else ''},.{decimals}f}"
    return f"{value:+.3f}" if signed or metric == "bias" else f"{value:.3f}"


def label(verdict: Verdict) -> str:
    """Name the figure, and say where the peers were calibrated."""
    return NAMES[verdict.metric] + (" (cal.)" if verdict.form == CALIBRATED else "")


def _cells(verdict: Verdict) -> tuple[str, ...]:
    metric = verdict.metric
    ratio = "-" if metric in ("bias", "coverage") else f"{verdict.ratio:.3f}"
    interval = f"{number(metric, verdict.lo, signed=True)} to {number(metric, verdict.hi, signed=True)}"
    ours, best = (number(metric, value) for value in (verdict.ours, verdict.best))
    return (label(verdict), ours, best, verdict.peer, ratio, interval, verdict.word)


def page(result: Backtest) -> str:
    """Return the backtest as a Markdown page."""
    dates = [date_of(each.cutoff).isoformat() for each in result.results]
    lines = [
        f"# Backtest of {result.log}",
        "",
        f"At each cutoff ({', '.join(dates)}) the log was cut off, everything was trained anew on what was left, and "
        f"the forecasts met the {result.horizon_days} days that followed. Defection is `{result.definition}`, value is "
        f"{result.basis}{f' in {result.currency}' if result.currency else ''}.",
        "",
        *(f"- {sentence}" for sentence in result.left_out),
        *([""] if result.left_out else []),
        f"## On average over {_counted(result)}",
        "",
        *_markdown(HEADS, [_cells(verdict) for verdict in result.average]),
        "",
        "## Bias at each cutoff (forecast total over what came, less one)",
        "",
        *_markdown(*_bias_rows(result)),
    ]
    for each in result.results:
        lines += ["", f"## {title(each)}", "", *_markdown(HEADS, [_cells(v) for v in each.comparison.verdicts])]
        lines += ["", "Every method:", "", *_markdown(*_method_rows(each.comparison))]
    return "\n".join([*lines, "", "## How it was done", "", PEERS, ""])


def _counted(result: Backtest) -> str:
    return "one cutoff" if len(result.results) == 1 else f"{len(result.results)} cutoffs"


def title(result: CutoffResult) -> str:
    """Describe a cutoff in a line."""
    return (
        f"{date_of(result.cutoff)}: {result.customers:,} customers, {100 * result.defected:.1f} % defected, "
        f"mean value {result.value:,.2f}"
    )


def _markdown(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _methods(comparison: Comparison) -> list[str]:
    return list(dict.fromkeys(score.method for score in comparison.scores))


def _bias_rows(result: Backtest) -> tuple[list[str], list[list[str]]]:
    heads, rows = ["cutoff"], []
    for each in result.results:
        told = {s.method: s.value for s in each.comparison.scores if s.metric == "bias"}
        heads = ["cutoff", *told]
        rows.append([date_of(each.cutoff).isoformat(), *(number("bias", value) for value in told.values())])
    return heads, rows


def _method_rows(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return one row per method, one column per figure that anybody has."""
    told = {(score.metric, score.form) for score in comparison.scores}
    columns = [(m.name, m.form) for m in MEASURES if (m.name, m.form) in told]
    heads = [f"{NAMES[metric]}{' (cal.)' if form == CALIBRATED else ''}" for metric, form in columns]
    rows = [
        [method, *(number(metric, comparison.score(metric, method, form)) for metric, form in columns)]
        for method in _methods(comparison)
    ]
    return ["method", *heads], rows


def as_dict(result: Backtest) -> dict[str, Any]:
    """Return the backtest as plain numbers, for JSON."""
    return {
        "log": result.log,
        "currency": result.currency,
        "basis": result.basis,
        "definition": result.definition,
        "horizon_days": result.horizon_days,
        "left_out": list(result.left_out),
        "average": [_verdict(verdict) for verdict in result.average],
        "cutoffs": [
            {
                "as_of": date_of(each.cutoff).isoformat(),
                "customers": each.customers,
                "defected": each.defected,
                "value": each.value,
                "seconds": round(each.seconds, 1),
                "verdicts": [_verdict(verdict) for verdict in each.comparison.verdicts],
                "scores": [
                    {"metric": s.metric, "form": s.form, "method": s.method, "value": s.value}
                    for s in each.comparison.scores
                ],
            }
            for each in result.results
        ],
    }


def _verdict(verdict: Verdict) -> dict[str, Any]:
    names = ("metric", "form", "ours", "peer", "best", "difference", "lo", "hi", "ratio", "ratio_lo", "ratio_hi")
    return {**{name: getattr(verdict, name) for name in names}, "setia_is": verdict.word, "ahead": verdict.ahead}


def write(result: Backtest, output: str) -> Path:
    """Write the page, and the figures beside it as JSON; both appear whole or not at all.

    Raises:
        InputError: they cannot be written.
        LockedError: another run is writing them.
    """
    path = Path(output).resolve()
    figures = json.dumps(as_dict(result), indent=1) + "\n"
    with locked(path):
        for place, text in ((path.with_suffix(".json"), figures), (path, page(result))):
            with written(place, path) as unfinished:
                unfinished.write_text(text, encoding="utf-8")
    return path


def show_backtest(log: Log, result: Backtest, path: Path, progress: Progress, given: Sequence[str] = ()) -> None:
    """Print the verdicts averaged over the cutoffs, the figures of each cutoff, and where the page lies.

    `given` are the overrides of the run.
    """
    out = console()
    out.print()
    out.print(
        f"[bold]Log[/] {as_is(log.name)}: {log.n_customers:,} customers, {date_of(log.first_day)} to "
        f"{date_of(log.last_day)}; horizon {result.horizon_days} days"
    )
    for sentence in result.left_out:
        fact(out, "-", as_is(sentence), width=1)
    for each in result.results:
        tell(out, _table(title(each), each.comparison.verdicts))
    if len(result.results) > 1:
        tell(out, _table(f"On average over {_counted(result)}", result.average))
    out.print(" better, worse: the 95 % interval of the difference leaves out zero", style="dim")
    results = [("page", path), ("figures", path.with_suffix(".json"))]
    steps = [
        step("train on the whole log, track and register", "train", given),
        step("search for better settings", "tune", given),
    ]
    close(out, progress, results, steps)


def _table(heading: str, verdicts: Sequence[Verdict]) -> Table:
    made = table(*HEADS, text=(0, 3, 6), heading=heading)
    styles = {"better": "green", "worse": "red"}
    for verdict in verdicts:
        *cells, word = _cells(verdict)
        made.add_row(*cells, f"[{styles[word]}]{word}[/]" if word in styles else word)
    return made
