"""Buy-till-you-die as a member: fitted to the base of one cutoff, it forecasts and lends its forecasts as features.

Its parameters are those of the cutoff's own history, so what it says at a cutoff owes nothing to later days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Final

import numpy as np

from setia import btyd
from setia.errors import InputError
from setia.learn.predictor import Array, Matrix
from setia.panel import Panel

#: What it adds to the features, in this order, and what each column means.
COLUMNS: Final = {
    "btyd_p_none": "Chance of no purchase within the horizon, by the buy-till-you-die model.",
    "btyd_purchases": "Purchases to expect within the horizon, by the buy-till-you-die model.",
    "btyd_p_alive": "Chance that the customer is still active, by the buy-till-you-die model.",
    "btyd_amount": "Value to expect of one purchase, by the Gamma-Gamma model.",
    "btyd_value": "Value to expect within the horizon: btyd_purchases times btyd_amount.",
}
#: What it needs of them: the triple, and the mean value of a purchase.
NEEDED: Final = ("frequency", "recency_days", "T_days")
VALUE: Final = "value_mean"
MODELS: Final[dict[str, Any]] = {"pareto_nbd": btyd.ParetoNBD, "mbg_nbd": btyd.MBGNBD}


@dataclass(frozen=True)
class DropoutSettings:
    """`model`: pareto_nbd or mbg_nbd. Never bg_nbd: it holds every one-time buyer for alive."""

    model: str = "pareto_nbd"

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise InputError(f"dropout.model={self.model} is unknown; use one of {', '.join(MODELS)}.")


@dataclass(frozen=True)
class Dropout:
    """A fitted purchase model and a fitted spend model (None: value is counted in purchases).

    The spend model is fitted to the mean of *all* purchases, the first included: one-time buyers, most
    of many bases, are then told apart by what they spent.
    """

    purchases: btyd.ParetoNBD | btyd.MBGNBD
    amounts: btyd.GammaGamma | None
    horizon_days: int

    def columns(self, X: Matrix, names: Sequence[str]) -> Matrix:
        """Return the columns of `COLUMNS` for rows of features, shape (rows, 5), float32."""
        extended = np.empty((len(X), len(COLUMNS)), dtype=np.float32)
        self._fill(extended, X, names)
        return extended

    def extended(self, X: Matrix, names: Sequence[str]) -> Matrix:
        """Return features followed by these columns: what the members take. It keeps the order in memory of X."""
        order: Any = "F" if X.flags.f_contiguous else "C"
        extended = np.empty((len(X), X.shape[1] + len(COLUMNS)), dtype=np.float32, order=order)
        extended[:, : X.shape[1]] = X
        self._fill(extended[:, X.shape[1] :], X, names)
        return extended

    def _fill(self, into: Matrix, X: Matrix, names: Sequence[str]) -> None:
        # Many customers share a triple: ask about each once.
        counts, index = btyd.compress(*(X[:, names.index(name)].astype(np.float64) for name in NEEDED))
        found = self.purchases.forecast(self.horizon_days, counts.frequency, counts.recency, counts.T)
        none, expected, alive = (each[index] for each in found)
        amount = expected_amount(self.amounts, X, names)
        for place, column in enumerate((none, expected, alive, amount, expected * amount)):
            into[:, place] = column

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as plain numbers, for JSON."""
        kind = next(name for name, model in MODELS.items() if isinstance(self.purchases, model))
        return {
            "model": kind,
            "purchases": asdict(self.purchases),
            "amounts": None if self.amounts is None else asdict(self.amounts),
            "horizon_days": self.horizon_days,
        }

    @staticmethod
    def from_dict(content: Mapping[str, Any]) -> Dropout:
        """Read back what `as_dict` gave."""
        amounts = content["amounts"]
        return Dropout(
            MODELS[content["model"]](**content["purchases"]),
            None if amounts is None else btyd.GammaGamma(**amounts),
            content["horizon_days"],
        )


def expected_amount(amounts: btyd.GammaGamma | None, X: Matrix, names: Sequence[str]) -> Array:
    """Return the value to expect of one purchase day, shape (rows,); 1 where value is counted in purchases."""
    if amounts is None:
        return np.ones(len(X))
    mean, frequency = (X[:, names.index(name)].astype(np.float64) for name in (VALUE, NEEDED[0]))
    usable = np.isfinite(mean) & (mean > 0)
    return amounts.expected_amount(np.where(usable, frequency + 1, 0.0), np.where(usable, mean, 0.0))


def fit_dropout(settings: DropoutSettings, panel: Panel, horizon_days: int, basis: str) -> Dropout:
    """Fit to the rows of one cutoff; nothing of what came after the cutoff is looked at.

    Where the `basis` of value is purchases, there are no amounts to fit.
    """
    counts, _ = btyd.compress(*(panel.column(name) for name in NEEDED))
    amounts = None
    if basis != "purchases":
        mean = panel.column(VALUE)
        usable = np.isfinite(mean) & (mean > 0)
        if usable.any():
            amounts = btyd.gamma_gamma.fit(panel.column("frequency")[usable] + 1, mean[usable])
    purchases: Any = btyd.FITS[settings.model](counts)
    return Dropout(purchases, amounts, horizon_days)


def with_dropout(settings: DropoutSettings, panel: Panel, horizon_days: int, basis: str) -> tuple[Panel, Dropout]:
    """Return the panel with `COLUMNS` added, each cutoff by its own fit, and the fit of the last cutoff."""
    added = np.empty((len(panel), len(COLUMNS)), dtype=np.float32)
    fitted = None
    for cutoff in np.unique(panel.cutoff):
        place = np.flatnonzero(panel.cutoff == cutoff)
        rows = panel.rows(place)
        fitted = fit_dropout(settings, rows, horizon_days, basis)
        added[place] = fitted.columns(rows.X, rows.names)
    if fitted is None:
        raise InputError("The panel is empty: no customer bought before any cutoff.")
    return replace(panel, names=(*panel.names, *COLUMNS), X=np.hstack([panel.X, added])), fitted
