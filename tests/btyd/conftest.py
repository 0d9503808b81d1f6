from __future__ import annotations

import pytest

from .cdnow import Cdnow, read


@pytest.fixture(scope="session")
def cdnow() -> Cdnow:
    return read()
