"""Reasons for a forecast, from LightGBM's own contributions, as short phrases with the customer's numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from setia.learn.phrases import PHRASES, Known, Mask
from setia.learn.predictor import Array, Forest, Matrix, Predictor
from setia.learn.themes import THEMES, theme_of
from setia.learn.wording import worded

Texts = NDArray[np.object_]

#: Reasons per customer.
REASONS = 3
#: A theme with less than this share of all that pushes the same way is no reason.
LEAST_SHARE = 0.05
#: Rows explained at a time: every theme and every quoted number takes a column in float64.
CHUNK_ROWS = 32_768
#: The theme of each phrase; the last is that of none.
_SPOKEN_OF: Final = np.array([*(phrase.theme for phrase in PHRASES), None], dtype=object)


@dataclass(frozen=True)
class Reasons:
    """Up to three reasons per row, weightiest first, and what each is about, a theme of `setia.learn.themes`.

    Both of shape (rows, 3), None where there is none.
    """

    texts: Texts
    themes: Texts


def explain(
    classifier: Predictor,
    X: Matrix,
    names: Sequence[str],
    features: Mapping[str, Array],
    typical: Mapping[str, float],
    currency: str,
    language: str = "en",
) -> Reasons | None:
    """Return up to three reasons per row, weightiest first.

    A reason says why the classifier's probability of defection is higher than its mean over the training
    rows where it is higher (what speaks for defection), or lower where it is lower (what speaks for
    staying). Contributions (SHAP, Lundberg, Erion & Lee 2018; log odds) are summed by theme, so that
    three reasons are three different things. A fact that would read as the opposite of its push is left out
    rather than turned round.

    Args:
        classifier: None is returned unless it is a LightGBM forest.
        X: features in the classifier's order, shape (rows, features).
        names: of the columns of X.
        features: float64 arrays of shape (rows,), NaN where undefined, of those in `phrases.QUOTED`.
        typical: the base's medians, by feature; one that is absent is not compared with.
        currency: label of money; may be empty.
        language: of the words, a code of `setia.languages`.
    """
    if not isinstance(classifier, Forest):
        return None
    nothing = np.empty((0, REASONS), dtype=object)
    parts = [Reasons(nothing, nothing)]
    for start in range(0, len(X), CHUNK_ROWS):
        chunk = slice(start, start + CHUNK_ROWS)
        pushes, total = by_theme(classifier, X[chunk], names)
        known = Known({name: array[chunk] for name, array in features.items()}, typical, len(total))
        found = _chosen(pushes, np.where(total >= 0, 1, -1), known)
        parts.append(Reasons(_phrased(found, known, currency, language), _SPOKEN_OF[found]))
    return Reasons(np.concatenate([part.texts for part in parts]), np.concatenate([part.themes for part in parts]))


def by_theme(classifier: Forest, X: Matrix, names: Sequence[str]) -> tuple[Array, Array]:
    """Return contributions by theme, shape (rows, themes), and over all features, those without a theme too."""
    rest = len(THEMES)
    themes = [theme_of(name) for name in names]
    group_of = [rest if theme is None else THEMES.index(theme) for theme in themes]
    sums = classifier.pushes(X, group_of, rest + 1)
    return sums[:, :rest], sums.sum(axis=1)


def _chosen(pushes: Array, direction: NDArray[np.int64], known: Known) -> NDArray[np.int64]:
    """Choose the phrases of the reasons, -1 for none, of shape (rows, 3).

    `direction` is 1 towards defection, -1 away from it, shape (rows,).
    """
    chosen = _phrase_of_theme(direction, known)
    weight = pushes * direction[:, None]
    least = LEAST_SHARE * np.maximum(weight, 0.0).sum(axis=1, keepdims=True)
    weight = np.where((chosen >= 0) & (weight > 0) & (weight >= least), weight, -np.inf)
    order = np.argsort(-weight, axis=1, kind="stable")[:, :REASONS]
    found = np.take_along_axis(chosen, order, axis=1)
    found[~np.isfinite(np.take_along_axis(weight, order, axis=1))] = -1
    return found


def _phrased(found: NDArray[np.int64], known: Known, currency: str, language: str) -> Texts:
    """Put the chosen phrases into words."""
    texts = np.full(found.shape, None, dtype=object)
    for number, phrase in enumerate(PHRASES):
        rows, places = np.nonzero(found == number)
        if len(rows):
            fields = tuple((gap, unit) for gap, unit, _ in phrase.fields)
            figures = tuple(known[name][rows] for _, _, name in phrase.fields)
            texts[rows, places] = worded(phrase.key, fields, figures, len(rows), currency, language)
    return texts


def _phrase_of_theme(direction: NDArray[np.int64], known: Known) -> NDArray[np.int64]:
    """Return the number of the phrase to use, -1 without one, of shape (rows, themes)."""
    chosen = np.full((len(direction), len(THEMES)), -1, dtype=np.int64)
    for number, phrase in enumerate(PHRASES):
        place = THEMES.index(phrase.theme)
        fits: Mask = phrase.true_of(known) & (phrase.speaks * direction >= 0) & (chosen[:, place] < 0)
        chosen[fits, place] = number
    return chosen
