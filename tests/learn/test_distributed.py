"""Forests on a cluster: the settings, where they stop, and a real cluster of two workers."""

from __future__ import annotations

import sys
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import FOREST, THREE, made_up_panel

from setia import metrics
from setia.config import compose
from setia.errors import InputError
from setia.learn.distributed import DistributedSettings, cluster_of, stopped_at


@pytest.mark.parametrize("wrong", [{"kind": "ray"}, {"workers": 0}, {"threads": 0}])
def test_what_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="distributed"):
        DistributedSettings(**wrong)


def test_without_the_extra_a_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(InputError, match=r"pip install 'setia\[dask\]'"):
        compose(["distributed=dask"])
    assert compose([]).train.distributed.kind == "none"


def test_on_this_machine_there_is_no_cluster() -> None:
    with cluster_of(DistributedSettings()) as cluster:
        assert cluster is None


@given(st.lists(st.integers(0, 30), min_size=1, max_size=40), st.integers(1, 6), st.booleans())
def test_it_stops_where_lightgbm_would(course: list[int], patience: int, higher: bool) -> None:
    from lightgbm.basic import EvalResult
    from lightgbm.callback import CallbackEnv, EarlyStopException, early_stopping

    stop = early_stopping(patience, first_metric_only=True, verbose=False)
    expected = None
    for k, loss in enumerate(course):
        seen = [EvalResult("valid_0", "loss", float(loss), higher)]
        try:
            stop(CallbackEnv(None, {}, k, 0, len(course), seen))  # type: ignore[arg-type]
        except EarlyStopException as stopped:
            expected = stopped.best_iteration + 1
            break
    assert stopped_at([float(x) for x in course], patience, higher=higher) == expected


@pytest.mark.slow
def test_two_workers_learn_as_much_as_one_machine(capfd: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("distributed")
    from lightgbm import LGBMClassifier, LGBMRegressor

    from setia.learn.dropout import DropoutSettings, with_dropout
    from setia.learn.members import ClassifierSettings, RegressorSettings, fit_members
    from setia.learn.rehearsal import rehearse

    panel = with_dropout(DropoutSettings("mbg_nbd"), made_up_panel(3000), 30, "revenue")[0]
    some = {name: value for name, value in FOREST.items() if name != "n_jobs"} | {"n_estimators": 150}
    classifier = ClassifierSettings(partial(LGBMClassifier, **some), patience=15)
    regressor = RegressorSettings(partial(LGBMRegressor, objective="tweedie", **some), patience=15)
    quality = []
    for settings in (DistributedSettings(), DistributedSettings("dask", workers=2)):
        with cluster_of(settings) as cluster:
            tried = rehearse(classifier, regressor, panel, THREE, 10**6, 5, cluster=cluster)
            final = panel.at(THREE.final)
            members = fit_members(classifier, regressor, final, None, 5, tried.rounds, cluster)
        said, came = tried.raw_holdout, tried.holdout
        quality.append((metrics.auc(came.defected, said.none[:, 0]), metrics.gini(came.value, said.value[:, 0])))
        assert members.rounds == tried.rounds
        assert all(1 <= size <= 150 for size in tried.rounds.values() if size is not None)
        # plain boosters, as any other
        assert np.isfinite(members.predict(came.X).value).all()
        assert members.classifier.booster.feature_name() == list(panel.names)  # type: ignore[attr-defined]
    assert quality[1] == pytest.approx(quality[0], abs=0.005)
    assert capfd.readouterr() == ("", "")


@pytest.mark.slow
def test_a_scheduler_that_does_not_answer_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("setia.learn.distributed._PATIENCE", 1)
    nowhere = DistributedSettings("dask", address="tcp://127.0.0.1:9")
    with pytest.raises(InputError, match="No Dask scheduler"), cluster_of(nowhere):
        pass
