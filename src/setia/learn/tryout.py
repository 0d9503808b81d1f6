"""A rehearsal of the estimators' settings, before hours of work rest on them."""

from __future__ import annotations

import warnings
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from setia.errors import InputError
from setia.learn.grow import Factory
from setia.learn.predictor import wrap

ROWS = 60


def try_out(factory: Factory, name: str) -> None:
    """Fit an estimator to a few made-up rows, one feature of them with gaps, and save it.

    Raises:
        InputError: it refuses its settings or missing values, or could not be loaded again.
    """
    X = np.random.default_rng(0).normal(size=(ROWS, 3)).astype(np.float32)
    y = (X[:, 1] > 0).astype(np.float64)
    X[::7, 0] = np.nan
    try:
        with warnings.catch_warnings(), TemporaryDirectory() as folder:
            warnings.simplefilter("ignore")
            tried = wrap(factory(random_state=0).fit(X, y))
            tried.predict(X)
            tried.save(Path(folder) / name)
    except InputError:
        raise
    except Exception as error:  # whatever a library thinks of its settings
        why = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise InputError(f"The {name} cannot be fitted: {why} Change {name}.estimator, or choose another.") from error
