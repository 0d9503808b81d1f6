"""`make act` and `make readback` from end to end, in a simulated world: lists, a control group, and what it brought."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from makers import QUICK, write_csv
from small_losses import MINNOWS
from small_losses import bundle as losses_bundle
from small_losses import rows as losses_rows
from test_end_to_end import pipeline

from setia.campaign import CampaignLedger
from setia.config import compose
from setia.output import locked
from setia.tracking import find_champion

STORE = "tracking.uri=sqlite:///store/mlflow.db"
WORLD = (
    *("source=simulated", "source.world.customers=1000", "source.world.days=300", "source.world.acquisition_days=220"),
    *("source.currency=EUR", "horizon_days=30", STORE, "engine.threads=1"),
)
AS_OF, ENDS, AFTER = "as_of=2022-09-07", "2022-10-07", "as_of=2022-10-07"
ASKED = (*WORLD, AS_OF, "policy.offer.cost=2", "policy.offer.contact_cost=0.2")
READ = tuple(setting for setting in WORLD if setting != "horizon_days=30")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory with a model of what was known on the day of the campaigns."""
    folder = tmp_path_factory.mktemp("home")
    few = [setting for setting in QUICK if not setting.startswith("engine")]
    assert pipeline(folder, "train", *WORLD, AS_OF, *few, "quiet=true") == 0
    return folder


def settings_in(folder: str) -> tuple[str, str]:
    return f"act.folder={folder}", f"act.ledger={folder}/campaigns.db"


def ledger(home: Path, folder: str) -> CampaignLedger:
    return CampaignLedger(home / folder / "campaigns.db", "simulated")


