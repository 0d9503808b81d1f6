"""The peers' effects on the same splits: `benchmarks/uplift.py` runs this with an interpreter that has the peers.

    PEER_PYTHON benchmarks/uplift_peers.py FOLDER

Each FOLDER/CASE.npz holds X, treated, outcome, propensity, held (splits, rows) and `styles`; FOLDER/CASE.peers.npz
gets the effects of each method, (splits, rows), 0 in rows that were learnt from. Base learners are LightGBM:
"restrained" has the trees of Setia's own members, "usual" LightGBM's defaults with 100 trees.
"""

from __future__ import annotations

import json
import sys
import time
import warnings
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

STYLES: dict[str, dict[str, Any]] = {
    "restrained": {
        "n_estimators": 40,
        "num_leaves": 3,
        "learning_rate": 0.05,
        "subsample": 0.7,
        "subsample_freq": 1,
        "colsample_bytree": 0.5,
    },
    "usual": {"n_estimators": 100},
}


def methods(style: str, seed: int, rows: int, binary: bool) -> dict[str, Callable[..., Any]]:
    """Return each peer as a function of X, treated, outcome, propensity and the X to predict for."""
    from causalml.inference.meta import BaseDRRegressor, BaseRLearner, BaseTRegressor, BaseXRegressor
    from lightgbm import LGBMClassifier, LGBMRegressor
    from sklift.models import ClassTransformation, ClassTransformationReg, SoloModel, TwoModels

    fixed = {**STYLES[style], "random_state": seed, "n_jobs": 1, "verbose": -1}

    def line(share: float = 1.0) -> Any:
        # Leaves as large, beside the rows that the learner gives to this model, as in Setia's members.
        least = {"min_child_samples": int(0.05 * rows * share)} if style == "restrained" else {}
        return LGBMRegressor(**fixed, **least)

    def outcome(share: float = 1.0) -> Any:
        least = {"min_child_samples": int(0.05 * rows * share)} if style == "restrained" else {}
        return LGBMClassifier(**fixed, **least) if binary else LGBMRegressor(**fixed, **least)

    def sklift(model: Any) -> Callable[..., Any]:
        return lambda X, t, y, _, new: model.fit(X, y, t).predict(new)

    def meta(model: Any, **fit: Any) -> Callable[..., Any]:
        def run(X: Any, t: Any, y: Any, e: float, new: Any) -> Any:
            p = {} if isinstance(model, BaseTRegressor) else {"p": np.full(len(X), e)}
            model.fit(X, t.astype(int), y, **p, **fit)
            if isinstance(model, BaseXRegressor):
                return model.predict(new, p=np.full(len(new), e))
            return model.predict(new)

        return run

    found = {
        "sklift solo": sklift(SoloModel(outcome())),
        "sklift two models": sklift(TwoModels(outcome(0.4), outcome(0.4))),
        "causalml T": meta(BaseTRegressor(line(0.4))),
        "causalml X": meta(BaseXRegressor(line(0.4))),
        "causalml R": meta(BaseRLearner(line(), random_state=seed, cv_n_jobs=1)),
        "causalml DR": meta(BaseDRRegressor(learner=line(0.2)), seed=seed),
    }
    if binary:
        found["sklift class transformation"] = sklift(ClassTransformation(outcome()))
    else:
        found["sklift transformed outcome"] = lambda X, t, y, e, new: (
            ClassTransformationReg(line(), propensity_val=e).fit(X, y, t).predict(new)
        )
    return found


def case(path: Path) -> None:
    """Fit every method on every split of a case, and write what they predict."""
    data = np.load(path)
    X, t, y, e, held = (data[name] for name in ("X", "treated", "outcome", "propensity", "held"))
    effects: dict[str, Any] = {}
    notes: dict[str, Any] = {"versions": {name: version(name) for name in ("scikit-uplift", "causalml", "lightgbm")}}
    for style in data["styles"].tolist():
        for split, out in enumerate(held):
            binary = set(np.unique(y)) <= {0.0, 1.0}
            for name, run in methods(style, split, int((~out).sum()), binary).items():
                label, start = f"{name} ({style})", time.process_time()
                try:
                    found = np.ravel(run(X[~out], t[~out], y[~out], float(e), X[out]))
                except Exception as error:  # a peer that fails is reported, not fatal
                    notes[label] = f"{type(error).__name__}: {error}"[:300]
                    continue
                effects.setdefault(label, np.zeros(held.shape))[split, out] = found
                notes[f"{label} cpu_s"] = round(time.process_time() - start, 2)
    np.savez(path.with_suffix(".peers.npz"), **effects)
    path.with_suffix(".peers.json").write_text(json.dumps(notes), encoding="utf-8")
    print(path.stem, {key: value for key, value in notes.items() if "cpu_s" not in key}, flush=True)


if __name__ == "__main__":
    warnings.filterwarnings("ignore")
    for found in sorted(Path(sys.argv[1]).glob("*.npz")):
        if not found.name.endswith(".peers.npz") and not found.with_suffix(".peers.json").exists():
            case(found)
