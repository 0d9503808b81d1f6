"""What is left of the money after costs: by line, by customer and month, and where it is lost."""

from setia.ledger.accounts import Account
from setia.ledger.book import Book, LedgerSettings, book
from setia.ledger.cells import COUNTS
from setia.ledger.contacts import Contacts
from setia.ledger.costed import Costed, Profit, costed
from setia.ledger.costs import Costs
from setia.ledger.coverage import Coverage
from setia.ledger.parts import PARTS, UNITS
from setia.ledger.turned import TAKEN, Turned
from setia.ledger.whale import Whale

__all__ = [
    "COUNTS",
    "PARTS",
    "TAKEN",
    "UNITS",
    "Account",
    "Book",
    "Contacts",
    "Costed",
    "Costs",
    "Coverage",
    "LedgerSettings",
    "Profit",
    "Turned",
    "Whale",
    "book",
    "costed",
]
