"""docs/python.md tells of everything that is offered, and of nothing else; its blocks run with those of all pages."""

from __future__ import annotations

import re
from pathlib import Path

import setia

PAGE = Path(__file__).resolve().parents[2] / "docs" / "python.md"


def blocks() -> list[str]:
    return re.findall(r"(?ms)^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"))


def test_everything_that_is_offered_is_told() -> None:
    text = PAGE.read_text(encoding="utf-8")
    code = " ".join([*re.findall(r"`([^`\n]+)`", text), *blocks()])
    # a Customer is what `log.customer(id)` returns, and told as that
    assert [name for name in setia.__all__ if name != "Customer" and not re.search(rf"\b{name}\b", code)] == []
    for kind, spoken in ((setia.Model, "model"), (setia.Log, "log"), (setia.Plan, "plan"), (setia.Reading, "reading")):
        for method in re.findall(rf"\b{spoken}\.([a-z_]+)", code):
            assert hasattr(kind, method) or method in kind.__dataclass_fields__, f"{spoken}.{method}"
    for kind in (setia.Model, setia.Log, setia.Plan, setia.Reading, setia.Profits, setia.Segments, setia.Definitions):
        public = [name for name in vars(kind) if not name.startswith("_")]
        assert [name for name in public if not re.search(rf"\b{name}\b", code)] == [], kind
