"""The table of results in README.md, made from benchmarks/accuracy.json.

python benchmarks/table.py            # writes it between the markers
"""

from __future__ import annotations

import json
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- accuracy -->", "<!-- /accuracy -->"
#: figure -> (heading, decimals, whether more is better)
SHOWN = {
    "auc": ("AUC", 3, True),
    "log_loss": ("log loss", 3, False),
    "gini": ("Gini", 3, True),
    "rmse": ("RMSE", 1, False),
}


def table(cases: list[dict]) -> str:
    """Return the cases as a Markdown table: ours beside the best simple rule, the better of the two in bold."""
    heads = [f"{head} | rule" for head, _, _ in SHOWN.values()]
    lines = [
        f"| log | as_of | horizon | customers | defected | {' | '.join(heads)} | bias |",
        "|---" * (6 + 2 * len(SHOWN)) + "|",
    ]
    for case in cases:
        ours, rules = case["figures"]["setia"], [f for name, f in case["figures"].items() if name != "setia"]
        cells = [
            case["log"],
            case["as_of"],
            f"{case['horizon_days']} days",
            f"{case['customers']:,}",
            f"{100 * case['defected']:.1f} %",
        ]
        for name, (_, decimals, more) in SHOWN.items():
            rule = (max if more else min)(figures[name] for figures in rules if name in figures)
            won = ours[name] > rule if more else ours[name] < rule
            pair = [f"{number:,.{decimals}f}" for number in (ours[name], rule)]
            pair[0 if won else 1] = f"**{pair[0 if won else 1]}**"
            cells += pair
        lines.append(f"| {' | '.join(cells)} | {ours['bias']:+.3f} |")
    return "\n".join(lines)


def filled(text: str, cases: list[dict]) -> str:
    """Return a page with the table between its markers."""
    before, rest = text.split(BEGIN, 1)
    return f"{before}{BEGIN}\n{table(cases)}\n{END}{rest.split(END, 1)[1]}"


def main() -> None:
    cases = json.loads((ROOT / "benchmarks" / "accuracy.json").read_text(encoding="utf-8"))
    page = ROOT / "README.md"
    page.write_text(filled(page.read_text(encoding="utf-8"), cases), encoding="utf-8")
    print(f"README.md: {len(cases)} cases of benchmarks/accuracy.json")


if __name__ == "__main__":
    main()
