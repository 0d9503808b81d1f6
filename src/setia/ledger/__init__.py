"""What is left of the money after costs: by line, by customer and month, and where it is lost."""

from setia.ledger.contacts import Contacts
from setia.ledger.costed import Costed, Profit, costed
from setia.ledger.costs import Costs
from setia.ledger.coverage import Coverage
from setia.ledger.parts import PARTS, UNITS

__all__ = ["PARTS", "UNITS", "Contacts", "Costed", "Costs", "Coverage", "Profit", "costed"]
