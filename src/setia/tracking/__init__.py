"""MLflow: the only place that imports it."""
from setia.tracking.settings import TrackingSettings
