"""Fitting one estimator, with early stopping where the library can stop early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setia.learn.predictor import Array, Matrix, Predictor, wrap

#: Makes a fresh, unfitted estimator; keyword arguments override its parameters.
Factory = Callable[..., Any]


def grow(
    factory: Factory,
    X: Matrix,
    y: Array,
    watch: tuple[Matrix, Array] | None = None,
    *,
    rounds: int | None = None,
    patience: int = 100,
    names: Sequence[str] | None = None,
    **parameters: Any,
) -> tuple[Predictor, int | None]:
    """Fit an estimator and return it with the number of boosting rounds it kept (None: it has none).

    `watch` (features, outcome) stops a LightGBM estimator after `patience` rounds without gain. `rounds`
    fixes the number instead, for a refit on data that leaves nothing to watch.
    """
    estimator = factory(**parameters)
    if not _boosts(estimator):
        return wrap(estimator.fit(X, y)), None
    named = {"feature_name": list(names)} if names else {}
    if rounds is not None:
        estimator.set_params(n_estimators=max(rounds, 1))
    if rounds is not None or watch is None:
        return wrap(estimator.fit(X, y, **named)), int(estimator.n_estimators)
    import lightgbm

    stop = lightgbm.early_stopping(patience, first_metric_only=True, verbose=False)
    estimator.fit(X, y, eval_X=watch[0], eval_y=watch[1], callbacks=[stop], **named)
    return wrap(estimator), int(estimator.best_iteration_ or estimator.n_estimators)


def _boosts(estimator: Any) -> bool:
    return type(estimator).__module__.startswith("lightgbm")


def folds_of(customer_id: NDArray[np.object_], folds: int, seed: int) -> NDArray[np.int64]:
    """Return a fold number per row, the same for all rows of a customer, on every machine.

    A hash of the id, not its place in the panel, decides: adding customers moves nobody. (Not a checksum:
    those are linear, so that another seed would only rename the same groups.)
    """
    from hashlib import blake2b

    def fold_of(customer: str) -> int:
        return int.from_bytes(blake2b(f"{seed}:{customer}".encode(), digest_size=8).digest(), "little") % folds

    ids, place = np.unique(customer_id.astype(str), return_inverse=True)
    fold = np.fromiter((fold_of(customer) for customer in ids), dtype=np.int64, count=len(ids))
    return fold[place]
