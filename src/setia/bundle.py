"""The Bundle: everything a scoring run needs, saved as text, JSON and skops; never pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from setia.defection import Definition, definition_of
from setia.errors import InputError
from setia.features import Feature, named
from setia.learn.blend import Blend, in_profit
from setia.learn.clv import Span, lifetime
from setia.learn.divide import Divide
from setia.learn.dropout import COLUMNS, Dropout
from setia.learn.margin import Margin
from setia.learn.members import Members, Raw
from setia.learn.outlook import Outlook
from setia.learn.predictor import Array, Matrix
from setia.proof import Proof
from setia.timeline import day_of

if TYPE_CHECKING:
    import pandas as pd

#: The file that makes a folder a bundle.
DESCRIPTION = "bundle.json"
#: What the rehearsal did on the holdout; a folder that an older Setia wrote lacks it.
PROOF = "proof.json"
#: Counts up when an older Setia could no longer read the folder.
FORMAT = 4


@dataclass(frozen=True)
class Facts:
    """What the model was trained on and for; compared with the log that it is asked to score.

    `columns` are those of the log that its features are made of. `purchase_value_mean` and
    `gap_median_days` are of the base at the last fitted cutoff: a log in another unit shows here. `costs` are those
    that turned revenue into profit (`setia.ledger.Costs`), where value is counted so.
    """

    source: str
    columns: tuple[str, ...]
    basis: str
    currency: str
    timezone: str
    horizon_days: int
    clv_horizon_days: int
    discount_rate_annual: float
    definition: str
    definition_version: int
    definition_settings: Mapping[str, Any]
    as_of: str
    cutoffs: tuple[str, ...]
    customers: int
    fingerprint: str
    purchase_value_mean: float | None
    gap_median_days: float | None
    setia_version: str
    seed: int
    costs: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Forecast:
    """What is said of each row: arrays of shape (rows,). Values are undiscounted, per horizon.

    expected_value = (1 - p_none) value_if_purchase + p_none value_if_none, where p_none is the chance of no
    purchase within the horizon. `clv` is discounted, over the clv horizon; value_at_risk is
    p_defect x (clv of one who stays - clv of one who defects); `value_leaving` and `value_gone` are what a contact
    could save of those who leave within the horizon, and of those who have left already (`setia.learn.clv.Lifetime`).
    """

    p_defect: Array
    p_none: Array
    p_alive: Array
    expected_purchases: Array
    expected_value: Array
    expected_value_lo: Array
    expected_value_hi: Array
    value_if_purchase: Array
    value_if_none: Array
    clv: Array
    clv_lo: Array
    clv_hi: Array
    value_at_risk: Array
    value_leaving: Array
    value_gone: Array


@dataclass(frozen=True)
class Bundle:
    """The fitted models with the features, definition and facts that belong to them.

    `typical` holds the 5 %, 50 % and 95 % quantile of every feature, shape (features, 3): what is
    usual, for the reasons and for noticing drift. `margin` turns revenue into profit, where value is counted so.
    `divide` says who is valuable and who at risk. `proof` is what the rehearsal's models did on the holdout; it
    takes no part in any forecast.
    """

    members: Members
    dropout: Dropout
    blend: Blend
    outlook: Outlook
    feature_names: tuple[str, ...]
    facts: Facts
    typical: Array
    divide: Divide
    margin: Margin | None = None
    proof: Proof | None = None

    @property
    def features(self) -> tuple[Feature, ...]:
        """The declared features in the order of the models' columns."""
        return named(self.feature_names)

    @property
    def definition(self) -> Definition:
        """The definition of defection that the labels followed."""
        return definition_of(
            {
                "name": self.facts.definition,
                "version": self.facts.definition_version,
                "settings": self.facts.definition_settings,
            }
        )

    def forecast(self, X: Matrix, as_of: int | None = None) -> Forecast:
        """Forecast rows of features, shape (rows, features), as of a day (since 1970-01-01; null: of training)."""
        return self.forecast_extended(self.extend(X), as_of)

    def forecast_extended(self, extended: Matrix, as_of: int | None = None) -> Forecast:
        """Forecast rows that `extend` has made, for a caller who needs those too."""
        return self.forecast_said(self.members.predict(extended), extended, as_of)

    def forecast_said(self, raw: Raw, extended: Matrix, as_of: int | None = None) -> Forecast:
        """Forecast rows that `extend` has made and of which the members have said `raw`."""
        facts, names = self.facts, (*self.feature_names, *COLUMNS)
        said = self.blend.forecast(raw, extended, names)
        day = day_of(facts.as_of) if as_of is None else as_of
        span = Span(day, facts.horizon_days, facts.clv_horizon_days, facts.discount_rate_annual)
        ahead = lifetime(
            self.outlook, extended, names, said.expected_value, said.p_none, said.p_defect, span, self.blend.lost_share
        )
        if self.margin is not None:
            said = in_profit(said, self.margin, extended, names)
            ahead = self.margin.lifetime(ahead, self.margin.of(extended, names))
        return Forecast(
            **vars(said),
            p_alive=extended[:, names.index("btyd_p_alive")].astype(np.float64),
            clv=ahead.clv,
            clv_lo=ahead.lo,
            clv_hi=ahead.hi,
            value_at_risk=ahead.value_at_risk,
            value_leaving=ahead.value_leaving,
            value_gone=ahead.value_gone,
        )

    def extend(self, X: Matrix) -> Matrix:
        """Return features followed by what the dropout model makes of them: what the members take."""
        return self.dropout.extended(X, self.feature_names)

    def save(self, folder: Path) -> None:
        """Write the bundle into a folder, which is made; replace one that lies there.

        Its description is removed first and written last: without it a folder holds no bundle.

        Raises:
            InputError: a model is of a type that could not be loaded again.
        """
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DESCRIPTION).unlink(missing_ok=True)
        self.members.save(folder)
        np.savez_compressed(folder / "typical.npz", typical=self.typical)
        (folder / PROOF).unlink(missing_ok=True)
        if self.proof is not None:
            (folder / PROOF).write_text(self.proof.to_json(), encoding="utf-8")
        content = {
            "format": FORMAT,
            "facts": asdict(self.facts),
            "feature_names": self.feature_names,
            "blend": self.blend.as_dict(),
            "outlook": self.outlook.as_dict(),
            "divide": self.divide.as_dict(),
            "margin": None if self.margin is None else self.margin.as_dict(),
            "dropout": self.dropout.as_dict(),
            "members": self.members.numbers(),
        }
        (folder / DESCRIPTION).write_text(json.dumps(content, indent=1), encoding="utf-8")

    @staticmethod
    def load(folder: Path) -> Bundle:
        """Read a bundle back.

        Raises:
            InputError: the folder holds no bundle, a damaged one, or one of another format.
        """
        try:
            content = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
            if content["format"] == FORMAT:
                return _restored(folder, content)
        except (OSError, EOFError, ValueError, LookupError, TypeError, AttributeError, BadZipFile) as error:
            why = f"{type(error).__name__}: {error}"
            raise InputError(
                f"{folder} holds no readable Setia bundle ({why}). Train again, or copy it anew."
            ) from error
        raise InputError(
            f"The bundle in {folder} has format {content['format']}; this Setia reads format {FORMAT}. "
            f"Train again with this version, or score with the version that made it."
        )


