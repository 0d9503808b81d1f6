"""Which definitions, with which settings, are looked at side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from setia.defection import Category, Definition, Partial, Rhythm, Silence


@dataclass(frozen=True)
class Candidate:
    """A definition with its settings, and what it is called in tables."""

    label: str
    definition: Definition


def candidates(chosen: Definition, columns: Sequence[str]) -> tuple[Candidate, ...]:
    """Return the definitions that a log allows, stricter and laxer, and the chosen one if it is none of them."""
    found = [
        Candidate("silence", Silence()),
        Candidate("rhythm 1 %", Rhythm(surprise=0.01)),
        Candidate("rhythm 5 %", Rhythm(surprise=0.05)),
        Candidate("partial, a third", Partial(share=1 / 3)),
        Candidate("partial, half", Partial()),
    ]
    if "amount" in columns:
        found.append(Candidate("partial, half of spend", Partial(measure="spend")))
    if "category" in columns:
        found.append(Candidate("category", Category()))
    if all(candidate.definition != chosen for candidate in found):
        found.append(Candidate(f"{chosen.name}, as set", chosen))
    return tuple(found)
