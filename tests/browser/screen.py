"""A browser as the tests use it: it opens a page in a size and a theme, tells what it says, and takes pictures."""

from __future__ import annotations

import base64
import json
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from selenium import webdriver

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars")
#: Width of a screen -> its height.
HEIGHTS = {1440: 900, 768: 1024, 390: 844, 320: 640}
#: Below this width a screen is that of a telephone.
PHONE = 500


@dataclass(frozen=True)
class Screen:
    """A browser that is driven."""

    driver: webdriver.Chrome

    @classmethod
    def started(cls, browser: str, driver: str) -> Screen:
        """Start a browser without a window."""
        options = webdriver.ChromeOptions()
        options.binary_location = browser
        for flag in FLAGS:
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        return cls(webdriver.Chrome(options=options, service=webdriver.ChromeService(driver)))

    def open(self, page: Path, width: int = 1440, theme: str = "light", wait: bool = True) -> None:
        """Open a page from the disk, as new, and wait until its charts are drawn."""
        phone = width < PHONE
        self.cdp("Emulation.setDeviceMetricsOverride", **metrics(width), deviceScaleFactor=1, mobile=phone)
        self.media(theme)
        self.logs("browser")
        self.logs("performance")
        self.driver.get(page.as_uri())
        self.js("try { localStorage.clear() } catch {}")
        if wait:
            self.wait("return document.documentElement.dataset.ready === 'true'")

    def media(self, theme: str, kind: str = "") -> None:
        """Pretend that the reader's system is light or dark, and what the page is shown on (print)."""
        self.cdp("Emulation.setEmulatedMedia", media=kind, features=[{"name": "prefers-color-scheme", "value": theme}])

    def cdp(self, command: str, **arguments: Any) -> Any:
        """Ask the browser by its own protocol."""
        return self.driver.execute_cdp_cmd(command, arguments)

    def js(self, script: str, *arguments: Any) -> Any:
        """Run a script in the page."""
        return self.driver.execute_script(script, *arguments)

    def wait(self, script: str, seconds: float = 20) -> Any:
        """Wait until a script returns something that is true, and return it."""
        end = time.monotonic() + seconds
        while not (found := self.js(script)):
            assert time.monotonic() < end, f"in vain waited for: {script}; {self.logs('browser')}"
            time.sleep(0.02)
        return found

    def logs(self, kind: str) -> list[dict[str, Any]]:
        """Return what the browser has noted since it was last asked."""
        return list(self.driver.get_log(kind))

    def asked_for(self) -> set[str]:
        """Return every address that the page has asked for since it was opened."""
        messages = (json.loads(entry["message"])["message"] for entry in self.logs("performance"))
        return {one["params"]["request"]["url"] for one in messages if one["method"] == "Network.requestWillBeSent"}

    def shoot(self, name: str) -> None:
        """Take a picture of the whole page, where a folder for pictures is named (SETIA_SCREENSHOTS)."""
        folder = os.environ.get("SETIA_SCREENSHOTS")
        if not folder:
            return
        width, height = self.js("return [innerWidth, document.documentElement.scrollHeight]")
        clip = {"x": 0, "y": 0, "width": width, "height": height, "scale": 1}
        taken = self.cdp("Page.captureScreenshot", format="png", captureBeyondViewport=True, clip=clip)
        Path(folder).mkdir(parents=True, exist_ok=True)
        (Path(folder) / f"{name}.png").write_bytes(base64.b64decode(taken["data"]))


def metrics(width: int) -> dict[str, int]:
    """Return the size of a screen."""
    return {"width": width, "height": HEIGHTS[width]}
