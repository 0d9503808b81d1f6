"""A campaign for people: its lists, its figure, and what is said of it."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from small_campaigns import CHEAP, RETAIN, acted, known_by, ledger_in, settings_in

from setia.act import Acting, note
from setia.act.plan import Chosen
from setia.errors import InputError, LockedError
from setia.output import locked
from setia.policy import Offer, Retain, WinBack
from setia.progress import Progress
from setia.report.act import figure, show, table, write
from setia.report.repeated import show_found

COLUMNS = (
    *("customer_id", "campaign", "segment", "status", "p_defect", "value_saved", "cost"),
    *("expected_profit", "expected_profit_lo", "expected_profit_hi", "p_pays"),
    *("reason_1", "reason_2", "reason_3"),
)
ASKED = {"campaign": "spring", "budget": 60.0, "control": 0.25}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Acting:
    return acted(settings_in(tmp_path_factory.mktemp("made"), **ASKED))


@pytest.fixture(scope="module")
def nobody(tmp_path_factory: pytest.TempPathFactory) -> Acting:
    """A campaign that pays for nobody."""
    return acted(settings_in(tmp_path_factory.mktemp("nobody")), Retain(Offer(cost=500.0, contact_cost=50.0)))


def chosen_of(made: Acting) -> Chosen:
    assert made.chosen is not None
    return made.chosen


def listed(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("control", [False, True])
def test_the_lists_are_the_two_arms_best_first(made: Acting, control: bool) -> None:
    chosen, stakes = chosen_of(made), made.scored.stakes
    rows = table(made, chosen, control=control)
    assert tuple(rows.column_names) == COLUMNS
    places = [place for place, alone in zip(chosen.places, chosen.control.mask, strict=True) if alone == control]
    assert rows["customer_id"].to_pylist() == stakes.customer_id[places].tolist()
    worth = rows["expected_profit"].to_numpy() / rows["cost"].to_numpy()
    assert (np.diff(worth) <= 1e-9).all()
    assert (rows["expected_profit"].to_numpy() > 0).all()
    assert rows["value_saved"].to_numpy() - rows["cost"].to_numpy() == pytest.approx(rows["expected_profit"].to_numpy())
    assert (rows["expected_profit_lo"].to_numpy() < rows["expected_profit"].to_numpy()).all()
    assert (rows["expected_profit_hi"].to_numpy() > rows["expected_profit"].to_numpy()).all()
    assert ((rows["p_pays"].to_numpy() > 0.5) & (rows["p_pays"].to_numpy() <= 1)).all()
    assert rows["status"].to_pylist() == stakes.status[places].tolist()
    assert rows["segment"].to_pylist() == stakes.segment[places].tolist()
    assert rows["reason_1"].to_pylist() == [made.scored.reasons[0][int(place)].as_py() for place in places]
    assert set(rows["campaign"].to_pylist()) == {"spring"}


def test_the_arms_share_nobody_and_leave_out_nobody(made: Acting) -> None:
    contact, alone = (
        set(table(made, chosen_of(made), control=arm)["customer_id"].to_pylist()) for arm in (False, True)
    )
    assert len(contact) + len(alone) == len(chosen_of(made).places)
    assert contact.isdisjoint(alone)
    assert len(alone) == chosen_of(made).control.size


def test_who_is_not_covered_has_no_probability(made: Acting) -> None:
    stakes = replace(made.scored.stakes, p_defect=np.full(len(made.scored.stakes), np.nan))
    rows = table(replace(made, scored=replace(made.scored, stakes=stakes)), chosen_of(made), control=False)
    assert rows["p_defect"].null_count == rows.num_rows


def test_an_offer_of_its_own_is_told_to_whom_it_is_made(made: Acting) -> None:
    said = np.array([f"offer {place}" for place in made.appraisal.places], dtype=object)
    rows = table(replace(made, appraisal=replace(made.appraisal, said=said)), chosen_of(made), control=True)
    places = chosen_of(made).places[chosen_of(made).control.mask]
    assert rows["offer"].to_pylist() == [f"offer {place}" for place in places]


def test_lists_and_figure_are_written(made: Acting, tmp_path: Path) -> None:
    paths = write(made, settings_in(tmp_path / "deep" / "er", **ASKED))
    assert [path.name for path in paths] == ["spring.csv", "spring-control.csv", "spring.png"]
    assert {path.name for path in paths[0].parent.iterdir()} == {".spring.csv.lock", *(path.name for path in paths)}
    for path, control in zip(paths[:2], (False, True), strict=True):
        rows, found = table(made, chosen_of(made), control=control), listed(path)
        assert list(found[0]) == list(COLUMNS)
        assert [row["customer_id"] for row in found] == rows["customer_id"].to_pylist()
        assert [float(row["cost"]) for row in found] == pytest.approx(rows["cost"].to_pylist())
    assert paths[2].read_bytes().startswith(b"\x89PNG")
    assert paths[2].stat().st_size > 10_000
    assert len(listed(paths[0])) > len(listed(paths[1])) > 0


def test_the_same_campaign_is_the_same_bytes(made: Acting, tmp_path: Path) -> None:
    one, other = (write(made, settings_in(tmp_path / name)) for name in ("one", "other"))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


def test_a_name_that_is_a_formula_is_harmless(made: Acting, tmp_path: Path) -> None:
    stakes = made.scored.stakes
    ids = np.array([f"=1+{k}" for k in range(len(stakes))], dtype=object)
    reasons = (pa.chunked_array([["@SUM(A1)"] * len(stakes)]), *made.scored.reasons[1:])
    bad = replace(made, scored=replace(made.scored, stakes=replace(stakes, customer_id=ids), reasons=reasons))
    for path in write(bad, settings_in(tmp_path))[:2]:
        assert all(row["customer_id"].startswith("'=1+") for row in listed(path))
        assert all(row["reason_1"] == "'@SUM(A1)" for row in listed(path))


def test_while_another_run_writes_none_is_written(made: Acting, tmp_path: Path) -> None:
    with locked(tmp_path / "spring.csv"), pytest.raises(LockedError, match="Another run is writing"):
        write(made, settings_in(tmp_path))
    assert not list(tmp_path.glob("*.csv"))


def test_a_folder_that_is_a_file_is_a_sentence(made: Acting, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(InputError, match="taken"):
        write(made, settings_in(tmp_path / "taken"))


def test_where_nobody_pays_nothing_is_written(nobody: Acting, tmp_path: Path) -> None:
    assert write(nobody, settings_in(tmp_path / "none")) == ()
    assert not (tmp_path / "none").exists()


def test_the_figure_shows_the_curve_the_best_depth_and_this_campaign(made: Acting) -> None:
    drawn = figure(made)
    (axes,) = drawn.axes
    lines = {line.get_label(): line for line in axes.get_lines()}
    assert lines["expected profit"].get_ydata() == pytest.approx(made.curve.profit)
    assert lines["best depth (grey: 90 %)"].get_xdata()[0] == made.curve.best
    depth = len(chosen_of(made).places) / made.curve.customers
    assert lines["this campaign, control group included"].get_xdata()[0] == pytest.approx(depth)
    assert axes.get_ylabel() == "expected profit, EUR"
    assert axes.get_xlim()[1] >= made.curve.best_hi


def test_the_figure_of_a_campaign_for_nobody_says_so(nobody: Acting) -> None:
    drawn = figure(nobody)
    texts = [text.get_text() for text in (*drawn.texts, drawn.axes[0].title)]
    texts += [drawn.axes[0].get_title(loc=loc) for loc in ("left", "center", "right")]
    assert any("Contacting nobody brings most" in text for text in texts)


def test_the_summary_says_whom_for_what_and_how_it_will_be_known(
    made: Acting, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ("source=cdnow", "as_of=2017-01-03", "act.ledger=my.db", "act.budget=60", "name=mine")
    show(made, (Path("a.csv"), Path("b.csv"), Path("c.png")), Progress(quiet=True), given)
    text, chosen = " ".join(capsys.readouterr().out.split()), chosen_of(made)
    people = int(chosen.contacted.sum())
    assert f"Contact {people} of {len(made.scored.stakes)} customers, and leave {chosen.control.size} alone" in text
    assert f"what contact and offer cost {chosen.cost:,.0f} EUR" in text
    saved = chosen.expected.saved[chosen.contacted].sum()
    assert f"future profit that is saved {saved:,.0f} EUR" in text
    assert f"expected profit {chosen.profit:,.0f} EUR 80 % interval" in text
    interval = re.search(r"80 % interval (-?[\d,]+) to (-?[\d,]+)", text)
    assert interval is not None
    lo, hi = (float(end.replace(",", "")) for end in interval.groups())
    assert lo < chosen.profit < hi
    assert made.breaks_even is not None
    assert (
        f"It pays if the offer keeps {20 * made.breaks_even:.1f} % of those who would leave; 20 % is assumed." in text
    )
    assert chosen.power in text
    for words in ("as many contacts, the most valuable", "contact these a.csv", "leave these alone b.csv", "c.png"):
        assert words in text
    assert "what it has truly brought, once the log reaches 2017-02-02:" in text
    assert 'make readback ARGS="source=cdnow readback.campaign=spring readback.ledger=my.db"' in text
    for one in made.notes:
        assert one in text


def test_the_segments_add_up(made: Acting, capsys: pytest.CaptureFixture[str]) -> None:
    show(made, (Path("a.csv"), Path("b.csv"), Path("c.png")), Progress(quiet=True))
    rows = re.findall(r"^ *(\w+) +([\d,]+) +([\d,]+) +(-?[\d,]+) ", capsys.readouterr().out, re.MULTILINE)
    names = set(made.scored.stakes.segment[chosen_of(made).places])
    found = {name: (int(contact), int(alone)) for name, contact, alone, _ in rows if name in names}
    assert set(found) == names
    assert sum(contact for contact, _ in found.values()) == chosen_of(made).contacted.sum()
    assert sum(alone for _, alone in found.values()) == chosen_of(made).control.size


def test_who_was_left_out_is_said(made: Acting, capsys: pytest.CaptureFixture[str]) -> None:
    def told(**counts: int) -> str:
        show(replace(made, excluded=replace(made.excluded, **counts)), (Path(),) * 3, Progress(quiet=True))
        return " ".join(capsys.readouterr().out.split())

    listed = told(do_not_contact=3, listed=7, cooling=2)
    assert "Left out: 3 customers on the do-not-contact list (of 7 on it), 2 contacted a short while ago." in listed
    assert "Left out: 2 contacted a short while ago." in told(cooling=2)
    assert "Left out: 5 whom a campaign under way leaves alone to compare with." in told(compared=5)
    assert "Left out" not in told()


def test_where_nobody_pays_that_is_the_summary(nobody: Acting, capsys: pytest.CaptureFixture[str]) -> None:
    show(nobody, (), Progress(quiet=True))
    text = " ".join(capsys.readouterr().out.split())
    assert f"contacting any of the {nobody.eligible} customers is expected to lose money." in text
    assert "No list was written and no campaign noted." in text


@pytest.mark.parametrize(
    ("eligible", "said"), [(0, "There is nobody it is for."), (9, "All customers it is for are left out.")]
)
def test_where_nobody_may_be_contacted_that_is_the_summary(
    made: Acting, eligible: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    curve = replace(made.curve, customers=0, best=0.0)
    show(replace(made, chosen=None, eligible=eligible, curve=curve), (), Progress(quiet=True))
    text = " ".join(capsys.readouterr().out.split())
    assert f"{said} No list was written and no campaign noted." in text
    assert "lose money" not in text


def test_a_campaign_that_was_made_is_told_with_what_is_not_followed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = settings_in(tmp_path, **ASKED)
    made = acted(settings)
    note(made, settings)
    before = ledger_in(tmp_path).find("spring")
    assert before is not None

    def told(policy: Retain | WinBack = RETAIN, **other: object) -> str:
        with known_by() as (_, log):
            show_found(before, settings_in(tmp_path, **{**ASKED, **other}), policy, log, Progress(quiet=True))
        return " ".join(capsys.readouterr().out.split())

    same = told()
    assert "Campaign spring of small was made already, as of 2017-01-03; nothing was changed." in same
    assert f"contact these {tmp_path / 'spring.csv'}" in same
    assert "Not followed" not in same
    other = told(budget=70.0, cool_days=3)
    assert "Not followed: act.budget=70.0 (it was made with 60.0), act.cool_days=3 (it was made with 30)." in other
    assert "For a new campaign give act.campaign another name." in other
    assert "Not followed: policy=win_back (it was made with retain)" in told(WinBack())
    dearer = told(Retain(replace(CHEAP, cost=9.0)))
    assert "Not followed: policy.offer.cost=9.0 (it was made with 3.0)." in dearer
