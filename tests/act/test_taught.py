"""From one campaign to the next: what a read-back keeps of whom contact kept, and when the next one goes by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from makers import HORIZON
from small_campaigns import AS_OF, RETAIN, acted, known_by, ledger_in, rows, settings_in
from small_followed import SPRING, members

from setia.act import ReadbackSettings, Reading, keep, readback
from setia.act.measured import LEAST_IN_ARM, keep_chances, model_folder, proven
from setia.campaign import Campaign, Figure, Members
from setia.history import prepare
from setia.learn.uplift import UpliftSettings
from setia.policy.profit import reach

DAY = AS_OF
TERMS = {**SPRING.settings, "reach": 0.5, "worth": 9.0, "cost": 0.4}
WINTER = replace(SPRING, name="winter", as_of=DAY, ends=DAY + HORIZON, settings=TERMS)
RISE = Figure(0.04, 0.02, 0.07, 0.001, 0.6, 0.95)


def everybody(seed: int = 0, control: float = 0.5) -> Members:
    """All who had bought by the day, a share of them left alone."""
    ids = sorted({row["customer_id"] for row in rows() if row["day"] <= DAY and row["amount"] > 0})
    drawn = np.random.default_rng(seed).permutation(len(ids)) < control * len(ids)
    chance = np.full(len(ids), drawn.mean())
    return replace(members(len(ids)), customer_id=np.array(ids), control=drawn, chance=chance)


def read(folder: Path, of: Members, campaign: Campaign = WINTER, **asked: Any) -> Reading:
    ledger_in(folder).add(campaign, of)
    settings = ReadbackSettings(campaign.name, folder=str(folder), ledger=str(ledger_in(folder).path), **asked)
    with known_by(DAY + HORIZON) as (where, log):
        found = readback(settings, log, where, seed=1)
    keep(found, settings)
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("taught")


@pytest.fixture(scope="module")
def learnt(home: Path) -> Iterator[Reading]:
    """A campaign of all customers, read back; the model is a small one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("setia.act.measured.UpliftSettings", partial(UpliftSettings, learner="t", rounds=3, folds=2))
        yield read(home, everybody())


def test_a_campaign_notes_what_is_to_be_learnt_with(tmp_path: Path) -> None:
    made = acted(settings_in(tmp_path))
    assert made.chosen is not None
    of, stakes = made.chosen.expected, made.scored.stakes.times(0.3).rows(made.chosen.places)
    assert made.campaign.settings["reach"] == pytest.approx(reach(stakes, RETAIN.offer).mean())
    assert made.campaign.settings["reach"] == pytest.approx(of.kept.mean() / RETAIN.offer.keep_chance)
    assert made.campaign.settings["worth"] == pytest.approx(of.saved.sum() / of.kept.sum())
    assert made.campaign.settings["cost"] == pytest.approx(of.cost.mean())


def test_a_model_is_learnt_and_kept(home: Path, learnt: Reading) -> None:
    assert learnt.learnt is not None
    assert learnt.kept is not None
    (kept,) = ledger_in(home).readbacks("winter")
    assert kept.result["uplift"]["better"] is learnt.learnt.better
    assert kept.result["uplift"]["gain"] == pytest.approx(learnt.learnt.verdict.gain)
    assert set(kept.result["uplift"]["alternatives"]) >= {"by risk", "by value", "by expected profit"}
    assert not learnt.learnt.better  # nobody was contacted in this log
    assert model_folder(home, "winter").is_dir()


@pytest.mark.parametrize(
    ("campaign", "control", "asked"),
    [
        (WINTER, 0.1, {}),
        (WINTER, 0.5, {"uplift": False}),
        (replace(WINTER, policy="grow"), 0.5, {}),
    ],
    ids=["an arm too small", "not asked for", "another policy"],
)
def test_where_nothing_can_be_learnt_nothing_is_kept(
    tmp_path: Path, campaign: Campaign, control: float, asked: dict[str, bool]
) -> None:
    of = everybody(control=control)
    assert control == 0.5 or of.control.sum() < LEAST_IN_ARM
    found = read(tmp_path, of, campaign, **asked)
    assert found.learnt is None
    assert not model_folder(tmp_path, "winter").exists()
    assert "uplift" not in ledger_in(tmp_path).readbacks("winter")[0].result
    assert (found.kept is None) == (campaign.policy == "grow")


def test_the_last_that_proved_better_is_gone_by(tmp_path: Path) -> None:
    ledger, of = ledger_in(tmp_path), members(9)
    days = {"old": 1, "good": 2, "worse": 3, "win": 4, "lost": 5, "unread": 6}
    for name, day in days.items():
        ledger.add(replace(WINTER, name=name, as_of=day, policy="win_back" if name == "win" else "retain"), of)
    for name in ("old", "good", "worse", "win", "lost"):
        ledger.add_readback(name, 99, {"uplift": {"better": name == "worse"}})
        ledger.add_readback(name, 100, {"uplift": {"better": name != "worse"}})  # the last reading counts
        if name != "lost":
            model_folder(tmp_path, name).mkdir()
    assert proven(ledger, "retain", tmp_path) == ("good", model_folder(tmp_path, "good"))
    assert proven(ledger, "win_back", tmp_path) == ("win", model_folder(tmp_path, "win"))
    assert proven(ledger, "grow", tmp_path) is None


def test_a_campaign_goes_by_a_model_that_proved_better(home: Path, learnt: Reading) -> None:
    assert learnt.learnt is not None
    before = acted(settings_in(home, cool_days=0))
    assert any("assumed, not measured" in one for one in before.notes)
    ledger_in(home).add_readback("winter", AS_OF, {"uplift": {"better": True}})
    after = acted(settings_in(home, cool_days=0))
    assert "Whom the offer keeps is told by what campaign winter measured (make readback)." in after.notes
    assert not any("assumed, not measured" in one for one in after.notes)
    stakes = after.scored.stakes.times(0.3).rows(after.appraisal.places)
    with known_by() as (where, log):
        prepared = prepare(log.lines, where)
        chances = keep_chances(model_folder(home, "winter"), prepared, AS_OF, stakes, RETAIN.offer)
        prepared.close()
    assert after.appraisal.expected.kept == pytest.approx(chances * reach(stakes, RETAIN.offer))
    assert not np.allclose(after.appraisal.expected.kept, before.appraisal.expected.kept)
