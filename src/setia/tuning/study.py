"""The study: Optuna's trials in an SQLite file, so that a search that was cut off goes on where it stood.

The only place that imports optuna.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from setia.errors import InputError
from setia.hush import hushed
from setia.output import locked, written
from setia.tuning.cases import Figures
from setia.tuning.settings import Range

#: The loggers whose lines are not for the user.
TALKATIVE: Final = ("optuna", "alembic")
#: Trials drawn at random before the sampler learns from them; trials that are done before one may be pruned.
RANDOM_TRIALS: Final = 8
UNPRUNED_TRIALS: Final = 4
#: What is kept with a trial: that it is of the defaults, its figures, that it is the second try of a dead one.
DEFAULTS, FIGURES, AGAIN = "defaults", "figures", "again"


@dataclass(frozen=True)
class Kept:
    """A trial as the study keeps it; `state` is done, pruned, failed, running or waiting."""

    number: int
    state: str
    values: dict[str, float]
    figures: tuple[Figures, ...]
    running: tuple[float, ...]
    defaults: bool
    started: int
    ended: int


class Study:
    """An open study. `watched_from` is the number of cases after which a trial may be pruned."""

    def __init__(self, study: Any, ranges: Sequence[Range], seed: int) -> None:
        self._study = study
        self._ranges = tuple(ranges)
        self._seed = seed

    def trials(self) -> list[Kept]:
        """Return every trial, in the order of their numbers."""
        return [_kept(trial) for trial in self._study.get_trials(deepcopy=False)]

    def clear_up(self, defaults: dict[str, float]) -> int:
        """Call trials that a dead run left behind failed, queue each once more; queue the defaults if need be.

        Returns how many were left behind. Only the run that holds the lock may call it.
        """
        from optuna.trial import TrialState

        left = self._study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        for trial in left:
            self._study.tell(trial.number, state=TrialState.FAIL)
            attributes = trial.user_attrs
            if trial.params and not attributes.get(AGAIN) and not attributes.get(DEFAULTS):
                self._study.enqueue_trial(trial.params, user_attrs={AGAIN: True})
        if not any(trial.defaults and trial.state in ("done", "waiting") for trial in self.trials()):
            self._study.enqueue_trial(defaults, user_attrs={DEFAULTS: True})
        return len(left)

    def ask(self) -> Asked:
        """Begin the next trial.

        Each draws by a seed of its own: a sampler made anew with the first one would repeat itself when a
        search goes on.
        """
        from optuna.samplers import TPESampler

        number = len(self._study.get_trials(deepcopy=False))
        with hushed(*TALKATIVE):
            self._study.sampler = TPESampler(seed=self._seed + 1_000 * number, n_startup_trials=RANDOM_TRIALS)
            trial = self._study.ask()
            values = {spread.name: spread.tidy(_draw(trial, spread)) for spread in self._ranges}
        return Asked(self._study, trial, values, bool(trial.user_attrs.get(DEFAULTS)))

    def importance(self) -> tuple[tuple[str, float], ...]:
        """Return each range's share in what made finished trials differ, largest first; empty for too few."""
        from optuna.importance import get_param_importances

        try:
            with hushed(*TALKATIVE):
                found = get_param_importances(self._study)
        except (ValueError, RuntimeError):  # fewer than two trials, or all alike
            return ()
        return tuple((name, float(share)) for name, share in found.items())


