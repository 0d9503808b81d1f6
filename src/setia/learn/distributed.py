"""Forests grown on several machines: LightGBM's own Dask estimators, which give back plain boosters."""

from __future__ import annotations

import contextlib
import io
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from setia.errors import InputError
from setia.hush import hushed
from setia.learn.boost import Sample
from setia.learn.predictor import Array, Forest, Matrix

KINDS: Final = ("none", "dask")
#: Metrics of LightGBM that are better when higher; of all others the lowest wins.
HIGHER: Final = frozenset({"auc", "average_precision", "ndcg", "map", "auc_mu", "r2"})
_LOGGERS: Final = tuple(f"distributed{part}" for part in ("", ".nanny", ".worker", ".scheduler", ".comm"))
#: Seconds that a scheduler may take to answer, and its first worker to be there.
_PATIENCE: Final = 30


@dataclass(frozen=True)
class DistributedSettings:
    """Where forests grow: `none` on this machine, `dask` on the workers of a Dask cluster.

    `address` is that of a scheduler, such as tcp://host:8786; without one, `workers` processes are started
    on this machine, with `threads` each, and ended with the training.

    Raises:
        InputError: the kind is unknown, a number is less than 1, or Dask is not installed.
    """

    kind: str = "none"
    address: str | None = None
    workers: int = 2
    threads: int = 1

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"distributed={self.kind} is unknown; use one of {', '.join(KINDS)}.")
        for name in ("workers", "threads"):
            if getattr(self, name) < 1:
                raise InputError(f"distributed.{name}={getattr(self, name)} must be at least 1.")
        if self.kind == "dask" and not _installed():
            raise InputError(
                "distributed=dask needs Dask, which is not installed; install it with pip install 'setia[dask]', "
                "or leave distributed at none."
            )


@dataclass(frozen=True)
class Cluster:
    """The workers of a running Dask cluster, as a client sees them."""

    client: Any

    def boost(
        self, estimator: Any, train: Sample, watch: Sample | None, *, patience: int, names: Sequence[str] | None
    ) -> tuple[Forest, int]:
        """Grow what `boost.boost` grows, with rows spread over the workers; return it with its number of rounds.

        LightGBM's Dask estimators cannot stop early: each worker would decide for itself. The forest therefore
        grows to its full size, every worker watches the same rows all along, and the forest is cut back to
        the round where `patience` would have stopped it.
        """
        import lightgbm

        workers = sorted(self.client.scheduler_info(n_workers=-1)["workers"])[: len(train.y)]
        made = _dask_estimator(estimator, self.client)
        more: dict[str, Any] = {"feature_name": list(names)} if names else {}
        X, y, offset = (self._spread(part, workers) for part in train)
        if watch is not None:
            watched = [self._everywhere(part, workers) for part in watch]
            more |= {"eval_X": watched[0], "eval_y": watched[1]}
            if watch.offset is not None:
                more["eval_init_score"] = [watched[2]]
        # LightGBM says on standard output which ports it looks for, and warns that it sets num_threads itself.
        with hushed(*_LOGGERS), contextlib.redirect_stdout(io.StringIO()):
            made.fit(X, y, init_score=offset, **more)
        booster, rounds = made.booster_, int(estimator.n_estimators)
        if watch is not None:
            (metrics,) = made.evals_result_.values()
            metric, course = next(iter(metrics.items()))
            rounds = stopped_at(course, patience, higher=metric.split("@")[0] in HIGHER)
        text = booster.model_to_string(num_iteration=rounds)
        return Forest(lightgbm.Booster(model_str=text)), rounds

    def _spread(self, rows: Matrix | Array | None, workers: Sequence[str]) -> Any:
        """Return rows as a Dask array, dealt out to the workers one by one; None for None.

        Each worker finds the bins of some features from its own rows, so those must be of all cutoffs.
        """
        if rows is None:
            return None
        return self._array([(rows[k :: len(workers)], worker) for k, worker in enumerate(workers)])

    def _everywhere(self, rows: Matrix | Array | None, workers: Sequence[str]) -> Any:
        """Return a Dask array that holds all rows once for each worker: all of them watch the same."""
        return None if rows is None else self._array([(rows, worker) for worker in workers])

    def _array(self, blocks: Sequence[tuple[Any, str]]) -> Any:
        import dask.array as da

        parts = []
        for block, worker in blocks:
            # hash=False: blocks that are alike stay apart, each with its worker.
            held = self.client.scatter(np.ascontiguousarray(block), workers=[worker], hash=False)
            parts.append(da.from_delayed(held, block.shape, block.dtype))
        return da.concatenate(parts)


def stopped_at(course: Sequence[float], patience: int, *, higher: bool) -> int:
    """Return the round at which early stopping would have kept the forest, counted from 1.

    `course` is the metric after each round. The rule is LightGBM's: the first round that no later one of the
    next `patience` betters.
    """
    loss = -np.asarray(course) if higher else np.asarray(course)
    best = 0
    for k in range(1, len(loss)):
        if loss[k] < loss[best]:
            best = k
        elif k - best >= patience:
            break
    return best + 1


@contextmanager
def cluster_of(settings: DistributedSettings) -> Iterator[Cluster | None]:
    """Give the cluster that the settings ask for, and end what was started for it; None for this machine alone.

    Raises:
        InputError: no scheduler answers at the address.
    """
    if settings.kind == "none":
        yield None
        return
    from distributed import Client

    with contextlib.ExitStack() as kept:
        kept.enter_context(hushed(*_LOGGERS))
        own = kept.enter_context(_started(settings)) if settings.address is None else None
        try:
            client = kept.enter_context(Client(own or settings.address, timeout=_PATIENCE))
            client.wait_for_workers(1, timeout=_PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise InputError(
                f"No Dask scheduler with workers answers at distributed.address={settings.address}; start one with "
                f"`dask scheduler` and `dask worker`, or leave the address out."
            ) from error
        if own is not None:
            client.run(_silence)
        yield Cluster(client)


def _started(settings: DistributedSettings) -> Any:
    from distributed import LocalCluster

    return LocalCluster(
        n_workers=settings.workers,
        threads_per_worker=settings.threads,
        dashboard_address=None,
        silence_logs=logging.CRITICAL,
    )


def _silence() -> None:
    """Keep what LightGBM says of its connections off the terminal that a worker of ours shares with us.

    It writes from C++, before it has read how talkative to be, and past Python's standard output.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _dask_estimator(estimator: Any, client: Any) -> Any:
    import lightgbm

    kind = lightgbm.DaskLGBMClassifier if hasattr(estimator, "predict_proba") else lightgbm.DaskLGBMRegressor
    # The workers take all their threads; what else is told of threads would only be warned of.
    given = {name: value for name, value in estimator.get_params().items() if name not in ("n_jobs", "num_threads")}
    return kind(client=client, **given)


def _installed() -> bool:
    from importlib.util import find_spec

    return all(find_spec(name) is not None for name in ("dask", "distributed"))
