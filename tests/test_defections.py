"""Every definition of conf/defection from end to end: trained in one run, under names of their own, scored singly."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from leavers import SPAN, rows
from makers import QUICK, START, write_csv
from pyarrow import parquet
from test_config import OPTIONS
from test_end_to_end import pipeline

from setia.bundle import Bundle
from setia.schema import SCORES
from setia.timeline import date_of

HORIZON = 30
NAMES = [name for group, name in OPTIONS if group == "defection"]
STORE = "tracking.uri=sqlite:///store/mlflow.db"
LOG = ("source=files", "source.path=log.csv", f"horizon_days={HORIZON}", STORE)
AS_OF = date_of(START + SPAN - 1).isoformat()
SCORE = (*LOG, "engine.threads=1", f"as_of={AS_OF}", "score.history=null", "quiet=true")
STATUSES = {"new", "lapsed", "overdue", "active"}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working directory where a model was trained for every definition, all of them in one run."""
    folder = tmp_path_factory.mktemp("home")
    write_csv(folder / "log.csv", rows(), ("amount", "category"))
    others = ",".join(name for name in NAMES if name != "silence")
    assert pipeline(folder, "train", *LOG, *QUICK, f"also=[{others}]", "quiet=true") == 0
    return folder


def scores(home: Path, name: str, *more: str) -> list[dict[str, Any]]:
    output = home / f"{name}.parquet"
    assert pipeline(home, "score", *SCORE, f"defection={name}", f"output={output}", *more) == 0
    table = parquet.read_table(output)
    assert table.column_names == list(SCORES)
    found: list[dict[str, Any]] = table.to_pylist()
    return found


def registered(name: str) -> str:
    return f"log-{'silence_or_partial' if name == 'any_of' else name}-revenue-{HORIZON}d"


def test_each_is_registered_under_a_name_of_its_own(home: Path) -> None:
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{home}/store/mlflow.db")
    found = {model.name: model for model in client.search_registered_models()}
    assert set(found) == {registered(name) for name in NAMES}
    assert len(found) == len(NAMES)
    for model in found.values():  # none was beaten by another: each is the first of its name
        assert set(model.aliases) == {"champion"}
        assert str(model.aliases["champion"]) == "1"


@pytest.mark.parametrize("name", NAMES)
def test_the_scores_are_by_the_chosen_one_and_say_so(name: str, home: Path) -> None:
    found = scores(home, name)
    assert {row["definition"] for row in found} == {name}
    assert {row["model_version"] for row in found} == {f"{registered(name)}/1"}
    assert len(found) == len({row["customer_id"] for row in rows()})
    assert {row["status"] for row in found} <= STATUSES
    for row in found:
        p = row["p_defect"]
        assert (p is None) == (row["value_at_risk"] is None)
        assert p is None or 0 < p < 1
        assert p is not None or row["reason_1"] is None
        assert row["expected_value"] >= 0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "silence"])
def test_whom_it_does_not_cover_is_described_all_the_same(name: str, home: Path) -> None:
    """A definition changes p_defect, what is at risk with it, and the reasons: nothing else of the table."""
    usual = {row["customer_id"]: row for row in scores(home, "silence")}
    assert None not in {row["p_defect"] for row in usual.values()}
    uncovered = [row for row in scores(home, name) if row["p_defect"] is None]
    assert bool(uncovered) == (name != "any_of")  # silence covers everybody
    for row in uncovered:
        for same in ("status", "days_since_last", "frequency", "p_alive"):
            assert row[same] == usual[row["customer_id"]][same]
        assert row["clv"] is not None


