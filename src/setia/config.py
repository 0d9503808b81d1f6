"""From the command line to settings: the only module of the library that knows Hydra and OmegaConf."""

from __future__ import annotations

import difflib
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setia.errors import InputError, SetiaError

if TYPE_CHECKING:
    from setia.engine import EngineSettings
    from setia.scoring import ScoreSettings
    from setia.source import SourceSettings
    from setia.tracking import TrackingSettings
    from setia.training import TrainSettings

HELP = """usage: python pipelines/{name}.py [SETTING=VALUE ...]

{what}

Settings that every pipeline shares (all of them: the comments in conf/):
  source=complete_journey|cdnow|files|database|simulated
  source.path=LOG.parquet          a file, a glob or a folder; CSV, TSV, gzip, Parquet
  source.columns.customer_id=...   and timestamp, amount, order_id, product_id, category, quantity
  source.day_first=true|false      how 3/4/2010 is to be read;  source.timezone=...;  source.currency=...
  as_of=YYYY-MM-DD                 last day that may be known (default: the log's last)
  horizon_days=60                  days ahead that are predicted (default: chosen from the log)
  defection=silence  value=revenue|purchases  engine=duckdb  seed=7
  name=REGISTERED_MODEL  model=URI  tracking.uri=sqlite:///PATH.db  output=scores.parquet  quiet=true

Options:
  --help      this text
  --config    print the resolved configuration and stop

Exit codes: 0 done, 1 a fault of ours, 2 the input or configuration is wrong, 3 no champion,
            4 another run holds the lock, 5 the log is stale
"""


@dataclass(frozen=True)
class Config:
    """The resolved configuration, one object per module that reads it. `yaml` is its text."""

    source: SourceSettings
    engine: EngineSettings
    train: TrainSettings
    tracking: TrackingSettings
    score: ScoreSettings
    as_of: int | None
    name: str | None
    model: str | None
    features_output: str
    quiet: bool
    yaml: str


def compose(overrides: Sequence[str] = (), folder: Path | None = None) -> Config:
    """Compose conf/ with overrides into settings.

    Raises:
        InputError: an override names what does not exist, or a value that its setting refuses.
    """
    # Threads of LightGBM wait asleep, not spinning: on a busy machine spinning costs several times the work.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return _instantiate(_composed(list(overrides), folder or _conf_folder()))


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
            sys.stdout.write(config.yaml)
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
    beside = Path(__file__).resolve().parents[2] / "conf"
    return beside if beside.is_dir() else Path.cwd() / "conf"


def _composed(overrides: list[str], folder: Path) -> Any:
    from hydra import compose as hydra_compose
    from hydra import initialize_config_dir
    from hydra.core.global_hydra import GlobalHydra
    from hydra.errors import HydraException
    from omegaconf.errors import OmegaConfBaseException

    for override in overrides:
        _check_override(override, folder)
    GlobalHydra.instance().clear()
    try:
        with initialize_config_dir(str(folder), version_base="1.3"):
            return hydra_compose("config", overrides=overrides)
    except (HydraException, OmegaConfBaseException) as error:
        message = str(error)
        for override in overrides:
            key = override.partition("=")[0]
            if f"Could not override '{key}'" in message:
                raise InputError(_no_setting(key, folder)) from error
        raise InputError(f"The configuration is wrong: {' '.join(message.split())}") from error


def _check_override(override: str, folder: Path) -> None:
    """Refuse what cannot be meant, in a sentence with the nearest name."""
    from hydra.core.override_parser.overrides_parser import OverridesParser
    from hydra.errors import HydraException

    key, equals, value = override.partition("=")
    if not key or not equals or key.startswith(("-", "~")):
        raise InputError(f"{override!r} is not understood; write settings as NAME=VALUE, or see --help.")
    try:
        several = OverridesParser.create().parse_override(override).is_sweep_override()
    except HydraException as error:
        raise InputError(
            f"{override} is not understood; put a value with spaces, commas or signs in quotes: '{key}=\"{value}\"'."
        ) from error
    if several:
        raise InputError(f"{override} gives several values; write a list as {key}=[{value}], or give one.")
    group = folder / key
    if group.is_dir() and value != "null" and not (group / f"{value}.yaml").exists():
        known = sorted(path.stem for path in group.glob("*.yaml"))
        raise InputError(f"{key}={value} is unknown; use one of {', '.join(known)}.{_nearest(value, known)}")
    if key.startswith("+") and key.lstrip("+").split(".")[0] not in _keys(folder):
        raise InputError(_no_setting(key.lstrip("+"), folder))


def _no_setting(key: str, folder: Path) -> str:
    known = _keys(folder)
    if key in known:
        return f"{key} is a setting of {known[key]} only; choose that as well."
    return f"There is no setting {key}.{_nearest(key, list(known))} See --config for all of them."


