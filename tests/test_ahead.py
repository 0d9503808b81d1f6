"""Work begun early ends with its result, or with its error, when that is asked for."""

from __future__ import annotations

import threading

import pytest

from setia.ahead import begin


def test_it_runs_beside_and_hands_over_its_result() -> None:
    go = threading.Event()
    waiting = begin(lambda number: (go.wait(10), number + 1)[1], 41)
    go.set()  # set only after begin has returned: it did not wait
    assert waiting() == 42


def test_its_error_comes_when_the_result_is_asked_for() -> None:
    waiting = begin(int, "no number")
    with pytest.raises(ValueError, match="no number"):
        waiting()
