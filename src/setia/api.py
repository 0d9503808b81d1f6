"""What `import setia` offers: read a log, train a model, score, look at one customer."""

from __future__ import annotations

import functools
import tempfile
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any

import narwhals as nw

from setia.errors import InputError
from setia.report.customer import Customer

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.bundle import Bundle
    from setia.engine import Engine
    from setia.evaluate.evaluation import Evaluation
    from setia.history import Prepared
    from setia.source import Log
    from setia.training import Training

SAMPLES = ("complete_journey", "cdnow")


@functools.cache
def _engine() -> Engine:
    """One engine for the session: logs, features and scores of a notebook live in it."""
    from setia.engine import connect

    return connect()


#: The customer-days of the log that was looked at last: several figures of one log prepare it once.
_last_prepared: dict[tuple[object, ...], Prepared] = {}


def _prepare(log: Log) -> Prepared:
    from setia.history import prepare

    key = (log.fingerprint, log.columns, log.first_day, log.last_day)
    if key not in _last_prepared:
        for other in _last_prepared.values():
            other.close()
        _last_prepared.clear()
        _last_prepared[key] = prepare(log.lines, _engine())
    return _last_prepared[key]


def read(source: Any, *, as_of: str | None = None, **settings: Any) -> Log:
    """Read a transaction log through the contract.

    Args:
        source: a path (file, glob or folder), a pandas or Polars frame, or the name of a sample log
            ("complete_journey", "cdnow").
        as_of: the last day that may be known, YYYY-MM-DD; later lines are dropped.
        settings: those of `setia.source.SourceSettings` (timezone, day_first, currency, ...) and of its
            column map (customer_id="user", timestamp="when", ...).

    Raises:
        InputError: the log breaks the contract; the sentence says where and what to do.
    """
    from setia.source import ColumnMap, SourceSettings
    from setia.source import read as read_source
    from setia.timeline import day_of

    roles, known = ColumnMap.__dataclass_fields__, SourceSettings.__dataclass_fields__
    for key in settings:
        if key not in roles and key not in known:
            nearest = "".join(f" The nearest is {name}." for name in get_close_matches(key, [*roles, *known], 1))
            raise InputError(f"read() has no setting {key}.{nearest}")
    columns = {key: settings.pop(key) for key in list(settings) if key in roles}
    settings["columns"] = replace(settings.get("columns", ColumnMap()), **columns)
    chosen = SourceSettings(**settings)
    last = None if as_of is None else day_of(as_of)
    if isinstance(source, str | Path):
        if str(source) in SAMPLES:
            from setia.config import compose

            sample = compose([f"source={source}"]).source
            return read_source(replace(sample, **settings), _engine(), as_of=last)
        return read_source(replace(chosen, kind="files", path=str(source)), _engine(), as_of=last)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "frame.parquet"
        _write_frame(source, path)
        return read_source(replace(chosen, kind="files", path=str(path)), _engine(), as_of=last)


def _write_frame(frame: Any, path: Path) -> None:
    import pyarrow.parquet as pq

    try:
        table = nw.from_native(frame).lazy().collect("pyarrow").to_native()
    except TypeError as error:
        raise InputError(
            f"read() takes a path, a sample's name, or a pandas or Polars frame, not {type(frame).__name__}."
        ) from error
    pq.write_table(table, path)


@dataclass(frozen=True)
class Model:
    """A trained model. `training` is null for one that was loaded."""

    bundle: Bundle
    version: str
    training: Training | None = None

    @property
    def evaluation(self) -> Evaluation:
        """What the rehearsal's models did on the holdout.

        Raises:
            InputError: the model was loaded; its evaluation lies in its MLflow run.
        """
        if self.training is None:
            raise InputError("A loaded model brings no evaluation along; look at its run in MLflow.")
        return self.training.evaluation

    def figures(self) -> pd.DataFrame:
        """Return every figure of the holdout: metric, method, group, value, lo, hi, customers."""
        import pandas as pd

        return pd.DataFrame([vars(figure) for figure in self.evaluation.figures])

    def comparison(self, group: str = "all") -> pd.DataFrame:
        """Return the holdout's figures of one group of customers: a row for each metric, a column for each method."""
        found = self.figures()
        known = list(dict.fromkeys(found["group"]))
        if group not in known:
            raise InputError(f"There is no group {group!r}; the groups are {', '.join(known)}.")
        one = found[found["group"] == group]
        return one.pivot_table(index="metric", columns="method", values="value", sort=False).rename_axis(None, axis=1)

    def figure(self, name: str) -> Figure:
        """Draw a figure of the holdout: calibration, gain_defection, deciles_value, ... (an unknown name lists all).

        Raises:
            InputError: there is no such figure, or the model was loaded.
        """
        from setia.report.figures import draw

        if self.training is None:
            raise InputError("A loaded model brings no figures along; look at its run in MLflow.")
        drawn = {}
        for found, figure in draw(self.training):
            if found == name:
                return figure
            drawn[found] = figure
        raise InputError(f"There is no figure {name!r} of a model; there are {', '.join(drawn)}.")

    def importance(self) -> pd.DataFrame:
        """Return feature, share of the classifier's gain, and meaning, most telling first."""
        import numpy as np
        import pandas as pd

        from setia.learn.dropout import COLUMNS

        gains = self.bundle.members.classifier.importance()
        meanings = {feature.name: feature.doc for feature in self.bundle.features} | dict(COLUMNS)
        return pd.DataFrame(
            {
                "feature": list(meanings),
                "share": gains / max(float(np.sum(gains)), 1e-300),
                "meaning": list(meanings.values()),
            }
        ).sort_values("share", ascending=False, ignore_index=True)

    def score(self, log: Log) -> pd.DataFrame:
        """Return the score table of a log as of its last day (columns: docs, or `setia.schema.SCORES`)."""
        import pandas as pd

        from setia.scoring import ScoreSettings
        from setia.scoring import score as score_log

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "scores.parquet"
            settings = ScoreSettings(output=str(path), max_age_days=None, history=None)
            score_log(self.bundle, log, _engine(), settings, model_version=self.version, live=False)
            return pd.read_parquet(path)

    def save(self, folder: str | Path) -> None:
        """Save the bundle into a folder, without pickle; `setia.load` reads it back."""
        self.bundle.save(Path(folder))


