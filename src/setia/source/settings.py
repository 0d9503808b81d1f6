"""What a user may say about where the log lies and how it is written."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, Final

from setia.errors import InputError

if TYPE_CHECKING:
    from setia.simulate import World

KINDS: Final = ("files", "database", "complete_journey", "cdnow", "simulated")
DUPLICATES: Final = ("keep", "drop")


@dataclass(frozen=True)
class ColumnMap:
    """The names of the user's columns.

    None looks for the column by its usual names; an empty text leaves an optional column out.
    `amount` is the total of a line; where only `unit_price` and `quantity` exist, it is their product.
    """

    customer_id: str | None = None
    timestamp: str | None = None
    amount: str | None = None
    unit_price: str | None = None
    order_id: str | None = None
    product_id: str | None = None
    category: str | None = None
    quantity: str | None = None
    unit_cost: str | None = None
    discount: str | None = None
    channel: str | None = None

    def named(self) -> dict[str, str | None]:
        """Return role -> name of the user's column, in the order of the class."""
        return {item.name: getattr(self, item.name) for item in fields(self)}


@dataclass(frozen=True)
class SourceSettings:
    """Where the log comes from, how its text is to be read, and how much of it may be refused.

    Dates: `timezone` is the business's own; stamps without a zone are taken as its local time, stamps with
    one are converted to it. `day_first` says how 3/4/2010 is to be read; None accepts only what the column
    itself proves. `earliest` is the first believable date. Numbers: `decimal` is "." or ","; None accepts only
    what the column proves. `duplicates` is what happens to lines that are alike in every column.
    `max_quarantine_share` is the share of refused rows above which reading stops; anonymous and repeated
    rows don't count.

    Raises:
        InputError: a setting has a value that means nothing.
    """

    kind: str = "files"
    path: str | None = None
    url: str | None = None
    table: str | None = None
    query: str | None = None
    columns: ColumnMap = field(default_factory=ColumnMap)
    timezone: str = "UTC"
    day_first: bool | None = None
    decimal: str | None = None
    separator: str | None = None
    encoding: str | None = None
    currency: str = ""
    duplicates: str = "keep"
    max_quarantine_share: float = 0.05
    earliest: str = "1990-01-01"
    quarantine_path: str | None = None
    world: World | Any | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise InputError(f"source.kind={self.kind} is unknown; use one of {', '.join(KINDS)}.")
        if self.duplicates not in DUPLICATES:
            raise InputError(f"source.duplicates={self.duplicates} is unknown; use keep or drop.")
        if self.decimal not in (None, ".", ","):
            raise InputError(f'source.decimal={self.decimal!r} is no decimal mark; use "." or ",".')
        if self.separator is not None and len(self.separator) != 1:
            raise InputError(f"source.separator={self.separator!r} must be one character, such as ; or \\t.")
        if not 0 <= self.max_quarantine_share <= 1:
            raise InputError(f"source.max_quarantine_share={self.max_quarantine_share} must lie between 0 and 1.")
