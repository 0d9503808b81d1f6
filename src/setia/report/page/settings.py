"""What a configuration may choose about the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from setia.errors import InputError
from setia.languages import check_language

#: The sections in the order of the page; the first and the last are always there.
SECTIONS: Final = (
    *("headline", "concentration", "cohorts", "definition", "leaving", "customers"),
    *("alerts", "trust", "campaigns", "quality"),
)


@dataclass(frozen=True)
class ReportSettings:
    """`output`: the file. `customers`: so many rows at most in its table. `leave_out`: sections that are not made.

    Raises:
        InputError: a setting has a value that means nothing.
    """

    output: str = "models/report/report.html"
    language: str = "en"
    customers: int = 5000
    leave_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "leave_out", tuple(self.leave_out))
        if not self.output.endswith(".html"):
            raise InputError(f"report.output={self.output} must end in .html.")
        if not 1 <= self.customers <= 20_000:
            raise InputError(f"report.customers={self.customers} must lie between 1 and 20000.")
        optional = SECTIONS[1:-1]
        for name in self.leave_out:
            if name not in optional:
                raise InputError(f"report.leave_out={name} is no section; there are {', '.join(optional)}.")
        check_language(self.language, "report.language")
