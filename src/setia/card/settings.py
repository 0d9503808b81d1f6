"""What a configuration may choose about the card of a customer."""

from __future__ import annotations

from dataclasses import dataclass

from setia.errors import InputError


@dataclass(frozen=True)
class CardSettings:
    """Whose card (`id`, as in the log; null: nobody's yet), and the picture's file (`output`; null: none).

    Raises:
        InputError: the output has another ending than .png or .svg.
    """

    id: str | None = None
    output: str | None = None

    def __post_init__(self) -> None:
        if self.output is not None and not self.output.endswith((".png", ".svg")):
            raise InputError(f"customer.output={self.output} must end in .png or .svg.")