def test_null_is_no_verdict_of_loyalty(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of those whom nothing is said of many have left: rhythm says nothing of those who broke it before."""
    usual = {row["customer_id"]: row["p_defect"] for row in scores(home, "silence")}
    capsys.readouterr()
    found = scores(home, "rhythm", "quiet=false")
    said = " ".join(capsys.readouterr().out.split())
    uncovered = [row for row in found if row["p_defect"] is None]
    assert f"defection=rhythm does not cover {len(uncovered)} customers" in said
    assert "does not mean loyal" in said
    gone = [row for row in uncovered if usual[row["customer_id"]] > 0.5]
    assert len(gone) > len(uncovered) / 2
    statuses = Counter(row["status"] for row in gone)
    assert statuses["lapsed"] + statuses["overdue"] > 0.9 * len(gone)


def test_any_of_two_is_likelier_than_one(home: Path) -> None:
    """Partial defection has silence in it: together they are the likelier."""
    silent = {row["customer_id"]: row["p_defect"] for row in scores(home, "silence")}
    either = {row["customer_id"]: row["p_defect"] for row in scores(home, "any_of")}
    more = [either[customer] - p for customer, p in silent.items()]
    assert sum(more) / len(more) > 0.02


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ("defection=partial", "name=log-silence-revenue-30d"),
            "trained for defection=silence, not for defection=partial",
        ),
        (
            ("defection=partial", "defection.share=0.4", "name=log-partial-revenue-30d"),
            "trained for defection=partial defection.share=0.5",
        ),
    ],
)
def test_another_question_than_the_models_is_refused(
    arguments: tuple[str, ...], said: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert pipeline(home, "score", *SCORE, "output=never.parquet", *arguments) == 2
    assert said in capsys.readouterr().err
    assert not (home / "never.parquet").exists()


def test_other_settings_are_another_question(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """No champion answers for a share that it was not trained for."""
    assert pipeline(home, "score", *SCORE, "output=never.parquet", "defection=partial", "defection.share=0.4") == 3
    assert "log-partial_share_0.4-revenue" in capsys.readouterr().err


def test_what_is_not_asked_for_is_as_the_model_has_it(home: Path) -> None:
    assert pipeline(home, "score", *SCORE, "output=by name.parquet", "name=log-partial-revenue-30d") == 0
    assert set(parquet.read_table(home / "by name.parquet")["definition"].to_pylist()) == {"partial"}


def test_a_name_of_ones_own_is_kept_for_the_chosen_one(tmp_path: Path, home: Path) -> None:
    from mlflow import MlflowClient

    store = f"tracking.uri=sqlite:///{tmp_path}/mlflow.db"
    asked = (*LOG, *QUICK, store, "defection=partial", "also=[silence]", "name=shop", "quiet=true")
    assert pipeline(home, "train", *asked) == 0
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    assert {model.name for model in client.search_registered_models()} == {"shop", "shop-silence"}
    assert pipeline(home, "score", *SCORE, store, f"output={tmp_path}/shop.parquet", "name=shop") == 0
    table = parquet.read_table(tmp_path / "shop.parquet")
    assert set(table["definition"].to_pylist()) == {"partial"}
    assert 0 < table["p_defect"].null_count < table.num_rows


def test_a_bundle_brings_its_definition_along(home: Path) -> None:
    from setia.defection import Partial

    folders = {Bundle.load(path.parent).facts.definition: path.parent for path in home.rglob("bundle.json")}
    assert set(folders) == set(NAMES)
    assert Bundle.load(folders["partial"]).definition == Partial()
    assert [part.name for part in Bundle.load(folders["any_of"]).definition.of] == ["silence", "partial"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("columns", "asked", "said"),
    [
        (("amount",), ("defection=category",), "set source.columns.category"),
        (("amount",), ("also=[category]",), "set source.columns.category"),
        (
            ("amount",),
            ("defection=partial", "defection.min_expected_visits=500"),
            "defection=partial covers none of the",
        ),
        (("amount",), ("defection=rhythm", "defection.min_purchases=900"), "ask less of whom it covers"),
    ],
)
def test_a_definition_that_the_log_cannot_serve_ends_with_a_sentence(
    columns: tuple[str, ...], asked: tuple[str, ...], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_csv(tmp_path / "log.csv", rows(), columns)
    assert pipeline(tmp_path, "train", *LOG, *QUICK, *asked, "quiet=true") == 2
    [sentence] = capsys.readouterr().err.strip().splitlines()
    assert said in sentence
