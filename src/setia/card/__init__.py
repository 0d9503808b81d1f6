"""One customer: purchases, the chance of being one still, what to expect, and what to do."""

from setia.card.settings import CardSettings

__all__ = ["CardSettings"]
