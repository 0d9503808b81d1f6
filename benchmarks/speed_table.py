"""The table of speed in README.md, made from benchmarks/results.json.

python benchmarks/speed_table.py            # writes it between the markers
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- speed -->", "<!-- /speed -->"
#: key -> (part, what, beside what, most that is wanted)
RATIOS = {
    "features_vs_sql": ("features", "features, 12 cutoffs", "DuckDB SQL by hand", 0.5),
    "features_vs_pandas": ("features", "features, 1 cutoff", "vectorised pandas", 1 / 3),
    "features_vs_pandas_12": ("features", "features, 12 cutoffs", "vectorised pandas, days made once", 0.2),
    "features_vs_pandas_anew_12": (
        "features",
        "features, 12 cutoffs",
        "vectorised pandas, from the log each time",
        0.2,
    ),
    "features_12_vs_1_cutoffs": ("features", "features, 12 cutoffs", "ours, 1 cutoff", 3.0),
    "features_vs_scan": ("features", "features, 1 cutoff", "DuckDB adding up the columns", None),
    "score_vs_bare": ("score", "scores from features, written", "bare prediction by the same boosters", 1 / 0.9),
    "train_vs_bare": ("train", "training", "the bare fits on the same matrix", 1.2),
    "btyd_vs_clvkit": ("btyd", "buy-till-you-die fit", "clvkit", 0.05),
}
#: key -> (part, what, unit, most that is wanted)
AMOUNTS = {
    "help_seconds": ("startup", "`--help`", "s", 1.0),
    "outside_seconds": ("train", "`make train` outside features, fits and evaluation", "s", 5.0),
    "imports_seconds": ("train", "of them loading Hydra, LightGBM and MLflow, in a process of its own", "s", None),
    "seconds_200m": ("huge", "features of 200 million lines, 1 cutoff, memory limit 4 GB", "s", None),
    "peak_gb_200m": ("huge", "its peak memory", "GB", 5.0),
}
LARGE, HALF, TENTH = -1, 1, 0
#: key -> (contender, cutoffs, contender, cutoffs, which log by size): the runs behind a ratio.
BEHIND = {
    "features_vs_sql": ("ours", 12, "sql", 12, LARGE),
    "features_vs_pandas": ("ours", 1, "pandas", 1, HALF),
    "features_vs_pandas_12": ("ours", 12, "pandas", 12, HALF),
    "features_vs_pandas_anew_12": ("ours", 12, "pandas_anew", 12, TENTH),
    "features_12_vs_1_cutoffs": ("ours", 12, "ours", 1, LARGE),
    "features_vs_scan": ("ours", 1, "scan", 1, LARGE),
}


def short(count: float) -> str:
    """Write a count of lines or rows."""
    for size, word in ((1e6, "million"), (1e3, "thousand")):
        if count >= size:
            return f"{count / size:.3g} {word}"
    return f"{count:.0f}"


def sides(key: str, results: dict[str, Any]) -> tuple[str, str, str]:
    """Return what is known of the runs behind a ratio: the size, ours, the peer."""
    part = results["parts"].get(RATIOS[key][0], {})
    if key == "score_vs_bare":
        rates = (f"{short(part[name])} rows a second" for name in ("rows_per_second", "bare_rows_per_second"))
        return (f", {short(part['rows'])} customers", *rates)
    if key == "btyd_vs_clvkit":
        return ", CDNOW", *_slowest_fit(part["figures"]["cdnow"])
    if key == "train_vs_bare":
        return "", *(f"{part[name]:.3g} s" if name in part else "" for name in ("ours_seconds", "bare_seconds"))
    ours, cutoffs, peer, peer_cutoffs, size = BEHIND[key]
    runs = [run for run in part["runs"] if not run["without"]]
    sizes = sorted({run["lines"] for run in runs})
    lines = sizes[size]
    of = {(run["contender"], run["cutoffs"]): run for run in runs if run["lines"] == lines}
    both = [of[ours, cutoffs], of[peer, peer_cutoffs]]
    return (f", {short(lines)} lines", *(f"{run['seconds']:.3g} s, {run['peak_gb']:.1f} GB" for run in both))


def _slowest_fit(found: dict[str, Any]) -> tuple[str, str]:
    """Return the seconds of the fit that gains least, ours and the peer's."""
    fits = [fit for fit in found["ours"].values() if "times_as_fast" in fit]
    least = min(fits, key=lambda fit: float(fit["times_as_fast"]))
    return f"{least['seconds']:.2g} s", f"{least['seconds'] * least['times_as_fast']:.2g} s"


