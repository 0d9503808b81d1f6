"""A plain logistic curve over the features: what `classifier=logistic` fits, and an example to copy."""

from __future__ import annotations

from typing import Any


def logistic(C: float = 0.1, random_state: int | None = None) -> Any:
    """Return an unfitted scikit-learn pipeline: ranks (missing in the middle), then logistic regression.

    Ranks tame the heavy tails of counts and money; `C` is scikit-learn's inverse regularisation.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import QuantileTransformer

    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True),
        QuantileTransformer(n_quantiles=100, subsample=50_000, random_state=random_state),
        LogisticRegression(C=C, max_iter=1000),
    )
