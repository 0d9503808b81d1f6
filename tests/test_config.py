"""From the command line to settings: all that lies in conf/ works, and what does not is a sentence."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import makers
import pytest

from setia.config import Config, compose, run
from setia.errors import InputError, LockedError, NoChampionError, StaleLogError
from setia.training import train

CONF = Path(__file__).resolve().parents[1] / "conf"
OPTIONS = sorted((path.parent.name, path.stem) for path in CONF.glob("*/*.yaml"))
EXPERIMENTS = [name for group, name in OPTIONS if group == "experiment"]


@pytest.mark.parametrize(("group", "name"), OPTIONS, ids=lambda part: part)
def test_every_option_of_every_group_composes_and_becomes_an_object(group: str, name: str) -> None:
    if name == "dask":
        pytest.importorskip("distributed", reason="needs Dask: make cluster")
    config = compose([f"{group}={name}"])
    assert isinstance(config, Config)
    if group != "experiment":
        found = getattr(config, group, None) or getattr(config.train, "definition" if group == "defection" else group)
        assert type(found).__module__.startswith("setia.")
    if group == "classifier":
        assert hasattr(config.train.classifier.estimator(random_state=1), "fit")


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_runs_on_a_small_log(name: str) -> None:
    config = compose([f"experiment={name}", *makers.QUICK, f"horizon_days={makers.HORIZON}"])
    engine = makers.engine()
    training = train(config.train, makers.small_log(engine, makers.rows_of()), engine)
    assert training.evaluation.figure("auc", "setia") is not None


def test_there_is_an_experiment_to_copy() -> None:
    assert EXPERIMENTS
    assert compose(["experiment=quick"]).train.cutoffs.count == 2
    # what is said on the command line counts more
    assert compose(["experiment=quick", "cutoffs.count=4"]).train.cutoffs.count == 4


def test_every_option_says_what_it_is_for() -> None:
    for path in CONF.rglob("*.yaml"):
        assert "# " in path.read_text(encoding="utf-8"), path


def test_the_defaults_are_those_of_the_code() -> None:
    """Two sets of defaults that differ would be found out by whoever trusts the wrong one."""
    from setia.alert import AlertSettings
    from setia.audit import AuditSettings
    from setia.backtest import BacktestSettings
    from setia.card import CardSettings
    from setia.cohorts import RetentionSettings
    from setia.defection import Category, Partial, Rhythm, Silence
    from setia.features import FeatureSettings
    from setia.learn.combine import CombineSettings
    from setia.learn.dropout import DropoutSettings
    from setia.learn.interval import IntervalSettings
    from setia.panel import PanelSettings
    from setia.report.page import ReportSettings
    from setia.scoring import ScoreSettings
    from setia.timeline import TimelineSettings
    from setia.tracking import TrackingSettings
    from setia.tuning import TuneSettings
    from setia.value import ValueSettings

    config = compose()
    assert config.score == ScoreSettings()
    assert config.backtest == BacktestSettings()
    assert (config.define, config.retention) == (AuditSettings(), RetentionSettings())
    assert config.alert == AlertSettings()
    assert (config.customer, config.report) == (CardSettings(), ReportSettings())
    assert config.language == "en"
    assert config.train.also == ()
    for kind in (Silence, Rhythm, Partial, Category):
        assert compose([f"defection={kind.name}"]).train.definition == kind()
    assert config.tracking == TrackingSettings()
    assert replace(config.tune, space={}) == TuneSettings()
    found = config.train
    assert (found.cutoffs, found.panel, found.value) == (TimelineSettings(), PanelSettings(), ValueSettings())
    assert (found.features, found.dropout) == (FeatureSettings(), DropoutSettings())
    assert (found.combine, found.interval) == (CombineSettings(), IntervalSettings())


def test_further_logs_are_named_or_lie_somewhere(tmp_path: Path) -> None:
    path = tmp_path / "a shop.csv"
    path.touch()
    config = compose(["source.timezone=Asia/Tokyo", f'tune.logs=[cdnow,"{path}"]', "tune.space.tweedie=null"])
    assert [(source.kind, source.path) for source in config.further] == [("cdnow", None), ("files", str(path))]
    assert {source.timezone for source in config.further} == {"UTC"}  # what is said of `source` is of it alone
    assert len(config.tune.ranges) == len(compose().tune.ranges) - 1
    with pytest.raises(InputError, match=r"tune.logs names cdnw, which is neither a source \(cdnow, .*\) nor a file"):
        compose(["tune.logs=[cdnw]"])


def test_what_is_overridden_arrives() -> None:
    config = compose(
        [
            "source=files",
            'source.path="a folder/with (signs), and = more.csv"',
            "source.columns.customer_id=user",
            "as_of=2017-10-31",
            "horizon_days=45",
            "classifier.estimator.n_estimators=7",
            "+classifier.estimator.n_jobs=1",
            "leak.allow=[a,b]",
            "model=models:/x@champion",
            "output=there.csv",
            "seed=3",
        ]
    )
    assert config.source.path == "a folder/with (signs), and = more.csv"
    assert config.source.columns.customer_id == "user"
    assert config.as_of == 17470
    assert (config.train.horizon_days, config.train.seed, config.train.leak_allow) == (45, 3, ("a", "b"))
    assert config.train.classifier.estimator().get_params()["n_estimators"] == 7
    assert config.train.classifier.estimator().get_params()["n_jobs"] == 1
    assert (config.model, config.score.output) == ("models:/x@champion", "there.csv")


def test_definitions_arrive_with_their_settings() -> None:
    from setia.defection import AnyOf, Partial, Rhythm, Silence

    config = compose(["defection=partial", "defection.share=0.4", "defection.measure=spend", "also=[rhythm,silence]"])
    assert config.train.definition == Partial(share=0.4, measure="spend")
    assert config.train.also == (Rhythm(), Silence())
    assert compose(["defection=any_of"]).train.definition == AnyOf((Silence(), Partial()))
    assert compose(["also=[any_of]"]).train.also == (AnyOf((Silence(), Partial())),)
    some = "defection.of=[rhythm,{_target_:setia.defection.Partial,share:0.4}]"
    assert compose(["defection=any_of", some]).train.definition == AnyOf((Rhythm(), Partial(share=0.4)))
    for parts, said in {
        "[silence,partal]": "defection.of names partal",
        "[silence,any_of]": "any_of itself",
        "[silence,{_target_:setia.defection.AnyOf}]": "any_of itself",
        "[silence,{_target_:setia.defection.Partial,shae:0.4}]": "The settings of defection are wrong",
        **dict.fromkeys(["silence", "null", "[silence,7]", "[silence,{share:3}]"], "must be a list of names"),
    }.items():
        with pytest.raises(InputError, match=said):
            compose(["defection=any_of", f"defection.of={parts}"])


def test_the_text_of_the_settings_says_what_was_asked_for() -> None:
    config = compose(["horizon_days=45"])
    assert "horizon_days: 45" in config.yaml


@pytest.mark.parametrize(
    ("override", "said"),
    [
        # a name that does not exist: the nearest one
        ("horizon_day=60", "There is no setting horizon_day. The nearest is horizon_days."),
        ("sorce=files", "There is no setting sorce. The nearest is source."),
        ("cutoffs.cuont=3", "There is no setting cutoffs.cuont. The nearest is cutoffs.count."),
        ("source.columns.customr_id=x", "The nearest is source.columns.customer_id."),
        ("classifier.estimator.num_leafs=x", "The nearest is classifier.estimator.num_leaves."),
        ("classifier.estimator.n_jobs=1", "give the estimator another parameter: +classifier.estimator.n_jobs=..."),
        ("leak.alow=[a]", "The nearest is leak.allow."),
        ("zzz=1", "There is no setting zzz. See --config"),
        ("+zzz=1", "There is no setting zzz."),
        # an option that does not exist
        ("source=fles", "source=fles is unknown; use one of cdnow, complete_journey, database, files, simulated."),
        ("classifier=logistc", "The nearest is logistic."),
        ("experiment=quik", "experiment=quik is unknown; use one of quick"),
        ("defection=", "defection= is unknown; use one of any_of, category, partial, rhythm, silence."),
        # one of another option
        ("source.url=sqlite:///x.db", "source.url is a setting of source=database only; choose that as well."),
        # a value of another kind
        ("horizon_days=soon", "horizon_days=soon must be a whole number or null."),
        ("horizon_days=2.5", "must be a whole number"),
        ("horizon_days=true", "must be a whole number"),
        ("discount_rate_annual=low", "discount_rate_annual=low must be a number."),
        ("seed=null", "must be a whole number"),
        ("quiet=maybe", "quiet=maybe must be true or false."),
        ("name=2024", "As text a number stands in two pairs of quotes: 'name=\"2024\"'."),
        ("cutoffs.count=many", "cutoffs.count=many must be a whole number."),
        ("cutoffs.step_days=x", "cutoffs.step_days=x must be a whole number or null."),
        ("panel.max_rows=[1]", "panel.max_rows=[1] must be a whole number."),
        ("classifier.patience=long", "classifier.patience=long must be a whole number."),
        ("combine.share_prior_rows=null", "must be a number."),
        ("features.families=rfm", "features.families=rfm must be a list of names, such as [a,b]."),
        ("leak.allow=age", "leak.allow=age must be a list of names"),
        ("leak.allow=[1]", "must be a list of names"),
        ("source.day_first=perhaps", "source.day_first=perhaps must be true or false or null."),
        ("source.columns.amount=[a]", "source.columns.amount=['a'] must be text or null."),
        ("engine.threads=all", "engine.threads=all must be a whole number or null."),
        ("tracking.register=perhaps", "must be true or false."),
        ("score.max_age_days=old", "score.max_age_days=old must be a whole number or null."),
        # a value that means nothing
        ("horizon_days=0", "horizon_days=0 must be at least 1."),
        ("clv_horizon_days=0", "clv_horizon_days=0 must be at least 1."),
        ("discount_rate_annual=-0.1", "discount_rate_annual=-0.1 must not be negative."),
        ("seed=-1", "seed=-1 must not be negative."),
        ("defection=partal", "The nearest is partial."),
        ("defection.share=0.4", "defection.share is a setting of defection=partial only; choose that as well."),
        ("also=partial", "also=partial must be a list of names"),
        ("also=[partal]", "also names partal, which is no definition of defection; use any of any_of, category,"),
        ("also=[silence]", "Each definition can be asked for once; silence stands twice"),
        ("also=[partial,partial]", "partial stands twice"),
        ("define.cutoffs=0", "define.cutoffs=0 must be at least 1."),
        ("define.step_days=soon", "must be a whole number or null"),
        ("alert.false_alarms=0", "alert.false_alarms=0 must be above 0."),
        ("alert.cool_days=0", "alert.cool_days=0 must be at least 1."),
        ("alert.output=alerts.xlsx", "alert.output=alerts.xlsx must end in .csv or .parquet."),
        ("retention.months=0", "retention.months=0 must be at least 1."),
        ("retention.output=kept.xlsx", "retention.output=kept.xlsx must end in .csv or .parquet."),
        ("as_of=31.10.2017", "'31.10.2017' is not a date; write it as YYYY-MM-DD"),
        ("cutoffs.count=0", "cutoffs.count=0 must be at least 1."),
        ("score.batch_rows=0", "score.batch_rows=0 must be at least 1."),
        ("backtest.count=0", "backtest.count=0 must be at least 1."),
        ("backtest.cutoffs=[tomorrow]", "'tomorrow' is not a date; write it as YYYY-MM-DD"),
        ("backtest.cutoffs=1997-09-30", "backtest.cutoffs=1997-09-30 must be a list of names"),
        ("backtest.output=page.html", "backtest.output=page.html must end in .md"),
        ("dropout.model=bg_nbd", "use one of pareto_nbd, mbg_nbd"),
        ("tracking.uri=nowhere", "tracking.uri=nowhere is not understood"),
        ("classifier.estimator._target_=no.such.Thing", "The settings of classifier are wrong"),
        # what is not understood at all
        ("horizon_days", "'horizon_days' is not understood; write settings as NAME=VALUE"),
        ("--horizon_days=60", "is not understood; write settings as NAME=VALUE"),
        ("~source.path=x", "is not understood"),
        ("=x", "is not understood"),
        ("source.path=a/b=c.csv", "put a value with spaces, commas or signs in quotes: 'source.path=\"a/b=c.csv\"'."),
        ("horizon_days=30,60", "gives several values; write a list as horizon_days=[30,60], or give one."),
        ("source.path=${oc.env:SURELY_NOT_SET}", "SURELY_NOT_SET"),
    ],
)
def test_what_is_wrong_is_a_sentence(override: str, said: str) -> None:
    with pytest.raises(InputError) as caught:
        compose([override])
    assert said in str(caught.value)
    assert str(caught.value).endswith(".")
    for jargon in ("full_key", "hydra", "TypeError", "ConfigAttribute", "\n"):
        assert jargon not in str(caught.value)


def test_a_secret_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "sqlite:///shop.db")
    assert compose(["source=database", "source.url=${oc.env:SHOP_URL}"]).source.url == "sqlite:///shop.db"


def test_composing_twice_is_no_trouble() -> None:
    assert compose(["seed=3"]).yaml == compose(["seed=3"]).yaml != compose(["seed=4"]).yaml


# ---- the door of every pipeline

Code = Callable[..., tuple[int, str, str]]


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Code:
    def opened(action: Callable[[Config], None], *arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["train.py", *arguments])
        code = 0
        try:
            run("train", "Train a model.", action)
        except SystemExit as left:
            code = int(left.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return opened


def raising(error: BaseException) -> Callable[[Config], None]:
    def action(config: Config) -> None:
        raise error

    return action


@pytest.mark.parametrize(
    ("error", "code"),
    [(InputError, 2), (NoChampionError, 3), (LockedError, 4), (StaleLogError, 5)],
)
def test_a_users_fault_is_one_sentence_and_its_own_code(error: type[Exception], code: int, door: Code) -> None:
    assert door(raising(error("The log is odd."))) == (code, "", "\nsetia train: The log is odd.\n")


def test_a_fault_of_ours_says_so_and_shows_where(door: Code) -> None:
    code, out, err = door(raising(ZeroDivisionError("oops")))
    assert code == 1
    assert "Traceback" in err
    assert err.endswith("this is a fault of Setia, not of your log; please report the lines above.\n")
    assert out == ""


def test_an_interruption_is_calm(door: Code) -> None:
    code, _, err = door(raising(KeyboardInterrupt()))
    assert code == 130
    assert "Traceback" not in err
    assert "stopped" in err


def test_what_went_well_says_nothing(door: Code) -> None:
    seen: list[Any] = []
    assert door(seen.append, "horizon_days=9", "--quiet") == (0, "", "")
    assert (seen[0].train.horizon_days, seen[0].quiet) == (9, True)


@pytest.mark.parametrize("option", ["--help", "-h"])
def test_help_is_a_page_and_does_nothing(option: str, door: Code) -> None:
    code, out, err = door(raising(ZeroDivisionError()), "horizon_days=soon", option)
    assert (code, err) == (0, "")
    assert out.startswith("usage: python pipelines/train.py [SETTING=VALUE ...]\n\nTrain a model.\n")
    assert "Exit codes: 0 done" in out
    assert max(map(len, out.splitlines())) <= 99


def test_help_names_settings_that_exist(door: Code) -> None:
    _, out, _ = door(raising(ZeroDivisionError()), "--help")
    named = re.findall(r"(?m)(?:^|  )([a-z_.]+)=", out)
    assert len(named) > 12
    text = compose(["source=database"]).yaml
    for name in named:
        assert f"{name.rsplit('.', 1)[-1]}:" in text, name


def test_config_shows_what_would_be_used_and_stops(door: Code) -> None:
    code, out, err = door(raising(ZeroDivisionError()), "horizon_days=61", "--config")
    assert (code, err) == (0, "")
    assert "horizon_days: 61" in out
    assert "output: scores.parquet" in out
    assert "${" not in out


def test_config_shows_no_password(door: Code, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_URL", "postgresql+psycopg://reader:hushhush@db.example.com/shop")
    for url in ("${oc.env:SHOP_URL}", '"postgresql://reader:hushhush@db.example.com/shop"'):
        code, out, _ = door(raising(ZeroDivisionError()), "source=database", f"source.url={url}", "--config")
        assert code == 0
        assert "db.example.com" in out or "SHOP_URL" in out
        assert "hushhush" not in out


# ---- the pipelines themselves


def python(root: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=root, capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.parametrize("name", ["train", "score", "features", "tune", "define", "retention", "alert"])
def test_help_comes_in_less_than_a_second(name: str, root: Path) -> None:
    times, bare = [], []
    for _ in range(3):
        start = time.perf_counter()
        done = python(root, f"pipelines/{name}.py", "--help")
        times.append(time.perf_counter() - start)
        assert done.returncode == 0
        assert done.stdout.startswith(f"usage: python pipelines/{name}.py")
        assert done.stderr == ""
        start = time.perf_counter()
        python(root, "-c", "pass")
        bare.append(time.perf_counter() - start)
    # where the machine is so busy that Python alone takes long, the second starts after that
    assert min(times) < 1 + min(bare)


def test_every_pipeline_refuses_what_is_wrong(root: Path) -> None:
    for path in sorted((root / "pipelines").glob("*.py")):
        done = python(root, str(path), "horizon_dys=3")
        assert done.returncode == 2, path
        assert "The nearest is horizon_days." in done.stderr
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