def table(results: dict[str, Any]) -> list[str]:
    """Return one row per figure: what, ours, the peer, their ratio, how much is wanted, the command."""
    rows = ["| what | ours | beside | ratio | wanted | `make bench` with |", "|---|---|---|---|---|---|"]
    for key, (part, what, peer, most) in RATIOS.items():
        ratio = results[key]
        log, ours, theirs = sides(key, results) if ratio is not None else ("", "", "")
        beside = f"{peer}: {theirs}" if theirs else peer
        rows.append(f"| {what}{log} | {ours} | {beside} | {_bold(ratio, most)} | {_most(most)} | {_command(part)} |")
    for key, (part, what, unit, most) in AMOUNTS.items():
        limit = f"{_most(most)} {unit}" if most else ""
        rows.append(f"| {what} | {_bold(results[key], most, unit)} | | | {limit} | {_command(part)} |")
    return rows


def _command(part: str) -> str:
    peer = " --peer-python=PATH" if part == "btyd" else ""
    return f'`ARGS="--only {part}{peer}"`'


def _most(most: float | None) -> str:
    return f"at most {most:.2g}" if most else ""


def _bold(value: float | None, most: float | None, unit: str = "") -> str:
    """Write a figure, bold where it is within what is wanted."""
    if value is None:
        return "not run yet"
    text = f"{value:.3g} {unit}".strip()
    return f"**{text}**" if most and value <= most else text


def growth(results: dict[str, Any]) -> list[str]:
    """Return one row per size of log and number of cutoffs: what our features cost."""
    every = [run for part in ("features", "huge") for run in results["parts"].get(part, {}).get("runs", [])]
    runs = [run for run in every if run["contender"] == "ours"]
    rows = ["| lines | cutoffs | seconds | lines a second | peak memory |", "|---|---|---|---|---|"]
    for run in sorted(runs, key=lambda run: (run["lines"], run["cutoffs"])):
        if not run["without"]:
            cells = [f"{run['lines']:,}", str(run["cutoffs"]), f"{run['seconds']:.3g}"]
            cells += [short(run["lines_a_second"]), f"{run['peak_gb']:.1f} GB"]
            rows.append(f"| {' | '.join(cells)} |")
    return rows if len(rows) > 2 else []


def notes(results: dict[str, Any]) -> str:
    """Return what the costly features cost, and the machine."""
    features, score = (results["parts"].get(part, {}) for part in ("features", "score"))
    machine = results["machine"]
    text = "Ratios are of times, ours over the peer's, in one run; bold where it is within what is wanted."
    if "quantiles_share" in features:
        quantiles, distinct = features["quantiles_share"], features["distinct_share"]
        text += f" Exact quantiles take {quantiles:.0%} of the CPU time of 12 cutoffs, products and categories "
        text += f"{distinct:.0%}."
    if "seconds_top_10000" in score:
        text += f" Reasons for the 10,000 customers at stake add {score['seconds_top_10000']:.2g} s."
    if machine:
        dates = sorted({origin["date"] for origin in results["measured"].values()})
        text += f" {machine['cores']} cores ({machine['cpu']}), {machine['memory_gb']:.0f} GB, Python "
        text += f"{machine['python']}, DuckDB {machine['libraries']['duckdb']}, LightGBM "
        text += f"{machine['libraries']['lightgbm']}, pandas {machine['libraries']['pandas']}"
        text += f"; {' to '.join(dict.fromkeys([dates[0], dates[-1]]))}." if dates else "."
    return text


def filled(page: str, results: dict[str, Any]) -> str:
    """Return a page with the table between its markers.

    Raises:
        ValueError: the page has no markers.
    """
    before, rest = page.split(BEGIN, 1)
    blocks = [table(results), growth(results), [notes(results)]]
    text = "\n\n".join("\n".join(block) for block in blocks if block)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.split(END, 1)[1]}"


def write_table(results: dict[str, Any], page: Path = ROOT / "README.md") -> str:
    """Write the table into a page, and say so."""
    text = page.read_text(encoding="utf-8")
    if BEGIN not in text or END not in text:
        return f"{page.name} has no place for the table: put {BEGIN} and {END} where it belongs."
    page.write_text(filled(text, results), encoding="utf-8")
    return f"{page.name}: the table of speed is up to date."


if __name__ == "__main__":
    print(write_table(json.loads((ROOT / "benchmarks" / "results.json").read_text(encoding="utf-8"))))
