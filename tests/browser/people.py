"""The table of customers as its reader uses it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from browser.screen import Screen

#: Goes through the pages of the table from the first, and returns the id of every row.
ROWS = """
const next = document.getElementById("next"), previous = document.getElementById("previous"), found = [];
for (let page = 0; page < 1000 && !previous.disabled; page++) previous.click();
for (let page = 0; page < 1000; page++) {
  found.push(...[...document.querySelectorAll("#customers-table tbody tr.row .open")].map((one) => one.textContent));
  if (next.disabled) break;
  next.click();
}
for (let page = 0; page < 1000 && !previous.disabled; page++) previous.click();
return found;
"""
ENTER = """
const [id, value] = arguments, field = document.getElementById(id);
field.value = value;
field.dispatchEvent(new Event(field.tagName === "SELECT" ? "change" : "input", { bubbles: true }));
return field.value;
"""


@dataclass(frozen=True)
class People:
    """The table on a screen, and the data that it is made from."""

    screen: Screen

    @cached_property
    def data(self) -> dict[str, Any]:
        """What the page's script was given of the customers."""
        found: dict[str, Any] = json.loads(self.screen.js("return document.getElementById('data').textContent"))
        return dict(found["customers"])

    @property
    def columns(self) -> Mapping[str, list[Any]]:
        """Field -> one value of each customer, in the order of the report."""
        return dict(self.data["columns"])

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """One record of each customer, in the order of the report."""
        names = list(self.columns)
        return [dict(zip(names, row, strict=True)) for row in zip(*self.columns.values(), strict=True)]

    def ids(self) -> list[str]:
        """Return the ids of all rows that are left, page after page, in the order shown."""
        return list(self.screen.js(ROWS))

    def enter(self, field: str, value: str) -> None:
        """Type into the search, or choose in a list."""
        assert self.screen.js(ENTER, field, value) == value

    def choices(self, field: str) -> list[str]:
        """Return the values that a list offers, without the one for all."""
        script = "return [...document.getElementById(arguments[0]).options].map((one) => one.value).filter(Boolean)"
        return list(self.screen.js(script, field))

    def click(self, selector: str) -> None:
        """Click on what a selector finds first."""
        self.screen.js("document.querySelector(arguments[0]).click()", selector)

    def count(self) -> str:
        """Return what is said of how many are shown."""
        return str(self.screen.js("return document.getElementById('count').textContent"))

    def expected(self, **wanted: Any) -> list[str]:
        """Return who has these values, in the order of the report; `text` is searched for."""
        text = wanted.pop("text", "").lower()
        return [
            one["customer_id"]
            for one in self.records
            if all(
                value in one[field] if isinstance(one[field], list) else one[field] == value
                for field, value in wanted.items()
            )
            and text
            in "\n".join(one[name] or "" for name in ("customer_id", "reason_1", "reason_2", "reason_3")).lower()
        ]
