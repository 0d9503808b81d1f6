"""The tables of results in README.md, made from benchmarks/accuracy.json.

python benchmarks/table.py            # writes them between the markers
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- accuracy -->", "<!-- /accuracy -->"
#: (metric, form of the peers) -> (heading, whether the ratio is read rather than the difference)
SHOWN = {
    ("auc", "raw"): ("AUC", False),
    ("log_loss", "raw"): ("log loss", True),
    ("log_loss", "calibrated"): ("log loss, peers calibrated", True),
    ("calibration_error", "raw"): ("calibration error", False),
    ("calibration_error", "calibrated"): ("calibration error, peers calibrated", False),
    ("gini", "raw"): ("Gini", False),
    ("rmse", "raw"): ("RMSE", True),
    ("mae", "raw"): ("MAE", True),
    ("bias", "raw"): ("bias (its size)", False),
    ("interval_score", "raw"): ("score of the 80 % interval", True),
}
#: The columns of the table of cases, and their decimals.
CELLS = {"auc": 3, "log_loss": 3, "gini": 3, "rmse": 1, "mae": 1, "calibration_error": 3, "bias": 3}
Z = 1.959964


def verdicts(logs: list[dict], metric: str, form: str) -> Iterator[dict]:
    """Yield the verdicts of every case that has one."""
    for log in logs:
        for cutoff in log["cutoffs"]:
            yield from (v for v in cutoff["verdicts"] if (v["metric"], v["form"]) == (metric, form))


def pooled(logs: list[dict], metric: str, form: str, ratio: bool) -> tuple[float, float, float]:
    """Return the mean over all cases and its 95 % interval; logs are independent, cutoffs of one log are not."""
    value, lo, hi = ("ratio", "ratio_lo", "ratio_hi") if ratio else ("difference", "lo", "hi")
    cases = sum(len(log["cutoffs"]) for log in logs)
    mean = variance = 0.0
    for log in logs:
        whole = next(v for v in log["average"] if (v["metric"], v["form"]) == (metric, form))
        share = len(log["cutoffs"]) / cases
        mean += share * whole[value]
        variance += (share * (whole[hi] - whole[lo]) / (2 * Z)) ** 2
    return mean, mean - Z * variance**0.5, mean + Z * variance**0.5


def summary(logs: list[dict]) -> list[str]:
    """Return one row per figure: ours against the best peer of each case, over all cases."""
    cases = sum(len(log["cutoffs"]) for log in logs)
    lines = [
        f"| over the {cases} cases | setia / best peer | setia - best peer | 95 % interval | better in | certainly |",
        "|---|---|---|---|---|---|",
    ]
    for (metric, form), (head, ratio) in SHOWN.items():
        found = list(verdicts(logs, metric, form))
        if len(found) < cases:
            continue
        mean, lo, hi = pooled(logs, metric, form, ratio)
        cells = (
            [f"{mean:.3f}", "", f"{lo:.3f} to {hi:.3f}"] if ratio else ["", f"{mean:+.3f}", f"{lo:+.3f} to {hi:+.3f}"]
        )
        better = sum(v["ahead"] for v in found)
        surely = sum(v["setia_is"] == "better" for v in found)
        lines.append(f"| {head} | {' | '.join(cells)} | {better} of {cases} | {surely} |")
    return lines


def table(logs: list[dict]) -> list[str]:
    """Return one row per case: ours, the best peer, and the best calibrated peer where there is one."""
    heads = ("AUC", "log loss", "Gini", "RMSE", "MAE", "calibration error", "bias")
    lines = [f"| log | cutoff | horizon | customers | defected | {' | '.join(heads)} |", "|---" * 12 + "|"]
    for log in logs:
        for case in log["cutoffs"]:
            cells = [
                log["log"],
                case["as_of"],
                f"{log['horizon_days']} days",
                f"{case['customers']:,}",
                f"{100 * case['defected']:.1f} %",
                *(_cell(case, metric, decimals) for metric, decimals in CELLS.items()),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return lines


def _cell(case: dict, metric: str, decimals: int) -> str:
    """Write ours, then the best peers; ours is bold where it is better than all, with a star where certainly."""
    found = [v for v in case["verdicts"] if v["metric"] == metric]
    sign = "+" if metric == "bias" else ""
    ours, *others = [f"{n:{sign},.{decimals}f}" for n in (found[0]["ours"], *(v["best"] for v in found))]
    if all(v["ahead"] for v in found):
        ours = f"**{ours}**" + ("\\*" if all(v["setia_is"] == "better" for v in found) else "")
    return " / ".join([ours, *others])


def filled(text: str, results: dict) -> str:
    """Return a page with the tables between its markers."""
    before, rest = text.split(BEGIN, 1)
    logs = results["logs"]
    legend = (
        "Each cell: setia / the best of nine peers / for log loss and calibration error, the best of the peers after "
        "calibration. Bold where setia is better than those, \\* where the 95 % interval of every difference leaves "
        "out zero."
    )
    block = "\n".join([*summary(logs), "", *table(logs), "", legend])
    return f"{before}{BEGIN}\n{block}\n{END}{rest.split(END, 1)[1]}"


def main() -> None:
    results = json.loads((ROOT / "benchmarks" / "accuracy.json").read_text(encoding="utf-8"))
    page = ROOT / "README.md"
    page.write_text(filled(page.read_text(encoding="utf-8"), results), encoding="utf-8")
    print(f"README.md: {sum(len(log['cutoffs']) for log in results['logs'])} cases of benchmarks/accuracy.json")


if __name__ == "__main__":
    main()
