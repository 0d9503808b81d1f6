"""Growing LightGBM's forests on matrices that are sorted into bins once, however many forests grow on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from setia.learn.predictor import Array, Forest, Matrix

#: What guides the growth of trees but not the sorting of rows into bins. Two forests that differ in nothing else
#: can share the bins; whatever is not named here is taken to matter, `min_child_samples` among it: features
#: that could never be split are left out of the bins.
GUIDES: Final = frozenset(
    {
        *("objective", "tweedie_variance_power", "metric", "learning_rate", "num_leaves", "max_depth"),
        *("reg_alpha", "reg_lambda", "min_split_gain", "min_child_weight"),
        *("subsample", "subsample_freq", "colsample_bytree"),
    }
)


class Sample(NamedTuple):
    """Rows to fit or to watch: features, outcome, and an offset on the scale of the link (log, for money)."""

    X: Matrix
    y: Array
    offset: Array | None = None


class Bins:
    """Matrices as LightGBM holds them, kept for the next forest that grows on the very same ones."""

    def __init__(self) -> None:
        self._kept: dict[int, tuple[dict[str, Any], Any]] = {}

    def dataset(self, sample: Sample, parameters: Mapping[str, Any], weight: Array | None, **more: Any) -> Any:
        """Return LightGBM's Dataset of a sample: a kept one where matrix and bins are the same, with new outcomes.

        `more` goes to a Dataset that has to be made: names of features, the Dataset whose bins to take.
        """
        import lightgbm

        # The Dataset holds its matrix (free_raw_data), so that no other can come to have the same id.
        key, binned = id(sample.X), {name: value for name, value in parameters.items() if name not in GUIDES}
        if key in self._kept and self._kept[key][0] == binned:
            kept = self._kept[key][1].construct().set_label(sample.y)
            # LightGBM's setters pass over None, and would leave what the last forest was given.
            kept.set_field("init_score", sample.offset)
            kept.set_field("weight", weight)
            return kept
        made = lightgbm.Dataset(
            sample.X,
            sample.y,
            weight=weight,
            init_score=sample.offset,
            params=dict(parameters),
            free_raw_data=False,
            **more,
        )
        self._kept[key] = (binned, made)
        return made


def boosts(estimator: Any) -> bool:
    """Return whether an estimator is LightGBM's, with a loss that LightGBM knows by name."""
    ours = type(estimator).__module__.startswith("lightgbm")
    return ours and not callable(estimator.objective)


def boost(
    estimator: Any, train: Sample, watch: Sample | None, *, patience: int, names: Sequence[str] | None, bins: Bins
) -> tuple[Forest, int]:
    """Grow the forest that `estimator.fit` would grow, bit for bit, and return it with its number of rounds.

    LightGBM's own `train` does it: the estimator's `fit` would sort the rows into bins anew each time.
    """
    import lightgbm

    parameters = parameters_of(estimator)
    feature_name: Any = list(names) if names else "auto"
    rows = bins.dataset(train, parameters, _weight(estimator, train), feature_name=feature_name)
    more: dict[str, Any] = {}
    if watch is not None:
        more["valid_sets"] = [bins.dataset(watch, parameters, None, feature_name=feature_name, reference=rows)]
        more["callbacks"] = [lightgbm.early_stopping(patience, first_metric_only=True, verbose=False)]
    booster = lightgbm.train(parameters, rows, int(estimator.n_estimators), **more)
    return Forest(booster), int(booster.best_iteration if booster.best_iteration > 0 else estimator.n_estimators)


def parameters_of(estimator: Any) -> dict[str, Any]:
    """Return an estimator's parameters as LightGBM's `train` takes them."""
    aside = ("n_estimators", "importance_type", "class_weight")
    found = {name: value for name, value in estimator.get_params().items() if name not in aside and value is not None}
    usual = "binary" if hasattr(estimator, "predict_proba") else "regression"
    return {"objective": usual} | found


def _weight(estimator: Any, train: Sample) -> Array | None:
    if estimator.class_weight is None:
        return None
    from sklearn.utils.class_weight import compute_sample_weight

    weight: Array = compute_sample_weight(estimator.class_weight, train.y)
    return weight
