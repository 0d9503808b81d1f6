"""What an object says of itself: a few lines in a console, a small table in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from textwrap import fill
from typing import Final

WIDTH: Final = 110
#: Numbers and words alike begin at the left. Colours are the notebook's own, light or dark.
_LEFT: Final = ' style="text-align: left; white-space: normal; max-width: 60em"'
_NAME: Final = ' style="text-align: left; white-space: nowrap"'


@dataclass(frozen=True)
class Cells:
    """A head line, rows of a name and what is said under it, and remarks that only a notebook has room for."""

    head: str
    rows: tuple[tuple[str, str], ...] = ()
    remarks: tuple[str, ...] = ()

    def text(self) -> str:
        """Return the head and the rows, a line each unless they are long."""
        lines = [self.head]
        lines += [
            fill(f"{name}: {said}", WIDTH, initial_indent="  ", subsequent_indent="    ") for name, said in self.rows
        ]
        return "\n".join(lines)

    def html(self) -> str:
        """Return a table; every text is escaped, and no colour is set."""
        rows = "".join(
            f"<tr><th{_NAME}>{escape(name)}</th><td{_LEFT}>{escape(said)}</td></tr>" for name, said in self.rows
        )
        table = f"<table><tbody>{rows}</tbody></table>" if rows else ""
        remarks = "".join(f"<p{_LEFT}>{escape(remark)}</p>" for remark in self.remarks)
        return f"<div><p{_LEFT}><b>{escape(self.head)}</b></p>{table}{remarks}</div>"


class Shown:
    """Something that says of itself what it is, in a console and in a notebook."""

    def _cells(self) -> Cells:
        raise NotImplementedError

    def __repr__(self) -> str:
        return self._cells().text()

    def _repr_html_(self) -> str:
        return self._cells().html()


def per_cent(share: float, decimals: int = 1) -> str:
    """Write a share; a dash where it is not known."""
    return "-" if share != share else f"{100 * share:.{decimals}f} %"


def money(amount: float, currency: str = "") -> str:
    """Write an amount with its currency, in whole units from 100 on; a dash where it is not known."""
    if amount != amount:
        return "-"
    return f"{amount:,.{0 if abs(amount) >= 100 else 2}f} {currency}".rstrip()


def some(names: tuple[str, ...], most: int = 8) -> str:
    """Write a list of names, or the first of a long one and how many more there are."""
    if not names:
        return "none"
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
