"""Training a model, and loading one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from setia.api.log import check_log
from setia.api.model import Model
from setia.api.session import session
from setia.api.wording import in_python

if TYPE_CHECKING:
    from setia.source import Log


def train(
    log: Log, *, horizon_days: int | None = None, seed: int | None = None, overrides: tuple[str, ...] = ()
) -> Model:
    """Train on a log: the same stages, defaults and evaluation as `make train`, without tracking.

    `overrides` are those of the command line, such as ("classifier=logistic", "cutoffs.count=6");
    `horizon_days` and `seed` count more, where they are given.

    Raises:
        InputError: the log is too short or too small to learn from, or a setting means nothing.
    """
    from setia.config import compose
    from setia.training import train as train_on

    check_log(log, "setia.train(log)")
    more = (("horizon_days", horizon_days), ("seed", seed))
    asked = (*overrides, *(f"{name}={value}" for name, value in more if value is not None))
    with in_python():
        training = train_on(compose(asked).train, log, session())
    return Model(training.bundle, "untracked", training)


def load(uri: str | Path, *, tracking_uri: str | None = None) -> Model:
    """Load a model: a folder, models:/NAME/VERSION, models:/NAME@champion, or runs:/...

    `tracking_uri` is where it was tracked (default: that of conf/, relative to the working directory).

    Raises:
        NoChampionError: there is no such model in the store.
        InputError: the address is not understood, or the model cannot be read.
    """
    from setia.config import compose
    from setia.tracking import load_model

    tracking = compose().tracking
    if tracking_uri is not None:
        tracking = replace(tracking, uri=tracking_uri)
    bundle, version = load_model(tracking, str(uri))
    return Model(bundle, version)