def train(
    log: Log, *, horizon_days: int | None = None, seed: int | None = None, overrides: tuple[str, ...] = ()
) -> Model:
    """Train on a log: the same stages, defaults and evaluation as `make train`, without tracking.

    `overrides` are those of the command line, such as ("classifier=logistic", "cutoffs.count=6");
    `horizon_days` and `seed` count more, where they are given.

    Raises:
        InputError: the log is too short or too small to learn from.
    """
    from setia.config import compose
    from setia.training import train as train_on

    settings = compose(overrides).train
    if horizon_days is not None:
        settings = replace(settings, horizon_days=horizon_days)
    if seed is not None:
        settings = replace(settings, seed=seed)
    training = train_on(settings, log, _engine())
    return Model(training.bundle, "untracked", training)


def load(uri: str | Path, *, tracking_uri: str | None = None) -> Model:
    """Load a model: a folder, models:/NAME/VERSION, models:/NAME@champion, or runs:/...

    `tracking_uri` is where it was tracked (default: that of conf/, relative to the working directory).
    """
    from setia.config import compose
    from setia.tracking import load_model

    tracking = compose().tracking
    if tracking_uri is not None:
        tracking = replace(tracking, uri=tracking_uri)
    bundle, version = load_model(tracking, str(uri))
    return Model(bundle, version)


def feature_table(log: Log) -> pd.DataFrame:
    """Return the feature table of a log as of its last day, one row per customer."""
    from setia.features import select, table

    found = table(_prepare(log), log.last_day, select(log.columns))
    frame: pd.DataFrame = found.sort_by("customer_id").to_pandas()
    return frame


def purchases(log: Log, customer_id: str | None = None) -> pd.DataFrame:
    """Return the log's customer-days (of one customer, or all): customer_id, date, value, is_purchase.

    Without amounts there is no column `value`.
    """
    import pandas as pd

    prepared = _prepare(log)
    days = prepared.known(log.last_day)
    if customer_id is not None:
        days = days.filter(nw.col("customer_id") == prepared.number(customer_id))
    wanted = ["customer_id", "day", *(["value"] if "amount" in log.columns else []), "is_purchase"]
    table = _engine().arrow(days.select(wanted).sort("customer_id", "day"))
    frame: pd.DataFrame = table.set_column(0, "customer_id", prepared.ids(table["customer_id"])).to_pandas()
    frame.insert(1, "date", pd.to_datetime(frame.pop("day"), unit="D"))
    return frame


def figure(log: Log, name: str) -> Figure:
    """Draw a figure of a log: over_time, gaps, horizon, buyers or concentration.

    Raises:
        InputError: there is no such figure.
    """
    from setia.defection import choose_horizon
    from setia.report import explore

    if name == "horizon":
        return explore.returning(choose_horizon(_prepare(log), _engine(), log.first_day, log.last_day))
    if name not in explore.FIGURES:
        raise InputError(f"There is no figure {name!r} of a log; there are horizon, {', '.join(explore.FIGURES)}.")
    return explore.FIGURES[name](purchases(log))


def customer(log: Log, customer_id: str) -> Customer:
    """Look at one customer of a log.

    Raises:
        InputError: nobody of that name bought anything.
    """
    import pandas as pd

    from setia.features import select
    from setia.report.customer import beside_the_base

    table = feature_table(log).set_index("customer_id")
    if customer_id not in table.index:
        raise InputError(
            f"No customer {customer_id!r} has a purchase in {log.name}; one who has is {str(table.index[0])!r}."
        )
    meanings = {feature.name: feature.doc for feature in select(log.columns)}
    features = beside_the_base(table, customer_id, meanings)
    return Customer(customer_id, purchases(log, customer_id), features, pd.Timestamp(log.last_day, unit="D"))
