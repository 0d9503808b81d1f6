"""What a configuration may choose about the card of a customer."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from setia.errors import InputError

#: The endings of the picture's file.
PICTURES: Final = (".png", ".svg")


@dataclass(frozen=True)
class CardSettings:
    """Whose card (`id`, as in the log; a whole number is taken as text), and the picture's file (`output`; null: none).

    Raises:
        InputError: the output has another ending than .png or .svg.
    """

    id: str | int | None = None
    output: str | None = None

    def __post_init__(self) -> None:
        if self.output is not None and Path(self.output).suffix not in PICTURES:
            raise InputError(f"customer.output={self.output} must end in .png or .svg.")

    @property
    def customer_id(self) -> str:
        """Return whose card it is.

        Raises:
            InputError: nobody was named.
        """
        if self.id is None or self.id == "":
            raise InputError(
                "No customer is named: say make customer ID=17850, or customer.id=17850 to the pipeline, with an id of "
                "the log. An id with spaces or signs stands in two pairs of quotes: "
                "\"customer.id='A 12=b'\"."
            )
        return str(self.id)
