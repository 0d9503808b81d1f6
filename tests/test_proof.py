"""The Proof: what came on the holdout, kept exactly and small, beside the models that it speaks of."""

from __future__ import annotations

import json
import math
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from makers import rows_of, trained_on, usual_training

from setia.defection import Partial
from setia.metrics.curves import gain, tenths
from setia.proof import Figure, Gain, Level, Proof, Tenth
from setia.report.outcome import outcomes
from setia.training import OURS, Training
from setia.training.proving import proof_of

NUMBER = st.floats(allow_infinity=False)
WHOLE = st.integers(-(10**12), 10**12)
CURVE = st.lists(NUMBER, max_size=3).map(tuple)
KINDS: dict[str, Any] = {"float": NUMBER, "int": WHOLE, "str": st.text(max_size=5), "tuple[float, ...]": CURVE}


def made_up(kind: type) -> st.SearchStrategy[Any]:
    return st.builds(kind, *(KINDS[str(field.type)] for field in fields(kind)))


KINDS |= {
    f"tuple[{kind.__name__}, ...]": st.lists(made_up(kind), max_size=2).map(tuple)
    for kind in (Figure, Tenth, Gain, Level)
}


def forbidden(constant: str) -> None:
    raise AssertionError(f"{constant} is no strict JSON")


@given(made_up(Proof))
def test_it_comes_back_exactly_as_it_was(proof: Proof) -> None:
    text = proof.to_json()
    json.loads(text, parse_constant=forbidden)
    # NaN is unlike itself; its text is not
    assert repr(Proof.from_json(text)) == repr(proof)


def test_what_a_later_version_adds_is_passed_over(trained: Training) -> None:
    proof = trained.bundle.proof
    assert proof is not None
    content = json.loads(proof.to_json())
    content["levels"][0]["more"] = content["more"] = 1
    assert repr(Proof.from_json(json.dumps(content))) == repr(proof)


@pytest.fixture(scope="module")
def trained() -> Training:
    return usual_training()


def test_it_tells_what_the_training_tells(trained: Training) -> None:
    proof, evaluation, facts = trained.bundle.proof, trained.evaluation, trained.bundle.facts
    assert proof is not None
    assert (proof.cutoff, proof.horizon_days) == (trained.timeline.holdout, facts.horizon_days)
    assert proof.customers == len(trained.holdout)
    assert proof.figures == evaluation.figures
    assert proof.figure("auc", OURS) == evaluation.figure("auc", OURS)
    assert proof.figure("auc", "nobody") is None
    assert proof.levels == trained.levels
    judged = trained.levels[-1]
    assert proof.defected_share == judged.defected
    assert proof.value_total == pytest.approx(judged.value * judged.customers)
    assert proof.expected_total == pytest.approx(judged.expected_value * judged.customers)
    assert len(proof.to_json().encode()) < 100_000


def test_its_curves_are_those_of_the_figures(trained: Training) -> None:
    proof = trained.bundle.proof
    assert proof is not None
    for outcome, gains, groups, share in zip(
        outcomes(trained),
        (proof.gains_defection, proof.gains_value),
        (proof.defection, proof.value),
        (True, False),
        strict=True,
    ):
        assert gains[0].method == OURS
        assert [one.method for one in gains] == [name for name, _ in outcome.said]
        for one, (_, said) in zip(gains, outcome.said, strict=True):
            assert one.depth == tuple(i / 100 for i in range(101))
            assert one.held == pytest.approx(np.interp(one.depth, *gain(outcome.actual, said)))
            assert (one.held[0], one.held[-1]) == (0, pytest.approx(1))
        table = tenths(outcome.actual, outcome.ours, share=share)
        assert [one.rows for one in groups] == table.rows.tolist()
        for name in ("predicted", "actual", "lo", "hi"):
            assert [getattr(one, name) for one in groups] == getattr(table, name).tolist()


def test_where_nothing_is_known_it_says_so(trained: Training) -> None:
    nothing = np.zeros(len(trained.holdout))
    evaluation = replace(trained.evaluation, defected=nothing + math.nan, value=nothing)
    proof = proof_of(evaluation, trained.levels, 30)
    assert math.isnan(proof.defected_share)
    assert proof.defection == ()
    assert all(math.isnan(held) for one in (*proof.gains_defection, *proof.gains_value) for held in one.held[1:])
    assert repr(Proof.from_json(proof.to_json())) == repr(proof)


def test_each_definition_of_one_training_has_a_proof_of_its_own() -> None:
    first = trained_on(rows_of(), also=(Partial(min_expected_visits=1.0),))
    for training in (first, *first.others):
        assert training.bundle.proof is not None
        assert training.bundle.proof.figures == training.evaluation.figures
    one, other = (training.bundle.proof for training in (first, *first.others))
    assert one != other
