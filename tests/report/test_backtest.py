"""The backtest told: a page of Markdown, its numbers as JSON, and a calm terminal."""

from __future__ import annotations

import importlib.util
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from makers import engine, small_log
from rich.console import Console
from small_backtest import ROWS, usual_backtest

from setia.errors import InputError
from setia.progress import Progress
from setia.report.backtest import WIDTH, _table, as_dict, number, page, show_backtest, title, write
from setia.timeline import date_of


def tables(text: str) -> list[list[list[str]]]:
    """Return the tables of a page as cells."""
    blocks = re.findall(r"(?m)(?:^\|.*\|\n?)+", text)
    return [[line.strip("|").split("|") for line in block.strip().splitlines()] for block in blocks]


def test_the_page_holds_every_verdict_every_method_and_every_bias() -> None:
    result = usual_backtest()
    text = page(result)
    found = tables(text)
    assert len(found) == 2 + 2 * len(result.results)  # average, bias, and two for each cutoff
    for table in found:
        assert len({len(row) for row in table}) == 1
    assert len(found[0]) == 2 + len(result.average)
    for each, rows in zip(result.results, found[3::2], strict=True):
        assert {row[0].strip() for row in rows[2:]} == {method.name for method in each.methods}
        assert title(each) in text
    for sentence in result.left_out:
        assert sentence in text
    assert "nan" not in text
    assert "None" not in text


def test_the_numbers_are_those_of_the_verdicts() -> None:
    verdict = usual_backtest().results[0].comparison.verdict("auc")
    assert verdict is not None
    row = f"| AUC | {verdict.ours:.3f} | {verdict.best:.3f} | {verdict.peer} | {verdict.ratio:.3f} | "
    assert row + f"{verdict.lo:+.3f} to {verdict.hi:+.3f} | {verdict.word} |" in page(usual_backtest())


@pytest.mark.parametrize(
    ("metric", "value", "signed", "text"),
    [
        ("auc", 0.81234, False, "0.812"),
        ("bias", 0.1, False, "+0.100"),
        ("rmse", 43.387, False, "43.39"),
        ("rmse", 1843.21, False, "1,843.2"),
        ("mae", -20843.21, True, "-20,843"),
        ("log_loss", -0.0251, True, "-0.025"),
        ("gini", float("nan"), False, "-"),
        ("gini", None, False, "-"),
    ],
)
def test_figures_are_written_as_they_are_read(metric: str, value: float | None, signed: bool, text: str) -> None:
    assert number(metric, value, signed=signed) == text


def test_page_and_figures_are_written_side_by_side(tmp_path: Path) -> None:
    result = usual_backtest()
    path = write(result, str(tmp_path / "new" / "page.md"))
    assert path.read_text(encoding="utf-8") == page(result)
    told = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    assert told == json.loads(json.dumps(as_dict(result)))
    assert [cutoff["as_of"] for cutoff in told["cutoffs"]] == [date_of(r.cutoff).isoformat() for r in result.results]
    assert told["cutoffs"][0]["verdicts"][0]["metric"] == "auc"
    assert sorted(left.name for left in path.parent.iterdir() if not left.name.startswith(".")) == [
        "page.json",
        "page.md",
    ]


def test_a_place_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        write(usual_backtest(), str(tmp_path / "file" / "page.md"))


def test_no_table_is_wider_than_a_hundred_columns() -> None:
    """Even with the longest names and sums of money that are long."""
    long = [
        replace(v, peer="Pareto/NBD exp(-E)", ours=v.ours * 300, lo=-2345.6, hi=-1234.5)
        if v.metric in ("rmse", "mae")
        else replace(v, peer="Pareto/NBD exp(-E)")
        for v in usual_backtest().average
    ]
    assert Console(width=300).measure(_table("x", long)).maximum <= WIDTH


def test_the_terminal_shows_every_cutoff_and_where_the_page_lies(capsys: pytest.CaptureFixture[str]) -> None:
    where, result = engine(), usual_backtest()
    show_backtest(small_log(where, ROWS), result, Path("somewhere/[page].md"), Progress(quiet=True))
    said = capsys.readouterr().out
    for each in result.results:
        assert title(each) in said
    assert "On average over 2 cutoffs" in said
    assert "somewhere/[page].md" in said
    assert result.left_out[0][:60] in said


def test_the_tables_of_the_readme_are_made_of_these_figures(root: Path) -> None:
    spec = importlib.util.spec_from_file_location("table", root / "benchmarks" / "table.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    told = json.loads(json.dumps(as_dict(usual_backtest())))
    text = module.filled(f"before\n{module.BEGIN}\nthe last table\n{module.END}\nafter", {"logs": [told, told]})
    assert "the last table" not in text
    whole, cases = tables(text)
    assert len({len(row) for row in whole}) == len({len(row) for row in cases}) == 1
    assert len(cases) == 2 + 2 * len(told["cutoffs"])
    ratio = next(v for v in usual_backtest().average if v.metric == "rmse").ratio
    assert f"| RMSE | {ratio:.3f} |  |" in text
    # two logs that agree leave less doubt than one
    one, two = (module.pooled([told] * n, "auc", "raw", False) for n in (1, 2))
    assert two[0] == pytest.approx(one[0])
    assert two[2] - two[1] == pytest.approx((one[2] - one[1]) / 2**0.5)
