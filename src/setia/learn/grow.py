"""Fitting one estimator, with early stopping where the library can stop early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from setia.learn.boost import Bins, Sample, boost, boosts
from setia.learn.distributed import Cluster
from setia.learn.predictor import Predictor, wrap

#: Makes a fresh, unfitted estimator; keyword arguments override its parameters.
Factory = Callable[..., Any]


def grow(
    factory: Factory,
    train: Sample,
    watch: Sample | None = None,
    *,
    rounds: int | None = None,
    patience: int = 100,
    names: Sequence[str] | None = None,
    bins: Bins | None = None,
    cluster: Cluster | None = None,
    **parameters: Any,
) -> tuple[Predictor, int | None]:
    """Fit an estimator and return it with the number of boosting rounds it kept (None: it has none).

    `watch` stops a LightGBM estimator after `patience` rounds without gain. `rounds` fixes the number
    instead, for a refit on data that leaves nothing to watch. Only LightGBM takes an offset. `bins` are
    those of earlier forests on the same matrices, if there were any; a `cluster` grows the forest on its workers.
    """
    estimator = factory(**parameters)
    if not boosts(estimator):
        return wrap(estimator.fit(train.X, train.y)), None
    if rounds is not None:
        estimator.set_params(n_estimators=max(rounds, 1))
        watch = None
    if cluster is not None:
        return cluster.boost(estimator, train, watch, patience=patience, names=names)
    return boost(estimator, train, watch, patience=patience, names=names, bins=bins or Bins())


def takes_offset(factory: Factory) -> bool:
    """Return whether the estimators a factory makes can be fitted to what another model leaves over."""
    return boosts(factory(random_state=0))


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
