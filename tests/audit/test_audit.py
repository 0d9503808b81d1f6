"""The audit against plain counting over rows, and its words."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from leavers import COLUMNS, SPAN, bought, rows
from makers import START, engine, small_log

from setia.audit import Audit, AuditSettings, Candidate, audit, candidates, recommend
from setia.audit.verdict import faults
from setia.defection import Partial, Silence
from setia.errors import InputError
from setia.progress import Progress
from setia.report.definitions import content, page, show, write

HORIZON = 30


@cache
def usual() -> Audit:
    where = engine()
    log = small_log(where, rows(), COLUMNS)
    wanted = candidates(Silence(), log.columns)
    return audit(AuditSettings(cutoffs=5), wanted, log, where, "revenue", HORIZON, 1)


def test_rates_are_counts() -> None:
    result = usual()
    silence = result.findings[0]
    for rate in silence.rates:
        known = bought(0, rate.cutoff)
        ahead = bought(rate.cutoff + 1, rate.cutoff + HORIZON)
        assert rate.covered == len(known)
        assert rate.defected == len(known.keys() - ahead.keys())
        spend = [row for row in rows() if rate.cutoff - HORIZON < row["day"] <= rate.cutoff]
        assert rate.spend == pytest.approx(sum(row["amount"] for row in spend))
        gone = [row["amount"] for row in spend if row["customer_id"] not in ahead]
        assert rate.spend_defected == rate.lost == pytest.approx(sum(gone))
    assert len(result.cutoffs) == 5
    assert np.all(np.diff(result.cutoffs) == HORIZON)
    assert result.cutoffs[-1] == START + SPAN - 1 - HORIZON


def test_errors_of_both_kinds_are_counts() -> None:
    result = usual()
    silence = result.findings[0]
    gone = back = silent = missed = 0
    assert result.followed == tuple(c for c in result.cutoffs if c + 3 * HORIZON <= START + SPAN - 1)
    for cutoff in result.followed:
        known = bought(0, cutoff)
        ahead, later = bought(cutoff + 1, cutoff + HORIZON), bought(cutoff + HORIZON + 1, cutoff + 3 * HORIZON)
        gone += len(known.keys() - ahead.keys())
        back += len((known.keys() - ahead.keys()) & later.keys())
        silent += len(known.keys() - later.keys())
        missed += len((known.keys() - later.keys()) & ahead.keys())
    assert silence.came_back == pytest.approx(back / gone)
    assert silence.missed == pytest.approx(missed / silent)
    assert silence.still_buying == 0.0
    assert silence.came_back_in_full <= silence.came_back


def test_half_the_custom_is_seen_by_partial_and_not_by_silence() -> None:
    by_name = {finding.candidate.label: finding for finding in usual().findings}
    partial, silence = by_name["partial, half"], by_name["silence"]
    assert partial.still_buying > 0.3
    assert sum(rate.lost for rate in partial.rates) > 0
    labels = list(by_name)
    agreement = usual().agreement
    # of the silent whom partial covers, it labels all: silence is the extreme of it
    assert agreement[labels.index("silence"), labels.index("partial, half")] == 1.0
    assert np.array_equal(np.diag(agreement), np.ones(len(agreement)))
    assert silence.predictability is not None
    assert silence.predictability.model > 0.6


def test_the_recommendation_has_no_fault_and_says_why() -> None:
    best, words = recommend(usual())
    assert best is not None
    assert not faults(best)
    assert best.candidate.label in words
    assert best.candidate.definition.words in words


def test_where_silence_sees_more_its_fault_is_told() -> None:
    result = usual()
    by_name = {finding.candidate.label: finding for finding in result.findings}
    silence, other = by_name["silence"], by_name["partial, half"]
    all_gone = tuple(replace(rate, defected=rate.covered, lost=rate.spend) for rate in silence.rates)
    best, words = recommend(replace(result, findings=(replace(silence, rates=all_gone), other)))
    assert best is other
    assert "Silence would see" in words
    assert "100 % defect, so it hardly tells customers apart" in words
    assert "Silence alone" in recommend(replace(result, findings=(silence, other)))[1]


def test_faults_are_told() -> None:
    result = usual()
    finding = result.findings[0]
    rates = tuple(replace(rate, defected=rate.covered) for rate in finding.rates)
    assert "hardly tells customers apart" in " ".join(faults(replace(finding, rates=rates)))
    assert "back in full" in " ".join(faults(replace(finding, came_back_in_full=0.9)))
    assert "too few of a kind" in " ".join(faults(replace(finding, predictability=None)))
    nobody = tuple(replace(rate, covered=0, defected=0) for rate in finding.rates)
    assert faults(replace(finding, rates=nobody)) == ["it covers nobody"]
    poor = replace(result, findings=(replace(finding, rates=rates),))
    assert recommend(poor)[0] is None


def test_the_chosen_definition_is_among_them_with_its_settings() -> None:
    own = Partial(share=0.4)
    found = candidates(own, ("amount",))
    assert Candidate("partial, as set", own) in found
    assert "category" not in {candidate.label for candidate in found}
    assert len(candidates(Silence(), ())) == 5


def test_the_page_the_figure_and_the_numbers_are_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    result = usual()
    _, words = recommend(result)
    path = write(result, words, str(tmp_path / "here"))
    assert sorted(one.name for one in path.parent.iterdir() if one.name[0] != ".") == [
        "definitions.json",
        "definitions.md",
        "definitions.png",
    ]
    text = path.read_text(encoding="utf-8")
    assert text == page(result, words, "definitions.png")
    assert words in text
    assert text.count("Against it:") == sum(bool(faults(finding)) for finding in result.findings)
    assert all(finding.candidate.label in text for finding in result.findings)
    assert json.loads(path.with_suffix(".json").read_text(encoding="utf-8")) == content(result, words)
    show(result, words, path, Progress(quiet=True))
    assert "partial, half" in capsys.readouterr().out


def test_a_log_that_is_too_short_is_refused() -> None:
    where = engine()
    log = small_log(where, [row for row in rows() if row["day"] < START + 40], COLUMNS)
    with pytest.raises(InputError, match="too short to look back on with horizon_days=30"):
        audit(AuditSettings(), candidates(Silence(), log.columns), log, where, "revenue", HORIZON, 1)


@pytest.mark.parametrize("setting", ["cutoffs", "step_days", "follow_up_days", "max_rows"])
def test_settings_are_checked(setting: str) -> None:
    with pytest.raises(InputError, match=f"define.{setting}=0"):
        AuditSettings(**{setting: 0})