@dataclass(frozen=True)
class Asked:
    """A trial under way."""

    study: Any
    trial: Any
    values: dict[str, float]
    defaults: bool

    @property
    def number(self) -> int:
        """Its number in the study."""
        return int(self.trial.number)

    def report(self, figures: Sequence[Figures], mean: float) -> bool:
        """Keep the figures so far and the mean of their scores; return whether to go no further."""
        with hushed(*TALKATIVE):
            self.trial.set_user_attr(FIGURES, [[each.log_loss, each.rmse] for each in figures])
            self.trial.report(mean, len(figures) - 1)
            return bool(self.trial.should_prune()) and not self.defaults

    def end(self, state: str, score: float | None = None) -> None:
        """Close the trial: done (with its score), pruned or failed."""
        from optuna.trial import TrialState

        states = {"done": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
        with hushed(*TALKATIVE):
            self.study.tell(self.trial, score, state=states[state])


@contextmanager
def opened(path: Path, name: str, ranges: Sequence[Range], seed: int, watched_from: int) -> Iterator[Study]:
    """Open a study, or begin it, with the file locked meanwhile.

    Pruning is by the median of the trials that are done, at the same case (Golovin et al. 2017, "Google
    Vizier"), once `watched_from` cases are judged.

    Raises:
        InputError: the file is no store of Optuna's, of another version, or cannot be written.
        LockedError: another run searches in it.
    """
    with locked(path):
        import optuna
        from optuna.exceptions import StorageInternalError
        from optuna.pruners import MedianPruner
        from sqlalchemy.exc import SQLAlchemyError

        try:
            with hushed(*TALKATIVE):
                if not path.exists():
                    _make(path)
                study = optuna.create_study(
                    storage=_storage(path),
                    study_name=name,
                    load_if_exists=True,
                    direction="minimize",
                    pruner=MedianPruner(n_startup_trials=UNPRUNED_TRIALS, n_warmup_steps=watched_from - 1),
                )
        except (RuntimeError, AssertionError) as error:  # how Optuna tells of a schema that is not its own
            raise InputError(
                f"The study file {path} was made by another version of Optuna, or holds no studies; set another "
                f"tune.storage."
            ) from error
        except (StorageInternalError, SQLAlchemyError, sqlite3.Error) as error:
            raise _unusable(path, error) from error
        try:
            yield Study(study, ranges, seed)
        except (StorageInternalError, SQLAlchemyError, sqlite3.Error) as error:  # a full disk
            raise _unusable(path, error) from error


def _make(path: Path) -> None:
    """Create the tables in a file that is renamed when whole, without waiting for the disk at each of them."""
    with written(path) as unfinished:
        _storage(unfinished, "PRAGMA synchronous = OFF").engine.dispose()


def _storage(path: Path, pragma: str = "PRAGMA synchronous = NORMAL") -> Any:
    """Return Optuna's storage in a file, whatever signs its path holds (an address would have to be quoted)."""
    from optuna.storages import RDBStorage

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=60, check_same_thread=False)
        connection.execute(pragma)
        return connection

    return RDBStorage("sqlite:///tune.db", engine_kwargs={"creator": connect})


def _unusable(path: Path, error: Exception) -> InputError:
    cause = error.__cause__ or error
    first = next(iter(str(getattr(cause, "orig", None) or cause).strip().splitlines()), type(cause).__name__)
    return InputError(f"The study file {path} cannot be used ({first[:200].rstrip('.')}); set another tune.storage.")


def _draw(trial: Any, spread: Range) -> float:
    if spread.kind == "int":
        return int(trial.suggest_int(spread.name, int(spread.low), int(spread.high), log=spread.log))
    return float(trial.suggest_float(spread.name, spread.low, spread.high, log=spread.log))


def _kept(trial: Any) -> Kept:
    words = {"COMPLETE": "done", "PRUNED": "pruned", "FAIL": "failed", "RUNNING": "running", "WAITING": "waiting"}
    means = trial.intermediate_values

    def stamp(moment: Any) -> int:
        return 0 if moment is None else int(moment.timestamp() * 1000)

    return Kept(
        number=trial.number,
        state=words[trial.state.name],
        values=dict(trial.params),
        figures=tuple(Figures(*pair) for pair in trial.user_attrs.get(FIGURES, ())),
        running=tuple(means[step] for step in sorted(means)),
        defaults=bool(trial.user_attrs.get(DEFAULTS)),
        started=stamp(trial.datetime_start),
        ended=stamp(trial.datetime_complete),
    )
