"""What all tests share: where things lie, threads that fit the workers, and no silent skips in CI."""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

# The same examples in every run: a gate must not open and close by chance. SETIA_RANDOM=1 looks for new ones.
hypothesis.settings.register_profile("house", derandomize=not os.environ.get("SETIA_RANDOM"), deadline=None)
hypothesis.settings.load_profile("house")

ROOT = Path(__file__).resolve().parents[1]

# Each xdist worker has a core to itself; without this every worker's pools take all cores.
# Set before anything imports NumPy or LightGBM; the tests' child processes inherit it.
if "PYTEST_XDIST_WORKER" in os.environ:
    for pool in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS", "LOKY_MAX_CPU_COUNT"):
        os.environ.setdefault(pool, "1")


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository's root."""
    return ROOT


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of development logs beside the checkout; skips where there is none."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("development data is not beside this checkout")
    return folder


def forbidden_skip(report: pytest.TestReport | pytest.CollectReport) -> str | None:
    """Return why a report is a skip that CI may not pass over, or None.

    Expected failures are no skips, and development data are not part of the project.
    """
    if os.environ.get("SETIA_CI") != "1" or not report.skipped or hasattr(report, "wasxfail"):
        return None
    reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr)
    reason = reason.removeprefix("Skipped: ")
    return None if reason.startswith("development data") else reason


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """In CI, a test that skips has failed."""
    report = yield
    if (reason := forbidden_skip(report)) is not None:
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI, where nothing may be missing: {reason}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """In CI, a test file that skips as a whole has failed."""
    report = yield
    if (reason := forbidden_skip(report)) is not None:
        report.outcome = "failed"
        report.longrepr = f"Skipped in CI, where nothing may be missing: {reason}"
    return report
