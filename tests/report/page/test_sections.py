"""The numbers of each section beside plain computations from the log, the scores and what the stages found."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_reports import DAYS, START, campaigns, rows, story

from report.page.reading import block, charts, made_up, number, sections
from setia.campaign import CampaignLedger
from setia.report.page import Story
from setia.timeline import date_of

LAST = START + DAYS - 1
STORIES = st.builds(made_up, st.integers(0, 10**6), st.integers(1, 60))


def records(of: Story) -> list[dict[str, Any]]:
    return list(of.scores.to_pylist())


def stake(one: dict[str, Any]) -> float:
    return max(one["value_at_risk"] or 0.0, 0.0)


def close(text: str, value: float) -> None:
    """A number as it is written is rounded to no worse than three digits or a half."""
    assert number(text) == pytest.approx(value, rel=5.1e-3, abs=0.51), text


def check_headline(of: Story) -> None:
    headline = sections(of)["headline"]
    rate, here, leaving, risk, expected = block(headline, "numbers").items
    present = [one for one in records(of) if one["status"] != "lapsed"]
    assert number(here.value) == len(present)
    close(leaving.value, sum(one["p_defect"] or 0.0 for one in present))
    close(risk.value, sum(map(stake, present)))
    close(expected.value, sum(one["expected_value"] for one in records(of)))
    close(risk.about.removeprefix("of "), sum(one["clv"] for one in records(of)))
    assert number(here.about.removeprefix("of ")) == len(records(of))
    close(headline.title, sum(one["p_defect"] or 0.0 for one in present))
    assert of.retention is not None
    assert number(rate.value) == pytest.approx([m.rate for m in of.retention.of("all") if m.ripe][-1], abs=6e-4)


@pytest.mark.parametrize("basis", ["revenue", "profit"])
def test_the_headline(basis: str) -> None:
    check_headline(story(basis))


@settings(max_examples=25)
@given(STORIES)
def test_the_headline_of_any_scores(of: Story) -> None:
    check_headline(of)


def test_the_first_things_to_do_are_what_the_campaigns_would_be() -> None:
    of = story()
    steps = {step.filter: step for step in block(sections(of)["headline"], "steps").items}
    for made in of.plans:
        assert made.chosen is not None
        said = steps[made.campaign.policy]
        assert number(said.title) == made.chosen.contacted.sum()
        close(said.text, made.chosen.profit)
        assert f"policy={made.campaign.policy}" in said.command
        assert "source.path=log.csv" in said.command
    assert of.alerting is not None
    assert number(steps["alert"].title) == len(of.alerting.alerts)
    assert of.alerting.alerts[0].customer_id in steps["alert"].text


def test_no_password_of_the_command_line_stands_on_the_page() -> None:
    asked = (
        "source=database",
        "source.url=postgresql://me:s3cret@host/shop",
        "tracking.uri=http://me:s3cret@host:5000",
    )
    steps = block(sections(replace(story(), given=asked))["headline"], "steps").items
    shown = [step.command for step in steps if step.command]
    assert shown
    assert all("me:PASSWORD@host" in command and "s3cret" not in command for command in shown)


def test_sales_are_those_of_the_log_by_whole_months() -> None:
    value, firsts = defaultdict(float), dict[str, int]()
    for row in rows():
        value[date_of(row["day"]).replace(day=1)] += row["amount"]
        if row["amount"] > 0:
            firsts[row["customer_id"]] = min(row["day"], firsts.get(row["customer_id"], row["day"]))
    new = Counter(date_of(day).replace(day=1) for day in firsts.values())
    found = {
        dt.date.fromisoformat(row["month"]): row for row in charts(sections(story()))["sales"].spec["data"]["values"]
    }
    ends = [date_of(LAST + 1).replace(day=1), date_of(START).replace(day=1)]
    assert sorted(found) == [month for month in sorted(value) if month != ends[0]]
    for month, row in found.items():
        assert row["value"] == pytest.approx(value[month])
        assert row["new"] == new[month]


def test_the_best_fifth_brought_what_they_brought() -> None:
    spent = defaultdict(float)
    for row in rows():
        if row["day"] > LAST - 365:
            spent[row["customer_id"]] += row["amount"]
    best = sorted(spent.values(), reverse=True)
    share = sum(best[: round(0.2 * len(best))]) / sum(best)
    section = sections(story())["concentration"]
    assert number(section.title) == pytest.approx(share, abs=6e-3)
    curve = [row for row in block(section, "chart").spec["data"]["values"] if "last year" in row["of"]]
    assert (curve[0]["share"], curve[-1]["share"]) == (0.0, pytest.approx(1.0))
    half = next(row for row in curve if row["depth"] == 0.5)
    assert half["share"] == pytest.approx(sum(best[: len(best) // 2]) / sum(best), abs=0.01)


def test_profit_is_that_of_the_ledger() -> None:
    of = story("profit")
    assert of.book is not None
    section = sections(of)["concentration"]
    said = next(sentence for sentence in section.lead if "profit" in sentence)
    close(said, of.book.whale.total)
    names = {row["of"] for row in block(section, "chart").spec["data"]["values"]}
    assert "profit so far" in names
    assert "profit so far" not in {
        row["of"] for row in charts(sections(story()))["concentration"].spec["data"]["values"]
    }


def check_leaving(of: Story) -> None:
    section = sections(of)["leaving"]
    valuable, likely = of.divide.valuable, min(of.divide.risky, 0.5)
    present = [one for one in records(of) if one["status"] != "lapsed"]
    risk = [one for one in present if (one["p_defect"] or 0.0) >= (likely if one["clv"] >= valuable else 0.5)]
    assert number(section.title) == len(risk)
    bands = block(section, "chart", "risk").spec["data"]["values"]
    for k, band in enumerate(bands):
        inside = [one for one in present if one["p_defect"] is not None and min(int(one["p_defect"] * 10), 9) == k]
        assert band["n"] == len(inside)
        assert band["stake"] == pytest.approx(sum(map(stake, inside)))
    uncovered = sum(one["p_defect"] is None for one in records(of))
    assert len(section.lead) == 1 + (uncovered > 0)
    if uncovered:
        assert number(section.lead[-1]) == uncovered
    themes = Counter(one["theme_1"] for one in risk if one["theme_1"] is not None)
    if themes:
        bars = block(section, "chart", "reasons").spec["data"]["values"]
        assert sorted(row["n"] for row in bars) == sorted(themes.values())
        assert all(one["stake"] >= other["stake"] for one, other in pairwise(bars))
        total = sum(stake(one) for one in risk if one["theme_1"] is not None)
        assert sum(row["stake"] for row in bars) == pytest.approx(total)


@pytest.mark.parametrize("basis", ["revenue", "profit"])
def test_who_leaves(basis: str) -> None:
    check_leaving(story(basis))


def test_half_the_pace_does_not_cover_everybody() -> None:
    of = story("profit")
    assert np.isnan(of.column("p_defect")).any()
    assert "no risk: that does not mean loyal" in sections(of)["leaving"].lead[-1]


@settings(max_examples=25)
@given(STORIES)
def test_who_leaves_of_any_scores(of: Story) -> None:
    check_leaving(of)


def table(of: Story, most: int = 5000) -> dict[str, list[Any]]:
    return dict(block(sections(of, customers=most)["customers"], "customers").data["columns"])


def check_table(of: Story, most: int) -> None:
    columns, by_id = table(of, most), {one["customer_id"]: one for one in records(of)}
    ids = columns["customer_id"]
    assert len(ids) == len(set(ids)) == min(most, len(by_id))
    for k, who in enumerate(ids):
        for name, column in columns.items():
            if name in ("tasks", "contact"):
                continue
            value = by_id[who][name]
            if isinstance(value, float):
                assert column[k] == pytest.approx(value, abs=0.0051)
            else:
                assert column[k] == value, name

    def place(who: str, tasks: list[str]) -> tuple[bool, bool, float, str]:
        one = by_id[who]
        return not tasks, one["status"] == "lapsed", -stake(one), who

    places = [place(who, tasks) for who, tasks in zip(ids, columns["tasks"], strict=True)]
    assert places == sorted(places)
    left = [place(who, []) for who in by_id if who not in set(ids)]
    assert not left or places[-1] < min(left)


def test_the_table_of_customers() -> None:
    check_table(story(), 5000)
    check_table(story("profit"), 5000)


@settings(max_examples=15)
@given(STORIES, st.integers(1, 80))
def test_the_table_of_any_scores(of: Story, most: int) -> None:
    check_table(of, most)


def test_of_a_large_base_those_to_contact_are_kept() -> None:
    of = story()
    wanted = {name: set[str]() for name in ("retain", "win_back", "alert")}
    gains = dict[str, float]()
    for made in of.plans:
        who = made.scored.stakes.customer_id
        gains |= dict(zip(who[made.appraisal.places], made.appraisal.expected.profit, strict=True))
        assert made.chosen is not None
        wanted[made.campaign.policy] = set(who[made.chosen.places][made.chosen.contacted])
    assert of.alerting is not None
    wanted["alert"] = {one.customer_id for one in of.alerting.alerts}
    everybody = set().union(*wanted.values())
    for most in (len(everybody), 5000):
        columns = table(of, most)
        for name, whom in wanted.items():
            marked = {who for who, tasks in zip(columns["customer_id"], columns["tasks"], strict=True) if name in tasks}
            assert marked == whom
            assert whom
    assert set(table(of, len(everybody))["customer_id"]) == everybody
    columns = table(of)
    for who, gain in zip(columns["customer_id"], columns["contact"], strict=True):
        assert gain == pytest.approx(gains[who], abs=0.0051)


def test_nobody_who_is_left_alone_is_to_be_contacted() -> None:
    of, columns = story(), table(story())
    tasks = dict(zip(columns["customer_id"], columns["tasks"], strict=True))
    for made in of.plans:
        assert made.chosen is not None
        alone = made.scored.stakes.customer_id[made.chosen.places][made.chosen.control.mask]
        assert len(alone)
        assert not [who for who in alone if made.campaign.policy in tasks[who]]


@pytest.mark.parametrize("basis", ["revenue", "profit"])
def test_segments_add_up(basis: str) -> None:
    of = story(basis)
    by = defaultdict(list)
    for one in records(of):
        by[one["segment"]].append(one)
    found = block(sections(of)["customers"], "table", "Segments").rows
    assert sorted(number(row[2]) for row in found) == sorted(len(group) for group in by.values())
    for name, _, customers, clv, at_risk, *_ in found:
        group = by[name.replace(" ", "_")]
        assert number(customers) == len(group)
        close(clv, sum(one["clv"] for one in group))
        close(at_risk, sum(map(stake, group)))
    shares = charts(sections(of))["segments"].spec["data"]["values"]
    for what in ("of customers", "of future value"):
        assert sum(row["share"] for row in shares if row["of"] == what) == pytest.approx(1)


def test_who_stays() -> None:
    of = story()
    assert of.retention is not None
    section = sections(of)["cohorts"]
    squares = block(section, "chart", "cohorts").spec["data"]["values"]
    months = {(m.group, date_of(m.end)): m for m in of.retention.of("cohort") if m.ripe and m.customers >= 10}
    assert len(squares) == len(months)
    assert sorted(row["rate"] for row in squares) == pytest.approx(
        sorted(m.retained / m.customers for m in months.values())
    )
    groups = {m.group: m for m in of.retention.of("segment") if m.ripe}  # the last month of each
    assert number(section.title) == pytest.approx(groups["the best fifth"].rate, abs=6e-3)
    assert number(section.title.split("half")[1]) == pytest.approx(groups["the other half"].rate, abs=6e-3)


def test_definitions_side_by_side() -> None:
    of = story()
    assert of.audit is not None
    section = sections(of)["definition"]
    found = block(section, "table").rows
    assert len(found) == len(of.audit.findings) >= 6
    lost = [sum(r.lost for r in one.rates) / sum(of.audit.everybody) for one in of.audit.findings]
    assert [number(row[3]) for row in found] == pytest.approx(lost, abs=6e-4)
    bars = block(section, "chart", "definitions").spec["data"]["values"]
    assert [row["lost"] for row in bars] == pytest.approx(lost)
    assert sum(row["best"] for row in bars) <= 1
    curve = {row["days"]: row["share"] for row in block(section, "chart", "horizon").spec["data"]["values"]}
    assert number(block(section, "chart", "horizon").title.split(",")[1]) == pytest.approx(curve[30], abs=6e-3)
    assert all(one <= other for one, other in pairwise(curve.values()))


def test_alerts_are_listed_with_what_is_missing() -> None:
    of = story()
    assert of.alerting is not None
    section = sections(of)["alerts"]
    listed = block(section, "table").rows
    assert [row[1] for row in listed] == [one.customer_id for one in of.alerting.alerts[:25]]
    assert number(section.title) == len(of.alerting.alerts)
    close(section.title.split(";")[1], sum(one.stake for one in of.alerting.alerts))
    assert number(section.lead[0]) == of.alerting.customers


def test_trust_is_the_proof_of_the_model() -> None:
    of = story()
    assert of.proof is not None
    section = sections(of)["trust"]
    held = {gain.method: gain.held[20] for gain in of.proof.gains_defection}
    first, best = section.title.split(";")
    assert number(first.split("held")[1]) == pytest.approx(held["setia"], abs=6e-3)
    assert number(best) == pytest.approx(max(v for name, v in held.items() if name != "setia"), abs=6e-3)
    tenths = block(section, "chart", "calibration")
    for row, tenth in zip(tenths.numbers.rows, of.proof.defection, strict=True):
        assert number(row[1]) == tenth.rows
        assert [number(row[2]), number(row[3])] == pytest.approx([tenth.predicted, tenth.actual], abs=6e-4)
    figures = block(section, "table")
    for name, *cells, verdict in figures.rows:
        values = [number(cell) for k, cell in enumerate(cells) if k != 1 and cell != "–"]
        more = {"log loss (who leaves)": False, "RMSE (how much)": False}.get(name, True)
        if name.startswith("bias"):
            values, more = [abs(value) for value in values], False
        rules = max(values[1:]) if more else min(values[1:])
        if values[0] != rules:  # told apart by the digits shown
            assert verdict == ("yes" if (values[0] > rules) == more else "no"), name


def test_campaigns_are_those_of_the_ledger() -> None:
    of = story()
    ledger = CampaignLedger(campaigns(), of.log.name)
    section = sections(of)["campaigns"]
    found = {row[0]: row for row in block(section, "table").rows}
    assert list(found) == ["autumn", "summer", "spring"]
    for name, row in found.items():
        members = ledger.members(name)
        assert (number(row[2]), number(row[3])) == ((~members.control).sum(), members.control.sum())
    assert found["autumn"][-1] == "under way"
    assert found["summer"][-1] == "over, not read back"
    (reading,) = ledger.readbacks("spring")
    effect = reading.result["effects"][0]
    assert number(found["spring"][4].lstrip("+")) == pytest.approx(100 * effect["retention"]["estimate"], abs=0.06)
    close(found["spring"][5], effect["profit"]["estimate"])
    words = {
        (True, False): "it pays",
        (False, True): "it costs more than it brings",
        (False, False): "no evidence either way",
    }
    assert found["spring"][-1] == words[reading.result["evidence"], reading.result["harm"]]
    (mark,) = charts(sections(of))["campaigns"].spec["data"]["values"]
    assert mark["lo"] < mark["estimate"] < mark["hi"]


def test_without_campaigns_it_says_how_one_is_made() -> None:
    section = sections(replace(story(), campaigns=()))["campaigns"]
    assert section.blocks == ()
    assert "make act" in section.lead[0]


def test_what_was_refused_is_told() -> None:
    section = sections(story())["quality"]
    assert number(section.title) == 3
    rows_ = block(section, "table", "What was refused or left out").rows
    assert {row[0]: number(row[1]) for row in rows_} == dict(story().log.quarantine.counts)
    assert number(block(section, "numbers").items[0].value) == len(rows())
    clean = replace(story(), log=replace(story().log, quarantine=type(story().log.quarantine)()))
    assert sections(clean)["quality"].title == "Every line of the log could be used"
