"""Training, loading and asking a model."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from setia.api.session import session
from setia.errors import InputError

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from setia.bundle import Bundle
    from setia.evaluate.evaluation import Evaluation
    from setia.source import Log
    from setia.training import Training


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
            score_log(self.bundle, log, session(), settings, model_version=self.version, live=False)
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
    training = train_on(settings, log, session())
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