def _nearest(word: str, known: Sequence[str]) -> str:
    close = difflib.get_close_matches(word, known, 1)
    return f" The nearest is {close[0]}." if close else ""


def _keys(folder: Path) -> dict[str, str]:
    """Return every setting, dotted, with the option (such as source=database) that brings it."""
    from omegaconf import OmegaConf

    found: dict[str, str] = {}

    def walk(node: Any, prefix: str, option: str) -> None:
        for key, value in node.items():
            if key not in ("_target_", "_partial_", "defaults", "hydra"):
                found.setdefault(f"{prefix}{key}", option)
                if isinstance(value, dict):
                    walk(value, f"{prefix}{key}.", option)

    walk(OmegaConf.to_container(OmegaConf.load(folder / "config.yaml")), "", "config.yaml")
    for path in sorted(folder.glob("*/*.yaml")):
        group = path.parent.name
        found.setdefault(group, group)
        if group != "experiment":
            walk(OmegaConf.to_container(OmegaConf.load(path)), f"{group}.", f"{group}={path.stem}")
    return found


def _instantiate(cfg: Any) -> Config:
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
            raise InputError(f"The settings of {group} are wrong: {' '.join(str(error).split())}") from error

    try:
        text = OmegaConf.to_yaml(cfg, resolve=True)
        values: Any = OmegaConf.to_container(cfg, resolve=True)
        _check_kinds(values, _KINDS, "")
        _check_kinds(values["leak"], _LEAK, "leak.")
        _check_node(values, "")
        train = TrainSettings(
            **{group: made(group) for group in _TRAIN_GROUPS},
            definition=made("defection"),
            horizon_days=cfg.horizon_days,
            clv_horizon_days=cfg.clv_horizon_days,
            discount_rate_annual=float(cfg.discount_rate_annual),
            leak_allow=tuple(cfg.leak.allow),
            seed=cfg.seed,
        )
        return Config(
            source=made("source"),
            engine=made("engine"),
            train=train,
            tracking=made("tracking"),
            score=made("score"),
            as_of=None if cfg.as_of is None else day_of(str(cfg.as_of)),
            name=cfg.name,
            model=cfg.model,
            features_output=cfg.features_output,
            quiet=cfg.quiet,
            yaml=text,
        )
    except OmegaConfBaseException as error:
        raise InputError(f"The configuration is wrong: {' '.join(str(error).split())}") from error


_TRAIN_GROUPS = ("classifier", "regressor", "value", "features", "cutoffs", "panel", "dropout", "combine")
#: The kinds of the settings that stand in no group, as a dataclass would declare them.
_KINDS = {
    "horizon_days": "int | None",
    "clv_horizon_days": "int",
    "discount_rate_annual": "float",
    "name": "str | None",
    "model": "str | None",
    "output": "str",
    "features_output": "str",
    "seed": "int",
    "quiet": "bool",
}
_LEAK = {"allow": "tuple[str, ...]"}
_WORDS: dict[str, tuple[type | tuple[type, ...], str]] = {
    "int": (int, "a whole number"),
    "float": ((int, float), "a number"),
    "str": (str, "text (a number that is meant as text stands in two pairs of quotes)"),
    "bool": (bool, "true or false"),
    "None": (type(None), "null"),
    "tuple[str, ...]": (list, "a list of names, such as [a,b]"),
}


def _check_node(node: Mapping[str, Any], where: str) -> None:
    """Check the kinds of a node that becomes a dataclass of ours, and of the nodes in it."""
    module, _, name = str(node.get("_target_")).rpartition(".")
    target = getattr(import_module(module), name, None) if module.startswith("setia") else None
    if is_dataclass(target):
        _check_kinds(node, {field.name: str(field.type) for field in fields(target)}, where)
    for key, value in node.items():
        if isinstance(value, dict):
            _check_node(value, f"{where}{key}.")


def _check_kinds(values: Mapping[str, Any], declared: Mapping[str, str], where: str) -> None:
    """Refuse a value of another kind than is declared; declarations that are no plain kind are passed over."""
    for name, declaration in declared.items():
        kinds = [_WORDS[part] for part in declaration.split(" | ") if part in _WORDS]
        if name not in values or len(kinds) < len(declaration.split(" | ")):
            continue
        value = values[name]
        fits = any(isinstance(value, kind) for kind, _ in kinds) and isinstance(value, bool) <= ("bool" in declaration)
        if not fits or (isinstance(value, list) and not all(isinstance(each, str) for each in value)):
            raise InputError(f"{where}{name}={value} must be {' or '.join(word for _, word in kinds)}.")