def listed(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def held(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.glob("[!.]*")}


def plain(text: str) -> str:
    return " ".join(text.split())


def test_a_campaign_is_made_once_and_read_back(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    spring = (*ASKED, *settings_in("spring"), "act.campaign=spring", "act.budget=150", "act.control=0.25")
    assert pipeline(home, "act", *spring) == 0
    said = capfd.readouterr()
    assert "Campaign spring: policy retain, simulated." in plain(said.out)
    assert "scores and reasons" in said.err
    folder = home / "spring"
    assert set(held(folder)) == {"spring.csv", "spring-control.csv", "spring.png", "campaigns.db"}
    contact, alone = listed(folder / "spring.csv"), listed(folder / "spring-control.csv")
    assert 130 < sum(float(row["cost"]) for row in contact) <= 150
    assert len(alone) == round(0.25 * (len(contact) + len(alone))) > 20
    assert min(float(row["expected_profit"]) for row in (*contact, *alone)) > 0
    assert "lapsed" not in {row["status"] for row in (*contact, *alone)}
    members = ledger(home, "spring").members("spring")
    assert set(members.customer_id[members.control]) == {row["customer_id"] for row in alone}
    assert set(members.customer_id[~members.control]) == {row["customer_id"] for row in contact}

    # the same name again: nothing is scored, nothing is changed
    before = held(folder)
    assert pipeline(home, "act", *spring) == 0
    said = capfd.readouterr()
    assert "Campaign spring of simulated was made already, as of 2022-09-07; nothing was changed." in plain(said.out)
    assert "Not followed" not in said.out
    assert "scores and reasons" not in said.err
    assert held(folder) == before
    assert pipeline(home, "act", *spring, "act.budget=500", "seed=9", "policy.offer.cost=3") == 0
    told = plain(capfd.readouterr().out)
    assert "act.budget=500 (it was made with 150)" in told
    assert "policy.offer.cost=3 (it was made with 2)" in told
    assert pipeline(home, "act", *spring, "--quiet") == 0
    assert capfd.readouterr() == ("", "")
    assert held(folder) == before

    # read back too early, and when it is over
    read = (*READ, "readback.folder=spring", "readback.ledger=spring/campaigns.db")
    assert pipeline(home, "readback", *read, "as_of=2022-10-06", "quiet=true") == 2
    early = plain(capfd.readouterr().err)
    assert f"Campaign spring is followed up to {ENDS}, but simulated is known up to 2022-10-06 only." in early
    assert ledger(home, "spring").readbacks("spring") == ()
    assert pipeline(home, "readback", *read, AFTER) == 0
    said = capfd.readouterr()
    assert f"Campaign spring, 2022-09-07 to {ENDS}." in plain(said.out)
    assert f"{len(contact)} contacted beside {len(alone)} left alone" in plain(said.out)
    overall, *segments = listed(folder / "spring-readback.csv")
    assert (overall["segment"], int(overall["contacted"]), int(overall["control"])) == ("all", len(contact), len(alone))
    # nobody was contacted in this world, so that contacting them cannot have helped
    assert float(overall["profit_lo"]) < 0
    assert {row["segment"] for row in segments} == {row["segment"] for row in (*contact, *alone)}
    assert (folder / "spring-readback.png").read_bytes().startswith(b"\x89PNG")
    (kept,) = ledger(home, "spring").readbacks("spring")
    assert kept.result["effects"][0]["profit"]["estimate"] == pytest.approx(float(overall["profit_estimate"]))


def test_a_second_campaign_leaves_the_first_in_peace(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    where = settings_in("peace")
    first = (*ASKED, *where, "act.campaign=one", "act.control=0.3", "act.count=40")
    assert pipeline(home, "act", *first, "quiet=true") == 0
    assert pipeline(home, "act", *ASKED, *where, "act.campaign=two", "act.count=15") == 0
    contacted, alone = (
        {row["customer_id"] for row in listed(home / "peace" / f"one{end}.csv")} for end in ("", "-control")
    )
    again = {row["customer_id"] for end in ("", "-control") for row in listed(home / "peace" / f"two{end}.csv")}
    assert again.isdisjoint(contacted | alone)
    assert len(listed(home / "peace" / "two.csv")) == 15
    told = plain(capfd.readouterr().out)
    assert f"Left out: {len(contacted)} contacted a short while ago, {len(alone)} whom a campaign under way" in told


def test_the_lapsed_are_won_back(home: Path) -> None:
    asked = (*ASKED, "policy=win_back", "policy.offer.keep_chance=0.1", *settings_in("back"))
    assert pipeline(home, "act", *asked, "quiet=true") == 0
    rows = listed(home / "back" / "win_back-2022-09-07.csv")
    assert {row["status"] for row in rows} == {"lapsed"}
    assert {row["segment"] for row in rows} <= {"win_back", "let_go"}
    (campaign,) = ledger(home, "back").campaigns()
    assert (campaign.policy, campaign.name) == ("win_back", "win_back-2022-09-07")


def test_where_nobody_pays_nothing_is_written(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = (*ASKED, *settings_in("dear"), "policy.offer.cost=5000", "policy.offer.contact_cost=90")
    assert pipeline(home, "act", *asked) == 0
    assert "is expected to lose money. No list was written and no campaign noted." in plain(capfd.readouterr().out)
    assert held(home / "dear") == {}
    assert ledger(home, "dear").campaigns() == ()


def test_what_cannot_be_written_is_not_noted(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    asked = (*ASKED, "act.campaign=lost", "act.folder=lost", "act.ledger=lost.db", "quiet=true")
    noted = CampaignLedger(home / "lost.db", "simulated")
    with locked(home / "lost" / "lost.csv"):
        assert pipeline(home, "act", *asked) == 4
    assert noted.campaigns() == ()
    (home / "taken").write_text("")
    assert pipeline(home, "act", *asked, "act.folder=taken") == 2
    assert "Traceback" not in capfd.readouterr().err
    assert noted.campaigns() == ()


def test_a_model_that_counts_purchases_is_refused(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    uri = f"tracking.uri=sqlite:///{home}/store/mlflow.db"
    bundle, _ = find_champion(compose([uri]).tracking, "simulated-silence-revenue-30d")
    replace(bundle, facts=replace(bundle.facts, basis="purchases")).save(home / "counts")
    assert pipeline(home, "act", *ASKED, *settings_in("refused"), "model=counts", "quiet=true") == 2
    out, err = capfd.readouterr()
    assert out == ""
    (sentence,) = err.strip().splitlines()
    assert sentence.startswith("setia act: A campaign weighs money against money, but this model counts value in")
    assert ledger(home, "refused").campaigns() == ()


def test_parting_takes_two_runs(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    last = write_csv(tmp_path / "log.csv", losses_rows())
    losses_bundle().save(tmp_path / "model")
    asked = ("source=files", "source.path=log.csv", "engine.threads=1", "model=model", "policy=divest", STORE)
    asked = (*asked, *settings_in("parting"), "source.currency=EUR")
    with locked(tmp_path / "parting" / "divest-2017-01-20.csv"):
        assert pipeline(tmp_path, "act", *asked, "as_of=2017-01-20", "quiet=true") == 4
    for day, confirmed in (("2017-01-26", 0), ("2017-02-02", len(MINNOWS))):
        assert pipeline(tmp_path, "act", *asked, f"as_of={day}") == 0, last
        rows = listed(tmp_path / "parting" / f"divest-{day}.csv")
        assert {row["customer_id"] for row in rows} == MINNOWS
        assert sum(row["confirmed"] == "true" for row in rows) == confirmed
        assert f"{confirmed} of them were found by the last run too." in plain(capfd.readouterr().out)
        assert {row["worst"] for row in rows} == {"service"}