def _restored(folder: Path, content: dict[str, Any]) -> Bundle:
    with np.load(folder / "typical.npz", allow_pickle=False) as arrays:
        typical = arrays["typical"]
    proof = folder / PROOF
    return Bundle(
        members=Members.load(folder, **content["members"]),
        dropout=Dropout.from_dict(content["dropout"]),
        blend=Blend.from_dict(content["blend"]),
        outlook=Outlook.from_dict(content["outlook"]),
        feature_names=tuple(content["feature_names"]),
        facts=Facts(**_tuples(content["facts"])),
        typical=typical,
        divide=Divide.from_dict(content["divide"]),
        margin=None if content["margin"] is None else Margin.from_dict(content["margin"]),
        proof=Proof.from_json(proof.read_text(encoding="utf-8")) if proof.exists() else None,
    )


def _tuples(content: dict[str, Any]) -> dict[str, Any]:
    return {key: tuple(value) if isinstance(value, list) else value for key, value in content.items()}


class Served:
    """A bundle as MLflow serves it: a data frame of features in, a data frame of forecasts out."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle = bundle

    def predict(self, frame: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:  # noqa: ARG002
        """Forecast rows of features; the columns may stand in any order."""
        import pandas as pd

        X = frame[list(self.bundle.feature_names)].to_numpy(dtype=np.float32)
        found = self.bundle.forecast(X)
        return pd.DataFrame(vars(found))


def _load_pyfunc(path: str) -> Served:
    """Open a bundle for MLflow, which looks for a function of this name in the loader module."""
    return Served(Bundle.load(Path(path)))
