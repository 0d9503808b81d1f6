"""Small pieces of SQL text: quoting, and stripping what surrounds a value."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: What counts as blank around a value: ASCII white space and the invisible characters that exports carry.
BLANKS = " \t\r\n\v\f\u00a0\u2007\u202f\u3000\u200b\ufeff"


def ident(name: str) -> str:
    """Quote a name of a column or table."""
    return '"' + name.replace('"', '""') + '"'


def literal(value: str) -> str:
    """Quote a text value."""
    return "'" + value.replace("'", "''") + "'"


def stripped(sql: str) -> str:
    """SQL of a text without the blanks around it; null when nothing is left."""
    # trimming a set of characters is ten times as slow as seeing that there is nothing to trim
    bare = f"{sql} >= '!' and {sql} <= '~' and ({sql})[-1] between '!' and '~'"
    return f"case when {bare} then {sql} else nullif(trim({sql}, {literal(BLANKS)}), '') end"


def listing(names: Iterable[str], limit: int = 30) -> str:
    """Write names as a list for a message, cut after `limit`."""
    names = list(names)
    more = f" and {len(names) - limit} more" if len(names) > limit else ""
    return ", ".join(names[:limit]) + more


def nearest(wanted: str, names: Iterable[str]) -> str | None:
    """Return the name that looks most like the wanted one, whatever its case; None when none does."""
    folded = {name.lower(): name for name in names}
    close = get_close_matches(wanted.lower(), folded, n=1, cutoff=0.5)
    return folded[close[0]] if close else None


def first_line(error: Exception) -> str:
    """Return the first line of an error of a library, without its class."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")[:300]
