"""One fitted estimator, whatever its library: numbers in, numbers out, and text or skops on disk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Final, Protocol, TypeVar
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from setia.errors import InputError
from setia.learn import shapley, tables, workers
from setia.learn.trees import Tree, trees_of

T = TypeVar("T")
Array = NDArray[np.float64]
Matrix = NDArray[np.float32]
#: From so many rows on it pays to turn a forest into tables.
MANY_ROWS: Final = 8192
#: How the names of the two kinds of files end.
TEXT: Final = ".lightgbm.txt"
PACKED: Final = ".skops"
#: Types beyond those that skops itself trusts: parts of common estimators, which run no code of their own on
#: loading. Named one by one, since a whole package is never safe: its modules hold whatever they import.
TRUSTED: Final = (
    "numpy.dtype",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
)

_BUILDING: Final = RLock()


class Predictor(Protocol):
    """A fitted model: `predict` takes (rows, features) and gives (rows,): P(y = 1), or the mean."""

    def predict(self, X: Matrix) -> Array:
        """Predict from features in the order they were fitted in, shape (rows, features)."""

    def save(self, stem: Path) -> None:
        """Write the model beside `stem`, with a suffix that says how to read it; replace what lay there.

        Raises:
            InputError: `load` would not trust it.
        """

    def importance(self) -> Array:
        """Return the gain of each feature, shape (features,); zeros where the library knows none."""


@dataclass(frozen=True)
class Forest:
    """A LightGBM booster, kept as its own text format.

    Many rows are forecast by `tables`, which say what LightGBM says (raw scores within 1e-12) many times as fast;
    few rows, and forests that no tables can hold, by LightGBM itself.
    """

    booster: Any

    def predict(self, X: Matrix) -> Array:
        """Predict in the scale of the objective: probabilities, or means."""
        if len(X) >= MANY_ROWS and X.dtype == np.float32 and self._link and (ready := self.tables) is not None:
            return self._link(workers.by_block(lambda columns: tables.summed(ready, columns), X, tables.BLOCK))
        return np.asarray(self.booster.predict(X, num_threads=workers.forest_threads()), dtype=np.float64)

    def contributions(self, X: Matrix) -> Array:
        """Return SHAP values of shape (rows, features + 1), in the raw scale; the last column is the base.

        Lundberg, Erion & Lee (2018), as LightGBM computes them.
        """
        threads = workers.forest_threads()
        return np.asarray(self.booster.predict(X, pred_contrib=True, num_threads=threads), dtype=np.float64)

    def pushes(self, X: Matrix, group_of: Sequence[int], groups: int) -> Array:
        """Return the SHAP values of groups of features, shape (rows, groups): sums of `contributions`.

        `group_of` holds a group from 0 to `groups` - 1 for each feature. Exact (1e-12) by tables, where they can
        hold the forest.
        """
        shares = self._shares(tuple(group_of))
        if shares is None or X.dtype != np.float32:
            found = self.contributions(X)[:, :-1]
            places = np.asarray(group_of)
            return np.column_stack([found[:, places == group].sum(axis=1) for group in range(groups)])
        return workers.by_block(lambda columns: shapley.pushed(shares, columns, groups), X, tables.BLOCK).T

    @property
    def tables(self) -> tuple[tables.Table, ...] | None:
        """The forest as tables; None where it is of a kind that they cannot hold."""
        return self._once("tables", lambda: None if self._trees is None else tables.tables_of(self._trees))

    @property
    def _link(self) -> Callable[[Array], Array] | None:
        return self._once("link", lambda: tables.link_of(self.booster))

    @property
    def _trees(self) -> list[Tree] | None:
        return self._once("trees", lambda: trees_of(self.booster))

    def _shares(self, group_of: tuple[int, ...]) -> tuple[shapley.Shares, ...] | None:
        """Return the tables of what groups of features add."""
        trees = self._trees
        return self._once(("shares", group_of), lambda: None if trees is None else shapley.shares_of(trees, group_of))

    def _once(self, what: object, make: Callable[[], T]) -> T:
        """Return what is made at the first call alone, whichever thread makes it."""
        with _BUILDING:
            built = self.__dict__.setdefault("_built", {})
            if what not in built:
                built[what] = make()
            found: T = built[what]
            return found

    def save(self, stem: Path) -> None:
        """Write `stem`.lightgbm.txt."""
        stem.with_suffix(TEXT).write_text(self.booster.model_to_string(), encoding="utf-8")
        stem.with_suffix(PACKED).unlink(missing_ok=True)

    def importance(self) -> Array:
        """Return the total gain of each feature."""
        return np.asarray(self.booster.feature_importance("gain"), dtype=np.float64)


@dataclass(frozen=True)
class Estimator:
    """A scikit-learn estimator (or pipeline), kept with skops."""

    estimator: Any

    def predict(self, X: Matrix) -> Array:
        """Predict the probability of class 1 from a classifier, the mean from a regressor."""
        # The order of a matrix in memory decides in which order a product is added up, and so its last digits.
        X = np.ascontiguousarray(X)
        if hasattr(self.estimator, "predict_proba"):
            return np.asarray(self.estimator.predict_proba(X)[:, 1], dtype=np.float64)
        return np.asarray(self.estimator.predict(X), dtype=np.float64)

    def save(self, stem: Path) -> None:
        """Write `stem`.skops."""
        import skops.io

        path = stem.with_suffix(PACKED)
        skops.io.dump(self.estimator, path)
        if strange := _strange(path):
            path.unlink()
            raise InputError(
                f"The {stem.name} holds {', '.join(strange)}, which could not be trusted when it is loaded again; "
                f"choose an estimator made of scikit-learn's own parts."
            )
        stem.with_suffix(TEXT).unlink(missing_ok=True)

    def importance(self) -> Array:
        """Return what the estimator itself calls its importances or coefficients."""
        last = self.estimator[-1] if hasattr(self.estimator, "steps") else self.estimator
        found = getattr(last, "feature_importances_", None)
        if found is None:
            found = np.abs(np.ravel(getattr(last, "coef_", np.zeros(self.estimator.n_features_in_))))
        return np.asarray(found, dtype=np.float64)


def wrap(fitted: Any) -> Predictor:
    """Return a fitted scikit-learn style estimator as a Predictor; LightGBM's gives up its booster."""
    booster = getattr(fitted, "booster_", None)
    return Forest(booster) if booster is not None else Estimator(fitted)


