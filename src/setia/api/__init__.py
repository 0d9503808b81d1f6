"""What `import setia` offers: read a log, choose what defection means, train a model, score, look at one customer."""

from setia.api.alerting import Alerts, alerts
from setia.api.defecting import Definitions, Kept, define, retention
from setia.api.looking import customer, feature_table, figure, purchases
from setia.api.model import Model, load, train
from setia.api.reading import read

__all__ = [
    "Alerts",
    "Definitions",
    "Kept",
    "Model",
    "alerts",
    "customer",
    "define",
    "feature_table",
    "figure",
    "load",
    "purchases",
    "read",
    "retention",
    "train",
]
