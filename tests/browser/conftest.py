"""A real Chromium without a window, and the reports that it opens."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_reports

from browser.screen import Screen
from setia.report.page import ReportSettings, write

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no {} on the PATH; on Debian: apt-get install chromium chromium-driver"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def screen() -> Iterator[Screen]:
    """One browser for all tests of the process; skips where there is none."""
    browser = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip(MISSING.format("Chromium" if browser is None else "chromedriver"))
    screen = Screen.started(browser, driver)
    yield screen
    screen.driver.quit()


@pytest.fixture(scope="session")
def pages(screen: Screen, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The reports of the world with hostile names: in English, in Indonesian with rupiah, and counted in profit.

    The last one's definition is that of half the pace, which does not cover everybody.
    """
    folder = tmp_path_factory.mktemp("reports")
    told = {
        "en": ("en", small_reports.story()),
        "id": ("id", small_reports.rupiah(small_reports.story("revenue", "id"))),
        "profit": ("en", small_reports.story("profit")),
    }
    for name, (language, story) in told.items():
        write(story, ReportSettings(str(folder / f"{name}.html"), language))
    return {name: folder / f"{name}.html" for name in told}


@pytest.fixture
def report(screen: Screen, pages: dict[str, Path]) -> Screen:
    """The English report, freshly opened on a desktop in the light."""
    screen.open(pages["en"])
    return screen