def load(stem: Path) -> Predictor:
    """Read back what `save` wrote.

    Raises:
        InputError: neither form lies there, it is damaged, or it holds a type that is not trusted.
    """
    text, packed = stem.with_suffix(TEXT), stem.with_suffix(PACKED)
    if text.exists():
        return Forest(_booster(text))
    if not packed.exists():
        raise InputError(f"The bundle holds no model {stem.name}: it is incomplete; train again.")
    import skops.io

    try:
        strange = _strange(packed)
        if not strange:
            return Estimator(skops.io.load(packed, trusted=list(TRUSTED)))
    except (BadZipFile, KeyError, ValueError, OSError) as error:
        raise _damaged(packed, error) from error
    raise InputError(f"The model {packed.name} holds types that Setia does not trust: {', '.join(strange)}.")


def _strange(packed: Path) -> list[str]:
    import skops.io

    return sorted(set(skops.io.get_untrusted_types(file=packed)) - set(TRUSTED))


def _booster(path: Path) -> Any:
    import lightgbm

    # LightGBM takes a text that was cut off, and complains of others on standard error itself.
    content = path.read_text(encoding="utf-8", errors="replace")
    if not content.startswith("tree\n") or "\nend of trees\n" not in content:
        raise _damaged(path, "it is no whole LightGBM model")
    try:
        return lightgbm.Booster(model_str=content)
    except lightgbm.basic.LightGBMError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, why: object) -> InputError:
    return InputError(f"The model {path.name} is damaged and cannot be read ({why}); train again.")
