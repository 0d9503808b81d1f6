"""What `import setia` offers: read a log, choose what defection means, train a model, score, plan a campaign."""

from setia.api.alerting import Alerts, alerts
from setia.api.cards import CustomerCard
from setia.api.defecting import Definitions, Kept, define, retention
from setia.api.log import Log
from setia.api.looking import customer, feature_table, figure, purchases
from setia.api.measuring import Reading, read_back
from setia.api.model import Model
from setia.api.planning import Plan
from setia.api.profiting import Profits, profits
from setia.api.reading import read
from setia.api.segmenting import Segments
from setia.api.training import load, train
from setia.report.customer import Customer

__all__ = [
    "Alerts",
    "Customer",
    "CustomerCard",
    "Definitions",
    "Kept",
    "Log",
    "Model",
    "Plan",
    "Profits",
    "Reading",
    "Segments",
    "alerts",
    "customer",
    "define",
    "feature_table",
    "figure",
    "load",
    "profits",
    "purchases",
    "read",
    "read_back",
    "retention",
    "train",
]
