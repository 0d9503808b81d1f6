"""One customer: purchases, the chance of being one still, what to expect, and what to do."""

from setia.card.card import Card
from setia.card.making import card
from setia.card.settings import CardSettings

__all__ = ["Card", "CardSettings", "card"]
