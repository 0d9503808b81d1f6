"""From the command line to settings: the only module of the library that knows Hydra and OmegaConf."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setia.config.definitions import check_parts, further_definitions, with_parts
from setia.config.further import further_sources
from setia.config.kinds import check_kinds, check_node
from setia.config.override import check_override, no_setting
from setia.errors import InputError, SetiaError

if TYPE_CHECKING:
    from setia.act import ActSettings, ReadbackSettings, SegmentSettings
    from setia.alert import AlertSettings
    from setia.audit import AuditSettings
    from setia.backtest import BacktestSettings
    from setia.card import CardSettings
    from setia.cohorts import RetentionSettings
    from setia.engine import EngineSettings, SparkSettings
    from setia.ledger import LedgerSettings
    from setia.policy import Divest, Policy
    from setia.report.page import ReportSettings
    from setia.scoring import ScoreSettings
    from setia.source import SourceSettings
    from setia.tracking import TrackingSettings
    from setia.training import TrainSettings
    from setia.tuning import TuneSettings

HELP = """usage: python pipelines/{name}.py [SETTING=VALUE ...]

{what}

Settings that every pipeline shares (all of them: the comments in conf/):
  source=complete_journey|cdnow|files|database|simulated
  source.path=LOG.parquet          a file, a glob or a folder; CSV, TSV, gzip, Parquet
  source.columns.customer_id=...   and timestamp, amount, order_id, product_id, category, ...
  source.day_first=true|false      how 3/4/2010 is to be read
  source.timezone=...  source.currency=...
  as_of=YYYY-MM-DD                 last day that may be known (default: the log's last)
  horizon_days=60                  days ahead that are predicted (default: chosen from the log)
  defection=silence|rhythm|partial|category|any_of      what p_defect means
  also=[partial]                   further definitions that are trained for
  value=revenue|purchases|profit  engine=duckdb|spark  seed=7
  name=REGISTERED_MODEL  model=URI  tracking.uri=sqlite:///PATH.db  output=scores.parquet
  language=en|id                   of reasons, alerts, cards and the report
  quiet=true                       no progress, no summary

Options:
  --help      this text
  --config    print the resolved configuration and stop
  --quiet     the same as quiet=true: nothing but errors

Exit codes: 0 done, 1 a fault of ours, 2 the input or a setting is wrong, 3 no champion,
            4 another run holds the lock, 5 the log is stale, 130 stopped (docs/running.md)
"""


@dataclass(frozen=True)
class Config:
    """The resolved configuration, one object per module that reads it. `yaml` is its text.

    `overrides` and `folder` are what it was composed of; `further` are the sources that tune.logs names.
    """

    source: SourceSettings
    engine: EngineSettings | SparkSettings
    train: TrainSettings
    tracking: TrackingSettings
    score: ScoreSettings
    backtest: BacktestSettings
    define: AuditSettings
    retention: RetentionSettings
    ledger: LedgerSettings
    alert: AlertSettings
    policy: Policy | Divest
    act: ActSettings
    readback: ReadbackSettings
    segments: SegmentSettings
    customer: CardSettings
    report: ReportSettings
    tune: TuneSettings
    further: tuple[SourceSettings, ...]
    as_of: int | None
    name: str | None
    model: str | None
    features_output: str
    language: str
    quiet: bool
    yaml: str
    overrides: tuple[str, ...]
    folder: Path


def compose(overrides: Sequence[str] = (), folder: Path | None = None) -> Config:
    """Compose conf/ with overrides into settings.

    Raises:
        InputError: an override names what does not exist, or a value that its setting refuses.
    """
    # Threads of LightGBM wait asleep, not spinning: on a busy machine spinning costs several times the work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    folder = folder or _conf_folder()
    return _instantiate(_composed(list(overrides), folder), tuple(overrides), folder)


def run(name: str, what: str, action: Callable[[Config], None]) -> None:
    """Run a pipeline: settings from the command line, faults told as sentences, exit codes kept."""
    arguments = sys.argv[1:]
    if "--help" in arguments or "-h" in arguments:
        sys.stdout.write(HELP.format(name=name, what=what))
        return
    try:
        show = "--config" in arguments
        config = compose([a for a in arguments if a not in ("--config", "--quiet")] + _quiet(arguments))
        if show:
            from setia.report.closing import without_passwords

            sys.stdout.write(without_passwords(config.yaml))
        else:
            action(config)
    except SetiaError as error:
        _leave(f"\nsetia {name}: {error}", error.exit_code)
    except KeyboardInterrupt:
        _leave(f"\nsetia {name}: stopped; nothing half-written was left.", 130)
    except BrokenPipeError:
        os._exit(1)
    except Exception:  # the last door: whatever comes here is a fault of ours
        traceback.print_exc()
        _leave(f"\nsetia {name}: this is a fault of Setia, not of your log; please report the lines above.", 1)


def _quiet(arguments: Sequence[str]) -> list[str]:
    return ["quiet=true"] if "--quiet" in arguments else []


def _leave(sentence: str, code: int) -> None:
    sys.stderr.write(sentence + "\n")
    sys.exit(code)


def _conf_folder() -> Path:
    """Return conf/ of the checkout this package is installed from, or of the working directory."""
    beside = Path(__file__).resolve().parents[3] / "conf"
    return beside if beside.is_dir() else Path.cwd() / "conf"


def _composed(overrides: list[str], folder: Path) -> Any:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    for override in overrides:
        check_override(override, folder)
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(folder), version_base="1.3"):
            return hydra_compose("config", overrides=overrides)
    except (HydraException, OmegaConfBaseException) as error:
        message = str(error)
        for override in overrides:
            key = override.partition("=")[0]
            if f"Could not override '{key}'" in message:
                raise InputError(no_setting(key, folder)) from error
        raise InputError(f"The configuration is wrong: {_plain(error)}") from error


def _plain(error: Exception) -> str:
    """Return what is wrong, without what only a programmer can use."""
    first = str(error).strip().splitlines()[0].split(", set env var")[0]
    return first.removeprefix("KeyError raised while resolving interpolation: ").rstrip(".") + "."


def _instantiate(cfg: Any, overrides: tuple[str, ...], folder: Path) -> Config:
    from hydra.errors import HydraException
    from hydra.utils import instantiate
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    from setia.timeline import day_of
    from setia.training import TrainSettings

    def made(group: str) -> Any:
        try:
            return instantiate(cfg[group], _convert_="object")
        except HydraException as error:
            if isinstance(error.__cause__, SetiaError):
                raise error.__cause__ from error
            raise InputError(f"The settings of {group} are wrong: {_plain(error)}") from error

    try:
        text = OmegaConf.to_yaml(cfg, resolve=True)
        values: Any = OmegaConf.to_container(cfg, resolve=True)
        check_kinds(values, _KINDS, "")
        check_kinds(values["leak"], _LEAK, "leak.")
        check_node(values, "")
        check_parts(values["defection"])
        train = TrainSettings(
            **{group: made(group) for group in _TRAIN_GROUPS},
            definition=with_parts(made("defection"), folder),
            also=further_definitions(values["also"], folder),
            horizon_days=cfg.horizon_days,
            clv_horizon_days=cfg.clv_horizon_days,
            discount_rate_annual=float(cfg.discount_rate_annual),
            leak_allow=tuple(cfg.leak.allow),
            seed=cfg.seed,
        )
        tune = made("tune")
        return Config(
            source=made("source"),
            engine=made("engine"),
            train=train,
            tracking=made("tracking"),
            score=made("score"),
            backtest=made("backtest"),
            define=made("define"),
            retention=made("retention"),
            ledger=made("ledger"),
            alert=made("alert"),
            policy=made("policy"),
            act=made("act"),
            readback=made("readback"),
            segments=made("segments"),
            customer=made("customer"),
            report=made("report"),
            tune=tune,
            further=further_sources(tune.logs, folder),
            as_of=None if cfg.as_of is None else day_of(str(cfg.as_of)),
            name=cfg.name,
            model=cfg.model,
            features_output=cfg.features_output,
            language=cfg.language,
            quiet=cfg.quiet,
            yaml=text,
            overrides=overrides,
            folder=folder,
        )
    except OmegaConfBaseException as error:
        raise InputError(f"The configuration is wrong: {_plain(error)}") from error


_TRAIN_GROUPS = (
    *("classifier", "regressor", "distributed", "value", "features", "cutoffs", "panel"),
    *("dropout", "combine", "interval"),
)
#: The kinds of the settings that stand in no group, as a dataclass would declare them.
_KINDS = {
    "also": "tuple[str, ...]",
    "horizon_days": "int | None",
    "clv_horizon_days": "int",
    "discount_rate_annual": "float",
    "name": "str | None",
    "model": "str | None",
    "output": "str",
    "features_output": "str",
    "language": "str",
    "seed": "int",
    "quiet": "bool",
}
_LEAK = {"allow": "tuple[str, ...]"}
